package archipel.engine;

import archipel.health.Health;
import archipel.health.Problem;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Whether the store takes writes, as the log last found it.
 *
 * <pre>
 * SOUND ── no space for a write ──────────────→ FULL      takes what gives space back, from the reserve
 *   ↑  └── a write or an fsync failed ────────→ DOUBTFUL  takes nothing: it is not known what is on the disk
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
final class WriteState {
    private static final System.Logger LOG = System.getLogger(WriteState.class.getName());
    private static final String FULL =
            "The disk is full. Writes are refused until there is space; deletions and purges are let through.";
    private static final String DOUBTFUL = "The disk failed during a write. Writes are refused until what is stored has"
            + " been written anew, which is tried every second; if that does not succeed, mend the disk and restart.";
    private static final String BROKEN = "The log of writes failed. Writes are refused until a restart.";

    private final Store store;
    private final Health health;
    private final ReentrantLock changing = new ReentrantLock();
    private volatile Condition condition = new Condition(State.SOUND, null);

    WriteState(Store store, Health health) {
        this.store = store;
        this.health = health;
    }

    State state() {
        return condition.state();
    }

    boolean isSound() {
        return condition.state() == State.SOUND;
    }

    /** Whether not even deletions are taken. */
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
            case DOUBTFUL, BROKEN -> now.refusal();
        };
    }

    /** Whether the disk was full when things went wrong. */
    boolean lacksSpace() {
        StorageException refusal = condition.refusal();
        return refusal != null
                && (refusal.kind() == StorageException.Kind.FULL
                        || refusal.getCause() instanceof StorageException cause
                                && cause.kind() == StorageException.Kind.FULL);
    }

    /** Nothing was written, since there was no space. */
    void full(StorageException e) {
        if (condition.state() == State.SOUND) {
            LOG.log(System.Logger.Level.ERROR, "a write found no space: {0}", e.details());
            become(State.FULL, e);
        }
    }

    /** It is not known what was written. */
    void doubtful(Throwable e) {
        if (!refusesAll()) {
            LOG.log(System.Logger.Level.ERROR, "it is not known whether a write reached the disk", e);
            become(State.DOUBTFUL, new StorageException(StorageException.Kind.RECOVERING, details(e), e));
        }
    }

    /** The log itself failed, which nothing here can recover from. */
    void broken(Throwable e) {
        LOG.log(System.Logger.Level.ERROR, "the log of writes failed", e);
        become(State.BROKEN, new StorageException(StorageException.Kind.RECOVERING, "the log failed: " + e, e));
    }

    /** Everything that was in doubt is durable now. */
    void rewritten() {
        StorageException before = condition.refusal();
        if (lacksSpace() && before != null) {
            become(State.FULL, new StorageException(StorageException.Kind.FULL, before.details(), before));
        } else {
            sound();
        }
    }

    void sound() {
        become(State.SOUND, null);
    }

    // The writer and the flusher change the state independently of each other: what one found in order must not
    // override that the other failed.
    private void become(State state, @Nullable StorageException refusal) {
        changing.lock();
        try {
            if (condition.state() == State.BROKEN) {
                return;
            }
            condition = new Condition(state, refusal);
            store.hold(refusal);
            report(Problem.DISK_FULL, state == State.FULL, FULL);
            report(
                    Problem.STORAGE_HALTED,
                    state == State.DOUBTFUL || state == State.BROKEN,
                    state == State.BROKEN ? BROKEN : DOUBTFUL);
        } finally {
            changing.unlock();
        }
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
