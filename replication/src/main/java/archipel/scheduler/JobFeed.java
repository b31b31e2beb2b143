package archipel.scheduler;

import archipel.auth.ReplicatorRules;
import archipel.changes.Change;
import archipel.document.DocumentBody;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.engine.EventPosition;
import archipel.engine.Node;
import archipel.engine.Node.DatabaseEvent;
import archipel.memory.Allowance;
import archipel.memory.MemoryLimitException;
import archipel.read.ChangeCursor;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.replication.ReplicationEnvironment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the {@code _replicator} databases whose groups this node leads, on one thread that waits for what happens to
 * any database and to who leads: an idle node does nothing. What changed is read from the newest state, so that of
 * several edits of a document the last one counts. In each term a database is read from its beginning.
 */
final class JobFeed {
    private static final Logger LOG = LoggerFactory.getLogger(JobFeed.class);

    private static final Duration LONG = Duration.ofDays(1);
    private static final int STEP = 500;
    private static final long STEP_BYTES = 1 << 20;
    private static final long PAUSE_MS = 1_000;

    /** While others write all the time, how often we look whether a database of ours is among what they changed. */
    private static final long BETWEEN_LOOKS_MS = 50;

    private final Node node;
    private final JobDocuments documents;
    private final Listener listener;
    private final ReplicationEnvironment environment;
    private final Thread thread;
    /** Of the feed's thread alone, so that what was read is passed on in order. */
    private final Map<String, Progress> progress = new HashMap<>();

    private final ReentrantLock lock = new ReentrantLock();
    /** Databases to be read from their beginning; under the lock, as whether the thread rests. */
    private final Set<String> again = new LinkedHashSet<>();

    private boolean resting;
    /** Whether this node may lead other groups than when it looked last; under the lock. */
    private boolean otherLeaders;

    private volatile boolean closed;

    /** Told what documents there are, one call at a time. */
    interface Listener {
        /**
         * A document is there, or is another.
         *
         * @param term in which this node leads the group of the database
         * @param json without its id and revision
         */
        void changed(String database, long term, String id, byte[] json);

        void removed(String database, String id);

        /** The database is not there any more, or is another. */
        void dropped(String database);

        /** Another node leads the group of the database, or has led it meanwhile. */
        void ceded(String database);
    }

