package archipel.engine;

import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionTree;
import archipel.engine.Node.BackgroundTask;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bodies that are no leaf's any more, one database each on a thread of its own: finds them in a snapshot, has
 * them deleted by commands of bounded size between other writes, and lets the store give the space back.
 */
final class Compactions implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Compactions.class.getName());
    private static final int BODIES_PER_COMMAND = 500;

    private final InstantSource clock;
    private final Map<Integer, Run> runs = new ConcurrentHashMap<>();
    private volatile boolean closing;

    Compactions(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void begin(Node node, Database database) {
        if (closing || isRunning(database.number())) {
            return;
        }
        Run run = new Run(node, database, clock.millis());
        runs.put(database.number(), run);
        run.thread = Thread.ofPlatform()
                .daemon()
                .name("archipel-compaction-" + database.name())
                .start(run);
    }

    boolean isRunning(int database) {
        return runs.containsKey(database);
    }

    List<BackgroundTask> tasks() {
        return runs.values().stream().map(Run::task).toList();
    }

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
                    "database_compaction", database.name(), progress, done, all, startedMs, updatedMs);
        }

        @Override
        public void run() {
            try {
                sweep();
                if (!closing && !database.isDeleted()) {
                    KeySpace keys = database.keys();
                    node.store().reclaim(Family.BODY, keys.lower(), keys.upper());
                }
            } catch (RequestException e) {
                LOG.log(System.Logger.Level.WARNING, "compaction of " + database.name() + " ended early", e);
            } finally {
                runs.remove(database.number(), this);
            }
        }

        private void sweep() {
            List<Command.BodyName> old = new ArrayList<>();
            try (Snapshot snapshot = database.snapshot();
                    Cursor bodies = snapshot.store()
                            .cursor(
                                    Family.BODY,
                                    snapshot.keys().lower(),
                                    snapshot.keys().upper())) {
                total = snapshot.state().documents() + snapshot.state().deletedDocuments();
                String id = "";
                RevisionTree tree = RevisionTree.EMPTY;
                for (boolean more = bodies.first(); more && !closing; more = bodies.next()) {
                    byte[] key = bodies.key();
                    String next = KeySpace.bodyId(key);
                    if (!next.equals(id) || tree.isEmpty()) {
                        id = next;
                        DocumentRecord document = snapshot.document(id);
                        tree = document == null ? RevisionTree.EMPTY : document.tree();
                        done++;
                        updatedMs = clock.millis();
                    }
                    Revision revision = KeySpace.bodyRevision(key);
                    if (!tree.isLeaf(revision)) {
                        old.add(new Command.BodyName(id, revision));
                    }
                    if (old.size() == BODIES_PER_COMMAND) {
                        take(old);
                    }
                }
            }
            take(old);
        }

        private void take(List<Command.BodyName> old) {
            if (!old.isEmpty()) {
                node.submit(new Command.CompactBodies(database.number(), List.copyOf(old)));
                old.clear();
            }
        }
    }
}
