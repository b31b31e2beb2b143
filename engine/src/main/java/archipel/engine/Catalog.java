package archipel.engine;

import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the databases of one group stand, as the commands of a round see it. Changes stay apart until the round is
 * committed; {@link #rollback} forgets them. For the thread that applies.
 */
final class Catalog {
    private final CatalogKeys keys;
    private final PendingMap<Integer, DatabaseRow> rows = new PendingMap<>();
    private long position;
    private long pendingPosition;

    private Catalog(int group) {
        this.keys = new CatalogKeys(group);
    }

    /** Reads the catalog; costs what there are of databases, whatever is in them. */
    static Catalog load(Store store, int group) {
        Catalog catalog = new Catalog(group);
        catalog.position = number(store, catalog.keys.position(), 0);
        catalog.pendingPosition = catalog.position;
        byte[] lower = catalog.keys.states();
        try (Cursor states = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = states.first(); more; more = states.next()) {
                int number = new RowReader(states.key(), CatalogKeys.PREFIX).u32();
                catalog.rows.load(number, DatabaseRow.decode(group, number, states.value()));
            }
        }
        return catalog;
    }

    static long number(Store store, byte[] key, long fallback) {
        byte[] value = store.get(Family.CATALOG, key);
        return value == null ? fallback : new RowReader(value).u64();
    }

    int group() {
        return keys.group();
    }

    CatalogKeys keys() {
        return keys;
    }

    KeySpace keys(int database) {
        return new KeySpace(keys.group(), database);
    }

    /** As of the last commit. */
    Collection<DatabaseRow> databases() {
        return rows.stored();
    }

    /** Of the databases as of the last commit. */
    Set<Integer> numbers() {
        return Set.copyOf(rows.storedKeys());
    }

    /** Of the newest command, committed or not. */
    long position() {
        return pendingPosition;
    }

    @Nullable
    DatabaseRow find(int number) {
        return rows.get(number);
    }

    void put(DatabaseRow row) {
        rows.put(row.number(), row);
    }

    void erase(DatabaseRow row) {
        rows.remove(row.number());
    }

    /** Begins a command, which {@link #undo} takes back alone. */
    void begin(long index) {
        rows.begin();
        pendingPosition = index;
    }

    /** The command changed nothing; its index stays taken. */
    void undo() {
        rows.undo();
    }

    /** Adds to the round's batch what the round changed here. */
    void write(PendingRows batch) {
        batch.batch().put(Family.CATALOG, keys.position(), u64(pendingPosition));
        rows.changes().forEach((number, row) -> {
            if (row != null) {
                batch.batch().put(Family.CATALOG, keys.state(number), row.encode());
            }
        });
    }

    /** The round is durable: its changes are the catalog now. */
    Changes commit() {
        List<Integer> erased = new ArrayList<>();
        List<DatabaseRow> changed = new ArrayList<>();
        rows.changes().forEach((number, row) -> {
            if (row == null) {
                erased.add(number);
            } else {
                changed.add(row);
            }
        });
        rows.commit();
        position = pendingPosition;
        return new Changes(keys.group(), position, erased, changed);
    }

    /** The round came to nothing. */
    void rollback() {
        rows.rollback();
        pendingPosition = position;
    }

    static byte[] u64(long value) {
        return new RowWriter(8).u64(value).toBytes();
    }

    /**
     * What a round did to a group's databases.
     *
     * @param position of the round's last command
     * @param erased numbers of those that are gone
     */
    record Changes(int group, long position, List<Integer> erased, List<DatabaseRow> changed) {}
}