    JobFeed(Node node, JobDocuments documents, Listener listener, ReplicationEnvironment environment) {
        this.node = node;
        this.documents = documents;
        this.listener = listener;
        this.environment = environment;
        this.thread = environment.threads().unstarted("replicator-feed", this::run);
        node.onLeadership(this::leadersChanged);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            EventPosition seen = node.position();
            Set<String> due = new LinkedHashSet<>(ours(node.databaseNames()));
            while (!closed && !node.isClosing()) {
                due.removeIf(this::look);
                if (due.isEmpty()) {
                    rest(seen);
                    environment.pause().pause(BETWEEN_LOOKS_MS);
                } else {
                    environment.pause().pause(PAUSE_MS);
                }
                EventPosition position = node.position();
                List<String> changed = new ArrayList<>();
                for (DatabaseEvent event : node.eventsSince(seen)) {
                    changed.add(event.database());
                }
                due.addAll(ours(changed));
                due.addAll(begunAgain());
                if (haveLeadersChanged()) {
                    due.addAll(ours(node.databaseNames()));
                    due.addAll(progress.keySet());
                }
                seen = seen.and(position);
            }
        } catch (InterruptedException e) {
            LOG.debug("The feed of replications ends.");
        }
    }

    /** Until something happens to a database, or somebody wakes the thread. */
    private void rest(EventPosition seen) {
        if (!mayRest()) {
            return;
        }
        try {
            node.awaitEvent(seen, LONG);
        } catch (InterruptedException e) {
            LOG.debug("The feed of replications is woken.");
        } finally {
            wakeUp();
        }
    }

    private boolean mayRest() {
        lock.lock();
        try {
            resting = again.isEmpty() && !otherLeaders && !closed;
            return resting;
        } finally {
            lock.unlock();
        }
    }

    /** From now on an interruption would meet what is read; one that came too late to wake is forgotten. */
    private void wakeUp() {
        lock.lock();
        try {
            resting = false;
            Thread.interrupted();
        } finally {
            lock.unlock();
        }
    }

    private List<String> begunAgain() {
        List<String> names;
        lock.lock();
        try {
            names = List.copyOf(again);
            again.clear();
        } finally {
            lock.unlock();
        }
        for (String name : names) {
            Progress reached = progress.get(name);
            if (reached != null) {
                reached.seq = 0;
            }
        }
        return names;
    }

    // On the log's threads.
    private void leadersChanged() {
        lock.lock();
        try {
            otherLeaders = true;
            if (resting) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean haveLeadersChanged() {
        lock.lock();
        try {
            boolean changed = otherLeaders;
            otherLeaders = false;
            return changed;
        } finally {
            lock.unlock();
        }
    }

    private static List<String> ours(List<String> names) {
        return names.stream().filter(ReplicatorRules::isReplicator).toList();
    }

    /** Passes on what is new in a database. @return false where it has to be looked at again */
    private boolean look(String name) {
        try {
            documents.withMemory(() -> {
                follow(name);
                return true;
            });
            return true;
        } catch (RequestException | MemoryLimitException e) {
            LOG.debug("{} is read later: {}", name, e.toString());
        } catch (RuntimeException e) {
            LOG.warn("{} cannot be read for now.", name, e);
        }
        return false;
    }

    /** Has all documents of a database passed on again, for one of which some were left out; does not wait for it. */
    void again(String name) {
        lock.lock();
        try {
            again.add(name);
            if (resting) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    private void follow(String name) {
        Database database = node.find(name);
        OptionalLong term = database == null ? OptionalLong.empty() : database.term();
        Progress reached = progress.get(name);
        if (reached != null
                && (database == null || !reached.uuid.equals(database.state().uuid()))) {
            progress.remove(name);
            listener.dropped(name);
            reached = null;
        }
        if (reached != null && (term.isEmpty() || term.getAsLong() != reached.term)) {
            progress.remove(name);
            listener.ceded(name);
            reached = null;
        }
        if (database == null || term.isEmpty()) {
            return;
        }
        if (reached == null) {
            reached = new Progress(name, database.state().uuid(), term.getAsLong());
            progress.put(name, reached);
        }
        while (!closed && step(database, reached)) {
            LOG.debug("{} was read up to {}.", name, reached.seq);
        }
    }

    /** @return whether there may be more */
    private boolean step(Database database, Progress reached) {
        List<Found> found = new ArrayList<>();
        long seq = reached.seq;
        int seen = 0;
        long bytes = 0;
        boolean more = false;
        try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                ChangeCursor changes = reader.changes().after(seq, false)) {
            while (!more && changes.next()) {
                Change change = changes.change();
                seq = change.sequence().number();
                if (!Names.isDesign(change.id())) {
                    byte[] json = body(reader, change);
                    bytes += json == null ? 0 : json.length;
                    Allowance.current().pass(bytes);
                    found.add(new Found(change.id(), json));
                }
                more = ++seen == STEP || bytes > STEP_BYTES;
            }
        }
        for (Found one : found) {
            if (one.json == null) {
                listener.removed(reached.name, one.id);
            } else {
                listener.changed(reached.name, reached.term, one.id, one.json);
            }
        }
        // Not before: what failed is done again.
        reached.seq = seq;
        return more;
    }

    private static byte @Nullable [] body(Reader reader, Change change) {
        if (change.deleted()) {
            return null;
        }
        DocumentBody body = reader.documents().body(change.id(), change.winner().revision());
        return body == null ? null : body.json();
    }

    void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Progress {
        // One text for all jobs of the database.
        private final String name;
        private final String uuid;
        private final long term;
        private long seq;

        Progress(String name, String uuid, long term) {
            this.name = name;
            this.uuid = uuid;
            this.term = term;
        }
    }

    /** @param json null for one that was deleted */
    private record Found(String id, byte @Nullable [] json) {}
}
