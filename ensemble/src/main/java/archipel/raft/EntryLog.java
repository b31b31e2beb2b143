package archipel.raft;

import archipel.consensus.Replica;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.codec.LogEntryDecoder;
import com.alipay.sofa.jraft.entity.codec.LogEntryEncoder;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One group's part of the {@link EntryStore}, as the library wants it: one thread writes, any reads. For one start of
 * the group, which has to end where anything fails here: what the library knows of the log is not what it has then.
 */
final class EntryLog implements LogStorage {
    private static final System.Logger LOG = System.getLogger(EntryLog.class.getName());

    private final EntryStore store;
    private final int group;
    private final Consumer<RuntimeException> failed;
    private final LogEntryEncoder encoder = LogEntryV2CodecFactory.getInstance().encoder();
    private final LogEntryDecoder decoder = LogEntryV2CodecFactory.getInstance().decoder();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    // Guarded by the lock. Entries of this log that say who the members are.
    private final TreeMap<Long, ConfigurationEntry> memberships = new TreeMap<>();
    private volatile long first;
    private volatile long last;
    private volatile long committed;
    private volatile long recorded;
    // Nothing is written from then on: it is not known any more what the library knows.
    private volatile boolean broken;

    /** @param failed told of what failed, with the library's locks held */
    EntryLog(EntryStore store, int group, Consumer<RuntimeException> failed) {
        this.store = store;
        this.group = group;
        this.failed = failed;
    }

    /** Reads what there is to know of it. Before {@link #init}, which must not fail. */
    EntryLog load() {
        first = store.first(group);
        last = store.last(group);
        committed = Math.min(store.committed(group), last);
        recorded = committed;
        for (byte[] bytes : store.memberships(group)) {
            LogEntry entry = decode(bytes);
            if (entry.getId().getIndex() >= first) {
                memberships.put(entry.getId().getIndex(), membership(entry));
            }
        }
        if (last >= first && store.get(group, last) == null) {
            throw new IllegalStateException("the newest entry of group " + group + " is missing");
        }
        return this;
    }

    @Override
    public boolean init(LogStorageOptions options) {
        memberships.values().forEach(options.getConfigurationManager()::add);
        return true;
    }

    /**
     * What is known to be committed of the entries after one, for the start; null where that is nothing, or where the
     * log begins later. A member that comes back alone has no way to learn it from others.
     */
    Replica.@Nullable Entries committedAfter(long index) {
        return committed > index && first <= index + 1 ? new LoggedEntries(this, index, committed) : null;
    }

    /** The entries up to one are committed, and applied here. */
    void committed(long index) {
        committed = index;
    }

    /** Up to which index they are, where that is not stored yet; 0 where it is. */
    long unrecorded() {
        long known = committed;
        return known > recorded ? known : 0;
    }

    /** It is stored that they are committed up to one. By one thread at a time. */
    void recorded(long index) {
        recorded = Math.max(recorded, index);
    }

    @Override
    public void shutdown() {
        // The store outlives its groups' logs.
    }

    private LogEntry decode(byte[] bytes) {
        LogEntry entry = decoder.decode(bytes);
        if (entry == null) {
            throw new IllegalStateException("group " + group + " has an entry in its log that is none");
        }
        return entry;
    }

    private static ConfigurationEntry membership(LogEntry entry) {
        ConfigurationEntry membership = new ConfigurationEntry();
        membership.setId(new LogId(entry.getId().getIndex(), entry.getId().getTerm()));
        membership.setConf(new Configuration(entry.getPeers(), entry.getLearners()));
        if (entry.getOldPeers() != null) {
            membership.setOldConf(new Configuration(entry.getOldPeers(), entry.getOldLearners()));
        }
        return membership;
    }

