package archipel.engine;

import archipel.changes.BackgroundTask;
import archipel.changes.Block;
import archipel.changes.Loop;
import archipel.changes.Loops;
import archipel.command.DataCommand;
import archipel.command.GroupCommand.Duty;
import archipel.command.HorizonPolicy;
import archipel.health.Problem;
import archipel.history.PruneStep;
import archipel.index.IndexException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Raises horizons as their policies say and deletes what lies behind them, on one thread for all databases whose group
 * this node leads: by one clock and one node's policy. The horizon
 * is raised first and by a command, so that no reader is told a block that is then taken from it; what a reader under
 * way still reads its snapshot holds. Deleting goes in commands of some hundred rows; there is one at a time, and after
 * each as long a rest as it took, so that writes pass between. A start after a kill goes on behind the last command.
 * Others than this thread may prune as well, a compaction for one: steps that overlap do the same.
 */
final class Pruner implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Pruner.class.getName());
    private static final Duration BETWEEN_PASSES = Duration.ofSeconds(1);

    private final Node node;
    private final HorizonPolicy byDefault;
    private final InstantSource clock;
    private final long driftMs;
    // Held for each step by itself, so that nobody who wants a rest waits for more than one.
    private final ReentrantLock work = new ReentrantLock();
    private final Loop loop;
    private final Queue<Database> remains = new ConcurrentLinkedQueue<>();
    private boolean begun;
    private boolean swept;
    private final Set<String> ahead = new HashSet<>();
    private volatile @Nullable Task task;

    Pruner(Node node, HorizonPolicy byDefault, InstantSource clock, Loops loops) {
        this.node = node;
        this.byDefault = byDefault;
        this.clock = clock;
        this.driftMs = node.options().limits().clockDrift().toMillis();
        this.loop = loops.loop("pruner", this::pass);
    }

    void start() {
        loop.start(Duration.ZERO);
    }

    /** Looks at all databases soon. */
    void wake() {
        loop.wake();
    }

    HorizonPolicy inForce(DatabaseRow row) {
        HorizonPolicy own = row.retention().policy();
        return own == null ? byDefault : own;
    }

    List<BackgroundTask> tasks() {
        Task current = task;
        return current == null ? List.of() : List.of(current.progress());
    }

    private Duration pass() {
        if (begun) {
            loop.attempt("indexes", this::tendIndexes);
        }
        // The indexes not at once: the start needs the processors.
        begun = true;
        for (Database dropped : remains) {
            loop.attempt("indexes of a dropped database", () -> clear(dropped));
        }
        loop.attempt("times", this::checkTimes);
        for (Database database : node.databases()) {
            loop.attempt(database.name(), () -> prune(database));
        }
        return BETWEEN_PASSES;
    }

    // Also what writers of indexes that were under way add. What stays is tried again at the next start as well.
    private void clear(Database dropped) {
        try {
            dropped.indexes().clear();
            remains.remove(dropped);
        } catch (IndexException e) {
            LOG.log(System.Logger.Level.DEBUG, "rows of a dropped database's indexes stay for now", e);
        }
    }

    // What an earlier run did not come to clear, and what was dropped since.
    private void tendIndexes() {
        try {
            if (!swept) {
                node.sweepIndexes();
                swept = true;
            }
            node.indexes().tend();
        } catch (IndexException e) {
            LOG.log(System.Logger.Level.DEBUG, "indexes begin anew", e);
        }
    }

    /** The database was dropped: its indexes go at the next pass. For the thread that publishes. */
    void dropped(Database database) {
        remains.add(database);
    }

    // Time along the blocks never goes back by itself, so that one that was written while the clock was ahead holds up
    // the time of those after it.
    private void checkTimes() {
        Set<String> before = Set.copyOf(ahead);
        ahead.clear();
        for (Database database : node.databases()) {
            DatabaseRow row = database.row();
            long aheadMs = row.aheadMs(clock.millis());
            if (aheadMs > driftMs) {
                ahead.add(database.name());
                if (!before.contains(database.name())) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "The time of {0} is {1} s ahead of the clock: its blocks get no other time until then, and"
                                    + " reads by time go wrong. If the clock is right, restart its time:"
                                    + " POST /{0}/_restart_time.",
                            database.name(),
                            Long.toString(aheadMs / 1000));
                }
            }
        }
        if (ahead.isEmpty()) {
            node.health().withdraw(Problem.CLOCK_DRIFT);
        } else {
            node.health()
                    .report(
                            Problem.CLOCK_DRIFT,
                            "The time of " + ahead.size() + " databases is ahead of the clock; the log names them.");
        }
    }

    /** Does what is to be done for one database, and returns when it is done; nothing where another node leads. */
    void prune(Database database) {
        OptionalLong term = node.duties().term(database.group());
        if (term.isEmpty()) {
            return;
        }
        try {
            raise(database, term.getAsLong());
            sweep(database, term.getAsLong());
        } finally {
            task = null;
        }
    }

    /** Nothing is pruned until that is closed, but by the thread that asked. */
    Rest rest() {
        work.lock();
        return work::unlock;
    }

    private void raise(Database database, long term) {
        try (Rest _ = rest()) {
            DatabaseRow row = database.row();
            if (!(inForce(row) instanceof HorizonPolicy.Newest newest)) {
                return;
            }
            long head = row.state().head().number();
            long horizon = row.retention().horizon();
            long target = head - newest.blocks() + 1;
            if (target <= horizon || loop.isClosed()) {
                return;
            }
            try (Database.MaintenanceView view = database.maintenance()) {
                // The block that stood at the age's end stays, so that every time since then can be read.
                Block oldest = view.chain().at(clock.millis() - newest.age().toMillis());
                target = Math.min(target, oldest == null ? 0 : oldest.number());
            }
            if (target > horizon) {
                node.submit(database.group(), new Duty<>(term, new DataCommand.RaiseHorizon(row.number(), target)));
            }
        }
    }

    private void sweep(Database database, long term) {
        DatabaseRow.Retention retention = database.row().retention();
        long horizon = retention.horizon();
        PruneStep.Position at = new PruneStep.Position(retention.prunedTo() + 1, 0);
        Task mine = new Task(database.name(), retention.prunedTo(), horizon, clock.millis());
        while (at.block() <= horizon && !loop.isClosed() && !database.isDeleted()) {
            task = mine;
            long begun = clock.millis();
            PruneStep step = step(database, term, horizon, at);
            at = step.next();
            mine.done = step.prunedTo();
            mine.updatedMs = clock.millis();
            if (at.block() <= horizon) {
                LockSupport.parkNanos(this, 1_000_000L * Math.clamp(mine.updatedMs - begun, 1, 100));
            }
        }
    }

    private PruneStep step(Database database, long term, long horizon, PruneStep.Position at) {
        try (Rest _ = rest()) {
            PruneStep step;
            try (Database.MaintenanceView view = database.maintenance()) {
                step = PruneStep.plan(view.store(), view.keys(), view.chain(), horizon, at);
            }
            node.submit(
                    database.group(),
                    new Duty<>(
                            term,
                            new DataCommand.Prune(database.number(), step.versions(), step.bodies(), step.prunedTo())));
            return step;
        }
    }

    @Override
    public void close() {
        loop.close();
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

        BackgroundTask progress() {
            long all = Math.max(1, to - from);
            long part = done - from;
            return new BackgroundTask(
                    "history_pruning", database, null, (int) (100 * part / all), part, to - from, startedMs, updatedMs);
        }
    }
}
