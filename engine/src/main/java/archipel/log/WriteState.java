package archipel.log;

import archipel.command.Command;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the store takes writes, as the log last found it.
 *
 * <pre>
 * SOUND ── no space for a write ──────────────→ FULL      takes what gives space back, from the reserve
 *   ↑  └── a write or an fsync failed ────────→ DOUBTFUL  takes nothing: it is not known what is on the disk; where
 *   │                                             │        space was the cause, lets what gives space back wait
 *   │                                             │
 *   └── there is space, and the reserve again ────┴── everything was written anew (then FULL, if space was the cause)
 * any ── the log itself failed ────────────────→ BROKEN    takes nothing until a restart; never left
 * </pre>
 *
 * <p>An fsync that failed must not be tried again: Linux drops what it could not write and reports success from then
 * on. What is in doubt becomes certain when it is written to new files, which is what a restart does as well.
 *
 * <p>Changed by the log's threads, read by any.
 */
public final class WriteState {
    private static final System.Logger LOG = System.getLogger(WriteState.class.getName());
    private static final String FULL = "The disk is full. Writes are refused until there is space; deletions and purges"
            + " are let through while the reserve lasts.";
    private static final String FULL_WITHOUT_RESERVE = "The disk is full, and no reserve is left. Writes and deletions"
            + " are refused until there is space: make room from outside.";
    private static final String DOUBTFUL = "The disk failed during a write. Writes are refused until what is stored has"
            + " been written anew, which is tried every second; if that does not succeed, mend the disk and restart.";
    private static final String BROKEN = "The log of writes failed. Writes are refused until a restart.";

    private final Store store;
    private final Health health;
    private final BooleanSupplier reserve;
    private final ReentrantLock changing = new ReentrantLock();
    private final LongAdder faults = new LongAdder();
    private volatile Condition condition = new Condition(State.SOUND, null);

    /** @param reserve whether there is space that what gives space back can use on a full disk */
    public WriteState(Store store, Health health, BooleanSupplier reserve) {
        this.store = store;
        this.health = health;
        this.reserve = reserve;
    }

    /**
     * Makes sure of what is there as the store was opened: what a kill has left in the write-ahead log was perhaps
     * never on the disk, and what readers see must be.
     *
     * @param fromReserve whether there was no space to open it but the reserve's
     */
    public void begin(boolean fromReserve) {
        try {
            store.rewrite();
            if (fromReserve) {
                full(new StorageException(StorageException.Kind.FULL, "the store was opened from the reserve"));
            }
        } catch (StorageException e) {
            doubtful(e);
        }
    }

    State state() {
        return condition.state();
    }

    boolean isSound() {
        return condition.state() == State.SOUND;
    }

    /** Whether not even deletions are written. */
    boolean refusesAll() {
        State state = condition.state();
        return state == State.DOUBTFUL || state == State.BROKEN;
    }

    /** What a command is to be refused with before it is tried; null when it may be tried. */
    @Nullable
    StorageException refusal(Command<?> command) {
        Condition now = condition;
        return switch (now.state()) {
            case SOUND -> null;
            case FULL -> command.relieves() ? null : now.refusal();
            case DOUBTFUL -> command.relieves() && lacksSpace(now) ? null : now.refusal();
            case BROKEN -> now.refusal();
        };
    }

    /** Whether what gives space back is to wait until what is in doubt for lack of space was written anew. */
    boolean awaitsRelief() {
        Condition now = condition;
        return now.state() == State.DOUBTFUL && lacksSpace(now);
    }

    /** What is refused at the moment is refused with it; null while the store is sound. */
    @Nullable
    StorageException refusal() {
        return condition.refusal();
    }

    /** Whether the disk was full when things went wrong. */
    boolean lacksSpace() {
        return lacksSpace(condition);
    }

    private static boolean lacksSpace(Condition condition) {
        StorageException refusal = condition.refusal();
        return refusal != null && refusal.kind() == StorageException.Kind.FULL;
    }

