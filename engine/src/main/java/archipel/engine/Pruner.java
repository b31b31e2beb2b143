package archipel.engine;

import archipel.changes.Block;
import archipel.document.RequestException;
import archipel.engine.Node.BackgroundTask;
import archipel.history.BlockChain;
import archipel.history.PruneStep;
import archipel.storage.StorageException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Raises horizons as their policies say and deletes what lies behind them, on one thread for all databases. The horizon
 * is raised first and by a command, so that no reader is told a block that is then taken from it; what a reader under
 * way still reads its snapshot holds. Deleting goes in commands of some hundred rows; there is one at a time, and after
 * each as long a rest as it took, so that writes pass between. A start after a kill goes on behind the last command.
 */
final class Pruner implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Pruner.class.getName());
    private static final long PASS_NANOS = 1_000_000_000L;

    private final Node node;
    private final HorizonPolicy byDefault;
    private final InstantSource clock;
    private final ReentrantLock work = new ReentrantLock();
    private final Thread thread;
    private volatile @Nullable Task task;
    private volatile boolean closing;

    Pruner(Node node, HorizonPolicy byDefault, InstantSource clock) {
        this.node = node;
        this.byDefault = byDefault;
        this.clock = clock;
        this.thread = Thread.ofPlatform().daemon().name("archipel-pruner").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Looks at all databases soon. */
    void wake() {
        LockSupport.unpark(thread);
    }

    HorizonPolicy inForce(DatabaseRow row) {
        HorizonPolicy own = row.retention().policy();
        return own == null ? byDefault : own;
    }

    List<BackgroundTask> tasks() {
        Task current = task;
        return current == null ? List.of() : List.of(current.told());
    }

    private void run() {
        while (!closing) {
            for (Database database : node.databases()) {
                try {
                    prune(database);
                } catch (RuntimeException e) {
                    report(database, e);
                }
            }
            if (!closing) {
                LockSupport.parkNanos(this, PASS_NANOS);
            }
        }
    }

    // Tried again at the next pass. A full disk is told where writes fail, and the other refusals say that the database
    // was dropped or the node is closing.
    private static void report(Database database, RuntimeException e) {
        boolean expected = e instanceof RequestException
                && (!(e instanceof StorageException failure) || failure.kind() == StorageException.Kind.FULL);
        if (!expected) {
            LOG.log(System.Logger.Level.WARNING, "pruning of " + database.name() + " ended early", e);
        }
    }

    /** Does what is to be done for one database, and returns when it is done. */
    void prune(Database database) {
        work.lock();
        try {
            raise(database);
            sweep(database);
        } finally {
            task = null;
            work.unlock();
        }
    }

    /** Nothing is pruned until that is closed, but by the thread that asked. */
    Rest rest() {
        work.lock();
        return work::unlock;
    }

    private void raise(Database database) {
        DatabaseRow row = database.row();
        if (!(inForce(row) instanceof HorizonPolicy.Newest newest)) {
            return;
        }
        long head = row.state().head().number();
        long horizon = row.retention().horizon();
        long target = head - newest.blocks() + 1;
        if (target <= horizon || closing) {
            return;
        }
        try (Snapshot snapshot = database.snapshot()) {
            // The block that stood at the age's end stays, so that every time since then can be read.
            Block oldest = snapshot.blockAt(clock.millis() - newest.age().toMillis());
            target = Math.min(target, oldest == null ? 0 : oldest.number());
        }
        if (target > horizon) {
            node.submit(new Command.RaiseHorizon(row.number(), target));
        }
    }

    private void sweep(Database database) {
        DatabaseRow.Retention retention = database.row().retention();
        long horizon = retention.horizon();
        PruneStep.Position at = new PruneStep.Position(retention.prunedTo() + 1, 0);
        Task mine = new Task(database.name(), retention.prunedTo(), horizon, clock.millis());
        while (at.block() <= horizon && !closing && !database.isDeleted()) {
            task = mine;
            long begun = clock.millis();
            PruneStep step;
            try (Snapshot snapshot = database.snapshot()) {
                BlockChain chain = new BlockChain(
                        snapshot.store(), snapshot.keys(), snapshot.state().head());
                step = PruneStep.plan(snapshot.store(), snapshot.keys(), chain, horizon, at);
            }
            node.submit(new Command.Prune(database.number(), step));
            at = step.next();
            mine.done = step.prunedTo();
            mine.updatedMs = clock.millis();
            if (at.block() <= horizon) {
                LockSupport.parkNanos(this, 1_000_000L * Math.clamp(mine.updatedMs - begun, 1, 100));
            }
        }
    }

    @Override
    public void close() {
        closing = true;
        wake();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A time without pruning. */
    interface Rest extends AutoCloseable {
        @Override
        void close();
    }

    /** One database's pruning. */
    private static final class Task {
        private final String database;
        private final long from;
        private final long to;
        private final long startedMs;
        private volatile long done;
        private volatile long updatedMs;

        Task(String database, long from, long to, long startedMs) {
            this.database = database;
            this.from = from;
            this.to = to;
            this.startedMs = startedMs;
            this.done = from;
            this.updatedMs = startedMs;
        }

        BackgroundTask told() {
            long all = Math.max(1, to - from);
            long part = done - from;
            return new BackgroundTask(
                    "history_pruning", database, null, (int) (100 * part / all), part, to - from, startedMs, updatedMs);
        }
    }
}
