package archipel.engine;

import archipel.engine.SystemCatalog.Nameless;
import archipel.engine.SystemCatalog.Placement;
import archipel.image.Installation;
import archipel.log.AppliedWindows;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The databases of a store that nobody writes to, for those who look at what is on the disk. */
record StoredDatabases(List<Stored> named, List<String> faults) {
    /**
     * Reads which databases there are, and holds what the system group says against what their groups have. Where
     * groups have logs of their own, a database that one knows and the other does not have is no fault.
     */
    static StoredDatabases load(Store store) {
        SystemCatalog system = SystemCatalog.load(store);
        List<Catalog> groups = groups(store, system, 1).stream()
                .map(group -> Catalog.load(store, group))
                .toList();
        List<Stored> named = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        Set<Integer> known = new HashSet<>();
        boolean apart = NodeRows.areApart(store);
        Installation.unfinished(store)
                .forEach((group, image) -> faults.add(
                        "group " + group + " is being replaced by the image in " + image + "; a start finishes that"));
        for (Placement placement : system.databases()) {
            known.add(placement.number());
            DatabaseRow row = row(groups, placement.group(), placement.number());
            if (row != null) {
                named.add(new Stored(placement.name(), row));
            } else if (!apart) {
                faults.add("database " + placement.name() + " has no state");
            }
        }
        for (Nameless nameless : system.namelessDatabases()) {
            if (!known.add(nameless.number())) {
                faults.add("database " + nameless.number() + " has a name and has none");
            }
        }
        for (Catalog group : groups) {
            windows(store, group, faults);
            for (DatabaseRow row : group.databases()) {
                if (!apart && !known.contains(row.number())) {
                    faults.add("group " + group.group() + " holds database " + row.number() + ", which nobody knows");
                }
            }
        }
        named.sort((one, other) -> one.name().compareTo(other.name()));
        return new StoredDatabases(named, faults);
    }

    private static void windows(Store store, Catalog group, List<String> faults) {
        try {
            if (!AppliedWindows.load(store, group.group()).isEmpty()
                    && !group.format().isAtLeast(FormatVersion.V6)) {
                faults.add("group " + group.group() + " has windows of commands, which its format has not");
            }
        } catch (StorageException e) {
            faults.add("group " + group.group() + ": " + e.details());
        }
    }

    /**
     * The groups of a node, in ascending order from the system group on without a gap: those that are wanted and all
     * that the data knows, be it that one has rows or that the system group has placed a database there.
     *
     * @param dataGroups how many are wanted beside the system group
     */
    static List<Integer> groups(Store store, SystemCatalog system, int dataGroups) {
        int last = Math.max(dataGroups, system.lastGroup());
        byte[] lower = CatalogKeys.group(CatalogKeys.SYSTEM_GROUP);
        // What is of this node alone comes after all groups.
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.group(CatalogKeys.LAST_GROUP + 1))) {
            if (rows.last()) {
                last = Math.max(last, new RowReader(rows.key()).u16());
            }
        }
        return IntStream.rangeClosed(CatalogKeys.SYSTEM_GROUP, last).boxed().toList();
    }

    private static @Nullable DatabaseRow row(List<Catalog> groups, int group, int number) {
        for (Catalog catalog : groups) {
            if (catalog.group() == group) {
                return catalog.find(number);
            }
        }
        return null;
    }

    /** @throws StorageException where a database has no state */
    List<Stored> sound() {
        if (!faults.isEmpty()) {
            throw new StorageException(StorageException.Kind.CORRUPT, faults.getFirst());
        }
        return named;
    }

    /** A database with its name. */
    record Stored(String name, DatabaseRow row) {}
}