    /** What is said of a full disk depends on the reserve, which can have come to its end. */
    void reviewReserve() {
        changing.lock();
        try {
            report();
        } finally {
            changing.unlock();
        }
    }

    /** A command could not be applied by a fault of this node. */
    void faulty() {
        faults.increment();
    }

    /** How many commands could not be applied by a fault of this node. */
    public long faults() {
        return faults.sum();
    }

    /** Nothing was written, since there was no space. Changes nothing but a sound state. */
    public void full(StorageException e) {
        if (become(State.FULL, e, EnumSet.of(State.SOUND))) {
            LOG.log(System.Logger.Level.ERROR, "a write found no space: {0}", e.details());
        }
    }

    /** It is not known what was written. */
    public void doubtful(Throwable e) {
        // What is refused meanwhile was not written, whatever became of what is in doubt.
        boolean full = e instanceof StorageException failure && failure.kind() == StorageException.Kind.FULL;
        StorageException.Kind kind = full ? StorageException.Kind.FULL : StorageException.Kind.RECOVERING;
        if (become(State.DOUBTFUL, new StorageException(kind, details(e), e), EnumSet.of(State.SOUND, State.FULL))) {
            LOG.log(System.Logger.Level.ERROR, "it is not known whether a write reached the disk", e);
        }
    }

    /** The log itself failed, which nothing here can recover from. */
    void broken(Throwable e) {
        LOG.log(System.Logger.Level.ERROR, "the log of writes failed", e);
        become(
                State.BROKEN,
                new StorageException(StorageException.Kind.RECOVERING, "the log failed: " + e, e),
                EnumSet.complementOf(EnumSet.of(State.BROKEN)));
    }

    /** Everything that was in doubt is durable now, and shown. Changes nothing but a doubtful state. */
    void rewritten() {
        Condition before = condition;
        StorageException refusal = before.refusal();
        if (refusal != null && lacksSpace(before)) {
            become(
                    State.FULL,
                    new StorageException(StorageException.Kind.FULL, refusal.details(), refusal),
                    EnumSet.of(State.DOUBTFUL));
        } else {
            become(State.SOUND, null, EnumSet.of(State.DOUBTFUL));
        }
    }

    /** There is space again. Changes nothing but a full state. */
    public void sound() {
        become(State.SOUND, null, EnumSet.of(State.FULL));
    }

    // The writer and the flusher change the state independently of each other: from which states it may be left is
    // looked at in the same moment, so that what one found in order never overrides that the other failed.
    private boolean become(State state, @Nullable StorageException refusal, Set<State> from) {
        changing.lock();
        try {
            if (!from.contains(condition.state())) {
                return false;
            }
            condition = new Condition(state, refusal);
            store.hold(refusal);
            report();
            return true;
        } finally {
            changing.unlock();
        }
    }

    private void report() {
        Condition now = condition;
        boolean full = lacksSpace(now);
        report(Problem.DISK_FULL, full, full && !reserve.getAsBoolean() ? FULL_WITHOUT_RESERVE : FULL);
        report(
                Problem.STORAGE_HALTED,
                now.state() == State.BROKEN || now.state() == State.DOUBTFUL && !full,
                now.state() == State.BROKEN ? BROKEN : DOUBTFUL);
    }

    private void report(Problem problem, boolean is, String detail) {
        if (is) {
            health.report(problem, detail);
        } else {
            health.withdraw(problem);
        }
    }

    private static String details(Throwable e) {
        return e instanceof StorageException failure ? failure.details() : String.valueOf(e);
    }

    /** How far the store can be written to. */
    enum State {
        SOUND,
        FULL,
        DOUBTFUL,
        BROKEN
    }

    /** @param refusal what is refused is refused with it; null only while the store is sound */
    private record Condition(State state, @Nullable StorageException refusal) {}
}
