package archipel.engine;

import archipel.engine.SystemCatalog.Nameless;
import archipel.engine.SystemCatalog.Placement;
import archipel.image.Installation;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The databases of a store that nobody writes to, for those who look at what is on the disk. */
record StoredDatabases(List<Stored> named, List<String> faults) {
    /**
     * Reads which databases there are, and holds what the system group says against what their groups have. Where
     * groups have logs of their own, a database that one knows and the other does not have is no fault.
     */
    static StoredDatabases load(Store store) {
        return load(store, Node.GROUPS);
    }

    static StoredDatabases load(Store store, List<Integer> ofGroups) {
        SystemCatalog system = SystemCatalog.load(store);
        List<Catalog> groups =
                ofGroups.stream().map(group -> Catalog.load(store, group)).toList();
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
            for (DatabaseRow row : group.databases()) {
                if (!apart && !known.contains(row.number())) {
                    faults.add("group " + group.group() + " holds database " + row.number() + ", which nobody knows");
                }
            }
        }
        named.sort((one, other) -> one.name().compareTo(other.name()));
        return new StoredDatabases(named, faults);
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
