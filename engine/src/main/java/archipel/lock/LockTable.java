package archipel.lock;

import archipel.log.GroupTable;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.PendingMap;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The locks of the system group as the commands of a round see them. A lock that nobody holds has no row. For the
 * thread that applies.
 *
 * <p>Invariant: {@code places} has, for each user, how many places in locks and queues are its own, and under {@link
 * #LOCKS} how many locks there are; it follows from the locks and is stored nowhere.
 */
public final class LockTable implements GroupTable {
    /** Among the users' names, which end with a character that this does not have. */
    private static final String LOCKS = "";

    private static final FormatVersion FORMAT = FormatVersion.V7;

    private final CatalogKeys keys;
    private final PublishedLocks published;
    private final PendingMap<String, Lock> locks = new PendingMap<>();
    private final PendingMap<String, Integer> places = new PendingMap<>();
    private long last;
    private long pendingLast;
    private long beforeLast;

    private LockTable(CatalogKeys keys, PublishedLocks published) {
        this.keys = keys;
        this.published = published;
    }

    /**
     * Reads a group's locks; costs what there are of them.
     *
     * @param published told what rounds change; not what there is now, before {@link #replace}
     */
    public static LockTable load(Store store, int group, PublishedLocks published) {
        LockTable table = new LockTable(new CatalogKeys(group), published);
        byte[] sequence = store.get(Family.CATALOG, table.keys.lockSequence());
        table.last = sequence == null ? 0 : new RowReader(sequence).varint();
        table.pendingLast = table.last;
        Map<String, Integer> counts = new HashMap<>();
        byte[] lower = table.keys.locks();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                Lock lock = Lock.decode(CatalogKeys.suffixText(rows.key()), rows.value());
                table.locks.load(lock.name(), lock);
                counts.merge(LOCKS, 1, Integer::sum);
                usersOf(lock).forEach(user -> counts.merge(user, 1, Integer::sum));
            }
        }
        counts.forEach(table.places::load);
        return table;
    }

    private static List<String> usersOf(Lock lock) {
        List<String> users = new ArrayList<>(1 + lock.queue().size());
        users.add(key(lock.holder().user()));
        lock.queue().forEach(waiter -> users.add(key(waiter.user())));
        return users;
    }

    private static String key(String user) {
        return user + '/';
    }

    @Nullable
    Lock find(String name) {
        return locks.get(name);
    }

    int count() {
        return count(LOCKS);
    }

    /** In locks and queues. */
    int placesOf(String user) {
        return count(key(user));
    }

    private int count(String key) {
        Integer known = places.get(key);
        return known == null ? 0 : known;
    }

    /** Greater than any before. */
    long next() {
        return ++pendingLast;
    }

    void put(Lock lock) {
        change(lock.name(), lock);
        locks.put(lock.name(), lock, FORMAT);
    }

    void remove(String name) {
        change(name, null);
        locks.remove(name, FORMAT);
    }

    private void change(String name, @Nullable Lock after) {
        Lock before = locks.get(name);
        Map<String, Integer> differences = new HashMap<>();
        if (before != null) {
            differences.merge(LOCKS, -1, Integer::sum);
            usersOf(before).forEach(user -> differences.merge(user, -1, Integer::sum));
        }
        if (after != null) {
            differences.merge(LOCKS, 1, Integer::sum);
            usersOf(after).forEach(user -> differences.merge(user, 1, Integer::sum));
        }
        differences.forEach(this::add);
    }

    private void add(String key, int difference) {
        int count = count(key) + difference;
        if (difference == 0) {
            return;
        }
        if (count == 0) {
            places.remove(key, FORMAT);
        } else {
            places.put(key, count, FORMAT);
        }
    }

    @Override
    public void begin() {
        locks.begin();
        places.begin();
        beforeLast = pendingLast;
    }

    @Override
    public void undo() {
        locks.undo();
        places.undo();
        pendingLast = beforeLast;
    }

    @Override
    public void write(Batch batch) {
        if (pendingLast != last) {
            batch.put(
                    Family.CATALOG,
                    keys.lockSequence(),
                    new RowWriter(8).varint(pendingLast).toBytes());
        }
        locks.changes().forEach((name, change) -> {
            Lock lock = change.value();
            if (lock == null) {
                batch.delete(Family.CATALOG, keys.lock(name));
            } else {
                batch.put(Family.CATALOG, keys.lock(name), lock.encode());
            }
        });
    }

    @Override
    public StateMachine.Publication commit() {
        if (locks.changes().isEmpty()) {
            rollbackCounts();
            return () -> {};
        }
        Map<String, @Nullable Lock> changed = new HashMap<>();
        locks.changes().forEach((name, change) -> changed.put(name, change.value()));
        locks.commit();
        places.commit();
        last = pendingLast;
        return () -> published.change(changed);
    }

    private void rollbackCounts() {
        locks.rollback();
        places.rollback();
        last = pendingLast;
    }

    @Override
    public void rollback() {
        locks.rollback();
        places.rollback();
        pendingLast = last;
    }

    @Override
    public StateMachine.Publication replace() {
        Map<String, Lock> all = new HashMap<>();
        locks.stored().forEach(lock -> all.put(lock.name(), lock));
        return () -> published.replace(all);
    }
}
