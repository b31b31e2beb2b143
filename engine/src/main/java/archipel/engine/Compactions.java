package archipel.engine;

import archipel.changes.BackgroundTask;
import archipel.changes.Loops;
import archipel.command.DataCommand;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Compacts databases, one each on a thread of its own: hides what is superseded from latest reads, prunes what lies
 * behind the horizon, and lets the store give the space back.
 */
final class Compactions implements AutoCloseable {
    private static final List<Family> FAMILIES = List.of(
            Family.DOCUMENT,
            Family.BODY,
            Family.PAST_BODY,
            Family.CHANGE,
            Family.HISTORY,
            Family.CHANGE_HISTORY,
            Family.LOCAL,
            Family.PURGE);

    private final InstantSource clock;
    private final Loops loops;
    private final Map<Integer, Run> runs = new ConcurrentHashMap<>();
    private volatile boolean closing;

    Compactions(InstantSource clock, Loops loops) {
        this.clock = clock;
        this.loops = loops;
    }

    synchronized void begin(Node node, Database database) {
        if (closing || isRunning(database.number())) {
            return;
        }
        Run run = new Run(node, database, clock.millis());
        runs.put(database.number(), run);
        Thread thread = loops.task("compaction-" + database.name(), run);
        run.thread = thread;
        try {
            thread.start();
        } catch (RuntimeException | Error e) {
            runs.remove(database.number(), run);
            throw e;
        }
    }

    boolean isRunning(int database) {
        return runs.containsKey(database);
    }

    List<BackgroundTask> tasks() {
        return runs.values().stream().map(Run::task).toList();
    }

    /** Ends those under way; what the store rewrites for them has been cut off before. */
    @Override
    public void close() {
        synchronized (this) {
            closing = true;
        }
        for (Run run : runs.values()) {
            Thread thread = run.thread;
            if (thread != null) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private final class Run implements Runnable {
        private final Node node;
        private final Database database;
        private final long startedMs;
        private volatile @Nullable Thread thread;
        private volatile long done;
        private volatile long total;
        private volatile long updatedMs;

        Run(Node node, Database database, long startedMs) {
            this.node = node;
            this.database = database;
            this.startedMs = startedMs;
            this.updatedMs = startedMs;
        }

        BackgroundTask task() {
            long all = total;
            int progress = all == 0 ? 0 : (int) Math.min(100, 100 * done / all);
            return new BackgroundTask(
                    "database_compaction", database.name(), null, progress, done, all, startedMs, updatedMs);
        }

        @Override
        public void run() {
            try {
                node.submit(database.group(), new DataCommand.Compact(database.number()));
                database.prune();
                KeySpace keys = database.keys();
                total = FAMILIES.size() + 1;
                for (Family family : FAMILIES) {
                    if (closing || database.isDeleted() || !node.store().reclaim(family, keys.lower(), keys.upper())) {
                        break;
                    }
                    done++;
                    updatedMs = clock.millis();
                }
                node.reclaimer().freed();
                node.reclaimer().pass();
                done++;
            } finally {
                runs.remove(database.number(), this);
            }
        }
    }
}
