package archipel.raft;

import archipel.changes.Deadline;
import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The logs of all groups of a node, in one store, so that one fsync serves all that wait for one. Safe for use by many
 * threads; each group's entries are changed by one at a time.
 *
 * <p>Keys in {@link Family#ENTRY}: the group (two bytes), then
 *
 * <ul>
 *   <li>0, a name → a fact of the group that has to outlive its entries: see {@link Fact};
 *   <li>1, index (eight bytes) → an entry;
 *   <li>2, index → once more an entry that says who the members are, since these are read at each start.
 * </ul>
 */
final class EntryStore implements AutoCloseable {
    private static final int PREFIX = 3;

    private final Store store;
    private final SharedSync sync;
    private final LongSupplier clockMs = Deadline.steadyMs();
    // Since when.
    private final Map<Object, Long> underWay = new ConcurrentHashMap<>();

    /**
     * @param store whose only user this is; closed with this
     * @param fsync whether what is written is to be on the disk, instead of with the operating system
     */
    EntryStore(Store store, boolean fsync) {
        this.store = store;
        this.sync = new SharedSync(fsync ? store::sync : () -> {});
    }

    /** Facts about a group. */
    enum Fact {
        /** Index of the first entry that is kept. */
        FIRST,
        /** The newest term, and for whom this member has voted in it. */
        VOTE,
        /** What the first entry that is kept comes after: index, term, members. */
        BASE,
        /** Up to which index the entries are known to be committed; may be less than is. */
        COMMITTED,
        /** Written to find out whether anything can be. */
        PROBE;

        byte[] key(int group) {
            return EntryStore.prefix(group, 0).u8(ordinal()).toBytes();
        }
    }

    private static RowWriter prefix(int group, int kind) {
        return new RowWriter(16).u16(group).u8(kind);
    }

    private static byte[] entry(int group, long index) {
        return prefix(group, 1).u64(index).toBytes();
    }

    private static byte[] membership(int group, long index) {
        return prefix(group, 2).u64(index).toBytes();
    }

    byte @Nullable [] fact(int group, Fact fact) {
        return store.get(Family.ENTRY, fact.key(group));
    }

    /** Durable when this returns. */
    void put(int group, Fact fact, byte[] value) {
        put(group, Map.of(fact, value));
    }

    /** All or none of them; durable when this returns. */
    void put(int group, Map<Fact, byte[]> facts) {
        durably(batch -> facts.forEach((fact, value) -> batch.put(Family.ENTRY, fact.key(group), value)));
    }

    private void durably(Consumer<Batch> changes) {
        Object write = new Object();
        underWay.put(write, clockMs.getAsLong());
        try {
            commit(changes);
            sync.sync();
        } finally {
            underWay.remove(write);
        }
    }

    private void commit(Consumer<Batch> changes) {
        try (Batch batch = store.batch()) {
            changes.accept(batch);
            store.commit(batch);
        }
    }

    /** For how long the oldest write that is under way has waited for the disk; 0 where none is. */
    long stalledMs() {
        long now = clockMs.getAsLong();
        return underWay.values().stream().mapToLong(since -> now - since).max().orElse(0);
    }

    /**
     * Makes whole again what failed writes have left, and finds out whether the store takes writes.
     *
     * @throws archipel.storage.StorageException where it does not
     */
    void mend() {
        sync.renew(store::rewrite);
        put(0, Fact.PROBE, new byte[0]);
    }

    long first(int group) {
        byte[] value = fact(group, Fact.FIRST);
        return value == null ? 1 : new RowReader(value).u64();
    }

    /** 0 where nothing is known of that. */
    long committed(int group) {
        byte[] value = fact(group, Fact.COMMITTED);
        return value == null ? 0 : new RowReader(value).u64();
    }

    /** Keeps how far groups are committed: in the end durable, with whatever is made so next. */
    void committed(Map<Integer, Long> indexes) {
        commit(batch ->
                indexes.forEach((group, index) -> batch.put(Family.ENTRY, Fact.COMMITTED.key(group), u64(index))));
    }

    private static byte[] u64(long number) {
        return new RowWriter(8).u64(number).toBytes();
    }

    /** Index of the newest entry; one less than {@link #first} where there is none. */
    long last(int group) {
        try (Cursor entries = store.cursor(Family.ENTRY, entry(group, 0), membership(group, 0))) {
            return Math.max(entries.last() ? index(entries) : 0, first(group) - 1);
        }
    }

    private static long index(Cursor entries) {
        return new RowReader(entries.key(), PREFIX).u64();
    }

    byte @Nullable [] get(int group, long index) {
        return store.get(Family.ENTRY, entry(group, index));
    }

    /** Entries that say who the members are, in order. */
    List<byte[]> memberships(int group) {
        List<byte[]> found = new ArrayList<>();
        try (Cursor entries = store.cursor(
                Family.ENTRY, membership(group, 0), prefix(group, 3).toBytes())) {
            for (boolean more = entries.first(); more; more = entries.next()) {
                found.add(entries.value());
            }
        }
        return found;
    }

    /** Durable when this returns. */
    void append(int group, List<Entry> entries) {
        durably(batch -> {
            for (Entry entry : entries) {
                batch.put(Family.ENTRY, entry(group, entry.index()), entry.bytes());
                if (entry.saysMembers()) {
                    batch.put(Family.ENTRY, membership(group, entry.index()), entry.bytes());
                }
            }
        });
    }

    /** Forgets the entries before one; a crash may bring them back, behind {@link #first}. */
    void truncatePrefix(int group, long firstKept) {
        commit(batch -> {
            batch.put(Family.ENTRY, Fact.FIRST.key(group), u64(firstKept));
            batch.deleteRange(Family.ENTRY, entry(group, 0), entry(group, firstKept));
            batch.deleteRange(Family.ENTRY, membership(group, 0), membership(group, firstKept));
        });
    }

    /** Forgets the entries after one, durably: others will stand in their places. */
    void truncateSuffix(int group, long lastKept) {
        durably(batch -> {
            batch.deleteRange(Family.ENTRY, entry(group, lastKept + 1), membership(group, 0));
            batch.deleteRange(
                    Family.ENTRY,
                    membership(group, lastKept + 1),
                    prefix(group, 3).toBytes());
        });
    }

    /** Forgets all entries; the next one will have that index. */
    void reset(int group, long next) {
        durably(batch -> {
            batch.put(Family.ENTRY, Fact.FIRST.key(group), u64(next));
            batch.deleteRange(Family.ENTRY, entry(group, 0), prefix(group, 3).toBytes());
        });
    }

    /** Of all entries, roughly. */
    long bytes() {
        return store.fileBytes();
    }

    @Override
    public void close() {
        store.close();
    }

    /** @param saysMembers whether it says who the group's members are from there on */
    record Entry(long index, byte[] bytes, boolean saysMembers) {}
}