    /**
     * The newest entry up to an index that says who the members are; null where none of this log does.
     *
     * @throws IllegalStateException where the entry at the index does not reach the disk in time
     */
    @Nullable
    ConfigurationEntry membershipAt(long index) {
        lock.lock();
        try {
            if (!await(index)) {
                throw new IllegalStateException("entry " + index + " of group " + group + " is not on the disk");
            }
            Map.Entry<Long, ConfigurationEntry> newest = memberships.floorEntry(index);
            return newest == null ? null : newest.getValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    // With the lock held. Whether the entry at the index has reached the disk in time.
    private boolean await(long index) throws InterruptedException {
        long nanos = TimeUnit.SECONDS.toNanos(2);
        while (last < index && nanos > 0) {
            nanos = grown.awaitNanos(nanos);
        }
        return last >= index;
    }

    /** Whether all entries from one on up to another are there; waits a moment for those that are on their way. */
    boolean has(long from, long to) {
        lock.lock();
        try {
            return first <= from && await(to) && first <= from;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** The newest entry that says who the members are; null where none of this log does. */
    @Nullable
    ConfigurationEntry membership() {
        lock.lock();
        try {
            return memberships.isEmpty() ? null : memberships.lastEntry().getValue();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long getFirstLogIndex() {
        return first;
    }

    @Override
    public long getLastLogIndex() {
        return last;
    }

    @Override
    public @Nullable LogEntry getEntry(long index) {
        if (!has(index)) {
            return null;
        }
        try {
            byte[] bytes = store.get(group, index);
            if (bytes != null) {
                return decode(bytes);
            } else if (!has(index)) {
                // It was forgotten meanwhile.
                return null;
            }
            throw new IllegalStateException("entry " + index + " of group " + group + " is missing");
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "entry " + index + " of group " + group + " cannot be read", e);
            fail(e);
            return isForItsTerm() ? ofNoTerm(index) : null;
        }
    }

    // The library reads entries for their terms, and where it gets none, or an exception, it leaves a lock taken that
    // it needs to end the group. One in a term that there never is goes with no other.
    private static LogEntry ofNoTerm(long index) {
        LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_NO_OP);
        entry.setId(new LogId(index, Long.MAX_VALUE));
        return entry;
    }

    private static boolean isForItsTerm() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getMethodName().equals("getTermFromLogStorage")));
    }

    private void fail(RuntimeException e) {
        broken = true;
        failed.accept(e);
    }

    private boolean has(long index) {
        return index >= first && index <= last;
    }

    @Override
    @Deprecated
    public long getTerm(long index) {
        LogEntry entry = getEntry(index);
        return entry == null ? 0 : entry.getId().getTerm();
    }

    @Override
    public boolean appendEntry(LogEntry entry) {
        return appendEntries(List.of(entry)) == 1;
    }

    @Override
    public int appendEntries(List<LogEntry> entries) {
        if (entries.isEmpty() || broken) {
            return 0;
        }
        List<EntryStore.Entry> rows = new ArrayList<>(entries.size());
        for (LogEntry entry : entries) {
            rows.add(new EntryStore.Entry(
                    entry.getId().getIndex(),
                    encoder.encode(entry),
                    entry.getType() == EntryType.ENTRY_TYPE_CONFIGURATION));
        }
        try {
            store.append(group, rows);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "entries of group " + group + " are not on the disk", e);
            fail(e);
            return 0;
        }
        lock.lock();
        try {
            for (LogEntry entry : entries) {
                if (entry.getType() == EntryType.ENTRY_TYPE_CONFIGURATION) {
                    memberships.put(entry.getId().getIndex(), membership(entry));
                }
            }
            last = rows.getLast().index();
            grown.signalAll();
        } finally {
            lock.unlock();
        }
        return entries.size();
    }

    private boolean succeeds(Runnable change) {
        if (broken) {
            return false;
        }
        try {
            change.run();
            return true;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "entries of group " + group + " were not forgotten", e);
            fail(e);
            return false;
        }
    }

    @Override
    public boolean truncatePrefix(long firstKept) {
        if (!succeeds(() -> store.truncatePrefix(group, firstKept))) {
            return false;
        }
        lock.lock();
        try {
            memberships.headMap(firstKept).clear();
            first = firstKept;
            last = Math.max(last, firstKept - 1);
            grown.signalAll();
        } finally {
            lock.unlock();
        }
        return true;
    }

    @Override
    public boolean truncateSuffix(long lastKept) {
        if (!succeeds(() -> store.truncateSuffix(group, lastKept))) {
            return false;
        }
        lock.lock();
        try {
            memberships.tailMap(lastKept, false).clear();
            last = lastKept;
        } finally {
            lock.unlock();
        }
        return true;
    }

    @Override
    public boolean reset(long next) {
        if (!succeeds(() -> store.reset(group, next))) {
            return false;
        }
        lock.lock();
        try {
            memberships.clear();
            first = next;
            last = next - 1;
            grown.signalAll();
        } finally {
            lock.unlock();
        }
        return true;
    }
}
