package archipel.engine;

import archipel.changes.FormerHeads;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which databases there are and how they stand, as the commands of a group see it. Changes stay apart until the group
 * is committed; {@link #rollback} forgets them. For the thread that applies.
 */
final class Catalog {
    private final Map<String, DatabaseRow> byName = new TreeMap<>();
    private final Map<Integer, DatabaseRow> byNumber = new HashMap<>();
    // What the group under way changed.
    private final Map<Integer, DatabaseRow> changed = new LinkedHashMap<>();
    private final Map<Integer, Dropped> dropped = new LinkedHashMap<>();
    // By name: null where the group dropped the database and made none anew.
    private final Map<String, @Nullable DatabaseRow> renamed = new HashMap<>();
    private final FormerHeads formerHeads;
    // How to take back what the command under way changed, the newest change first.
    private final Deque<Runnable> before = new ArrayDeque<>();
    private long position;
    private int nextNumber;
    private long pendingPosition;
    private int pendingNumber;
    private int beforeNumber;
    private int beforeFormerHeads;

    private Catalog(FormerHeads formerHeads) {
        this.formerHeads = formerHeads;
    }

    /** Reads the catalog; costs what there are of databases, whatever is in them. */
    static Catalog load(Store store) {
        Catalog catalog = new Catalog(FormerHeads.load(store));
        catalog.position = number(store, CatalogKeys.position(), 0);
        catalog.nextNumber = (int) number(store, CatalogKeys.nextDatabase(), 1);
        byte[] lower = CatalogKeys.databases();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                int number = new RowReader(rows.value()).u32();
                byte[] state = store.get(Family.CATALOG, CatalogKeys.state(number));
                if (state == null) {
                    throw new StorageException(
                            StorageException.Kind.CORRUPT,
                            "database " + CatalogKeys.suffixText(rows.key()) + " has no state");
                }
                DatabaseRow row = DatabaseRow.decode(number, state);
                catalog.byName.put(row.name(), row);
                catalog.byNumber.put(number, row);
            }
        }
        catalog.rollback();
        return catalog;
    }

    private static long number(Store store, byte[] key, long fallback) {
        byte[] value = store.get(Family.CATALOG, key);
        return value == null ? fallback : new RowReader(value).u64();
    }

    /** As of the last commit. */
    Iterable<DatabaseRow> databases() {
        return byName.values();
    }

    /** Of the databases as of the last commit. */
    Set<Integer> numbers() {
        return Set.copyOf(byNumber.keySet());
    }

    /** What the next database gets. */
    int upcomingNumber() {
        return nextNumber;
    }

    /** Of the newest command, committed or not. */
    long position() {
        return pendingPosition;
    }

    /** Begins a command, which {@link #undo} takes back alone. */
    void begin(long position) {
        beforeNumber = pendingNumber;
        before.clear();
        beforeFormerHeads = formerHeads.changes();
        pendingPosition = position;
    }

    /** The command changed nothing; its position stays taken. */
    void undo() {
        while (!before.isEmpty()) {
            before.pop().run();
        }
        formerHeads.undoTo(beforeFormerHeads);
        pendingNumber = beforeNumber;
    }

    int nextNumber() {
        return pendingNumber++;
    }

    /** Of the names that no database has at the moment. */
    FormerHeads formerHeads() {
        return formerHeads;
    }

    @Nullable
    DatabaseRow find(int number) {
        if (dropped.containsKey(number)) {
            return null;
        }
        DatabaseRow mine = changed.get(number);
        return mine != null ? mine : byNumber.get(number);
    }

    @Nullable
    DatabaseRow find(String name) {
        return renamed.containsKey(name) ? renamed.get(name) : byName.get(name);
    }

    void put(DatabaseRow row) {
        set(changed, row.number(), row);
        set(renamed, row.name(), row);
    }

    void rename(DatabaseRow from, DatabaseRow to) {
        set(renamed, from.name(), null);
        put(to);
    }

    void drop(DatabaseRow row, long at) {
        keep(changed, row.number());
        changed.remove(row.number());
        set(dropped, row.number(), new Dropped(row.number(), row.name(), at));
        set(renamed, row.name(), null);
    }

    private <K, V extends @Nullable Object> void set(Map<K, V> map, K key, V value) {
        keep(map, key);
        map.put(key, value);
    }

    private <K, V extends @Nullable Object> void keep(Map<K, V> map, K key) {
        V old = map.get(key);
        before.push(old != null || map.containsKey(key) ? () -> map.put(key, old) : () -> map.remove(key));
    }

    /** Adds to the group's batch what the group changed here. */
    void write(PendingRows rows) {
        rows.batch().put(Family.CATALOG, CatalogKeys.position(), u64(pendingPosition));
        if (pendingNumber != nextNumber) {
            rows.batch().put(Family.CATALOG, CatalogKeys.nextDatabase(), u64(pendingNumber));
        }
        changed.forEach((number, row) -> rows.batch().put(Family.CATALOG, CatalogKeys.state(number), row.encode()));
    }

    /** The group is durable: its changes are the catalog now. */
    Changes commit() {
        Changes done = new Changes(pendingPosition, List.copyOf(dropped.values()), List.copyOf(changed.values()));
        dropped.keySet().forEach(byNumber::remove);
        byNumber.putAll(changed);
        renamed.forEach((name, row) -> {
            if (row == null) {
                byName.remove(name);
            }
        });
        changed.values().forEach(row -> byName.put(row.name(), row));
        formerHeads.commit();
        position = pendingPosition;
        nextNumber = pendingNumber;
        rollback();
        return done;
    }

    /** The group came to nothing. */
    void rollback() {
        changed.clear();
        dropped.clear();
        renamed.clear();
        formerHeads.rollback();
        before.clear();
        pendingPosition = position;
        pendingNumber = nextNumber;
    }

    static byte[] u64(long value) {
        return new RowWriter(8).u64(value).toBytes();
    }

    /**
     * What a group did to the catalog; databases dropped come before those made or changed.
     *
     * @param position of the group's last command
     */
    record Changes(long position, List<Dropped> dropped, List<DatabaseRow> changed) {}

    /** @param position of the command that dropped it */
    record Dropped(int number, String name, long position) {}
}
