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
        SystemCatalog shared = SystemCatalog.load(store);
        List<Integer> numbers = groups(store, shared, 1, false);
        List<Catalog> groups =
                numbers.stream().map(group -> Catalog.load(store, group)).toList();
        List<Stored> named = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        Set<Integer> known = new HashSet<>();
        boolean apart = NodeRows.areApart(store);
        Installation.unfinished(store)
                .forEach((group, image) -> faults.add(
                        "group " + group + " is being replaced by the image in " + image + "; a start finishes that"));
        for (int group : numbers) {
            if (CatalogKeys.names(group)) {
                SystemCatalog system = SystemCatalog.load(store, group);
                name(system, groups, apart && group == CatalogKeys.SYSTEM_GROUP, named, known, faults);
            }
        }
        for (Catalog group : groups) {
            windows(store, group, faults);
            for (DatabaseRow row : group.databases()) {
                if (!(apart && group.group() != CatalogKeys.LOCAL_GROUP) && !known.contains(row.number())) {
                    faults.add("group " + group.group() + " holds database " + row.number() + ", which nobody knows");
                }
            }
        }
        named.sort((one, other) -> one.name().compareTo(other.name()));
        return new StoredDatabases(named, faults);
    }

    private static void name(
            SystemCatalog system,
            List<Catalog> groups,
            boolean apart,
            List<Stored> named,
            Set<Integer> known,
            List<String> faults) {
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
     * that the data knows, be it that one has rows or that the system group has placed a database there. The one of
     * this node alone comes last, where it is wanted or has rows.
     *
     * @param dataGroups how many are wanted beside the system group
     * @param local whether that of this node alone is wanted
     */
    static List<Integer> groups(Store store, SystemCatalog system, int dataGroups, boolean local) {
        int last = Math.max(dataGroups, system.lastGroup());
        byte[] lower = CatalogKeys.group(CatalogKeys.SYSTEM_GROUP);
        byte[] upper = CatalogKeys.group(CatalogKeys.LOCAL_GROUP);
        try (Cursor rows = store.cursor(Family.CATALOG, lower, upper)) {
            if (rows.last()) {
                last = Math.max(last, new RowReader(rows.key()).u16());
            }
        }
        List<Integer> groups = new ArrayList<>(
                IntStream.rangeClosed(CatalogKeys.SYSTEM_GROUP, last).boxed().toList());
        // What is no group's comes after all of them.
        try (Cursor rows = store.cursor(Family.CATALOG, upper, CatalogKeys.group(CatalogKeys.LOCAL_GROUP + 1))) {
            if (local || rows.first()) {
                groups.add(CatalogKeys.LOCAL_GROUP);
            }
        }
        return groups;
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
