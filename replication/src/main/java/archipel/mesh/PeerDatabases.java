package archipel.mesh;

import archipel.changes.Sequence;
import archipel.document.RequestException;
import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.memory.MemoryLimitException;
import archipel.remote.RemoteAddress;
import archipel.remote.RemoteException;
import archipel.replication.ReplicationEnvironment;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The databases of one peer: how far each has come there as the peer's feed tells, and how far it was copied. What
 * differs is pulled, some databases at a time and each by one thread; what fails is pulled again later, each time after
 * a longer pause, without holding up the others. An idle database is an entry of a map. Safe for use by many threads.
 */
final class PeerDatabases implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerDatabases.class);
    private static final long FIRST_PAUSE_MS = 500;
    private static final long LONGEST_PAUSE_MS = 300_000;
    private static final long LONGEST_REST_MS = 1_000;

    private final String peer;
    private final Pull pull;
    private final ReplicationEnvironment environment;
    private final int most;
    private final Consumer<String> violated;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Under the lock.
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    /** Those of the connection before: the peer tells anew which of them it still has. */
    private Map<String, Entry> former = Map.of();

    private final Deque<Entry> due = new ArrayDeque<>();
    /** Names of databases that are pulled at the moment, each once at a time. */
    private final Set<String> pulled = new HashSet<>();

    private @Nullable RemoteAddress at;
    private boolean closed;

    /**
     * @param most pulls at the same time
     * @param violated told what a peer has sent that no member sends
     */
    PeerDatabases(String peer, Pull pull, ReplicationEnvironment environment, int most, Consumer<String> violated) {
        this.peer = peer;
        this.pull = pull;
        this.environment = environment;
        this.most = most;
        this.violated = violated;
    }

    /** Copies databases of the peer. */
    interface Pull extends AutoCloseable {
        /**
         * Copies until the peer's position is reached.
         *
         * @param at the peer
         * @param position that the peer has told, such as {@code 7-1f2e3d4c}
         * @return what was done for it
         * @throws ReplicationException where it cannot go on now
         */
        ReplicationStatistics copy(RemoteAddress at, String name, String position)
                throws ReplicationException, IOException, InterruptedException;

        /** Whether a database that is not there was deleted here. */
        boolean isDeletedHere(String name);

        /** How long a pull of a database waits for another node that may do the same for both of them, milliseconds. */
        default long patienceMs(String name) {
            return 0;
        }

        /** Breaks off what is under way; each {@link #copy} of it fails. */
        void breakOff();

        /** Breaks off what is under way; nothing is copied after it. */
        @Override
        void close();
    }

    private static final class Entry {
        private final String name;
        private String told;
        private String copied = "";
        private boolean queued;
        /** Whether the database was made or deleted here while it was pulled. */
        private boolean outdated;

        private int failures;
        private long notBeforeMs;
        private @Nullable String error;

        private Entry(String name, String told) {
            this.name = name;
            this.told = told;
        }
    }

    /** The peer answers there, and tells from now on what it has. */
    void connected(RemoteAddress address) {
        lock.lock();
        try {
            at = address;
            former = new HashMap<>(entries);
            entries.clear();
            due.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Breaks off what is under way: some of it may not be replicated any more. The rest begins anew. */
    void breakOff() {
        pull.breakOff();
    }

    /** Nothing more is begun until it answers again. */
    void disconnected() {
        lock.lock();
        try {
            at = null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A database of the peer has come to a position.
     *
     * @return false where that is one database too many
     */
    boolean told(String name, String position, int mostDatabases) {
        lock.lock();
        try {
            Entry entry = entries.get(name);
            if (entry == null) {
                if (entries.size() >= mostDatabases) {
                    return false;
                }
                entry = former.getOrDefault(name, new Entry(name, position));
                entry.queued = false;
                entry.failures = 0;
                entry.notBeforeMs = 0;
                entries.put(name, entry);
            }
            entry.told = position;
            long beginMs = environment.steady().millis() + pull.patienceMs(name);
            if (!entry.queued && entry.notBeforeMs < beginMs && !pulled.contains(name)) {
                entry.notBeforeMs = beginMs;
            }
            queue(entry);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The database of that name was made or deleted here. */
    void changedHere(String name) {
        lock.lock();
        try {
            Entry entry = entries.get(name);
            if (entry != null) {
                entry.copied = "";
                entry.outdated = true;
                queue(entry);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** A database is not there any more, or not shared any more. */
    void gone(String name) {
        lock.lock();
        try {
            entries.remove(name);
        } finally {
            lock.unlock();
        }
    }

    // Under the lock. One that waits is queued when its time has come.
    private void queue(Entry entry) {
        if (!entry.told.equals(entry.copied)
                && !entry.queued
                && !pulled.contains(entry.name)
                && entry.notBeforeMs <= environment.steady().millis()) {
            entry.queued = true;
            due.add(entry);
        }
    }

    /** Begins pulls until it is closed: the work of one thread. */
    void run() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                long waitMs = queueRested();
                while (at != null && pulled.size() < most && !due.isEmpty()) {
                    begin(due.remove(), at);
                }
                boolean _ = changed.await(waitMs, TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    // Under the lock. @return milliseconds until the next is due
    private long queueRested() {
        long nowMs = environment.steady().millis();
        long waitMs = TimeUnit.HOURS.toMillis(1);
        for (Entry entry : entries.values()) {
            if (!entry.told.equals(entry.copied) && !entry.queued && !pulled.contains(entry.name)) {
                if (entry.notBeforeMs <= nowMs) {
                    entry.queued = true;
                    due.add(entry);
                } else {
                    waitMs = Math.min(waitMs, entry.notBeforeMs - nowMs);
                }
            }
        }
        return waitMs;
    }

    // Under the lock.
    private void begin(Entry entry, RemoteAddress address) {
        entry.queued = false;
        if (entries.get(entry.name) != entry || !pulled.add(entry.name)) {
            return;
        }
        entry.outdated = false;
        String position = entry.told;
        environment
                .threads()
                .unstarted("pull-" + entry.name, () -> {
                    Outcome outcome = copied(entry, address, position);
                    ended(entry, position, outcome);
                })
                .start();
    }

    /** @param error null where all went well */
    private record Outcome(
            ReplicationStatistics done, @Nullable String error) {
        static Outcome failed(String error) {
            return new Outcome(ReplicationStatistics.NONE, error);
        }

        /**
         * How long the next pull waits. What a peer copies from this node comes back in the peer's feed; to compare it
         * change by change while it is still being copied would take the processor from the copying.
         */
        long restMs() {
            return done.missingFound() > 0 ? 0 : Math.min(LONGEST_REST_MS, done.missingChecked());
        }
    }

    private Outcome copied(Entry entry, RemoteAddress address, String position) {
        try {
            return new Outcome(pull.copy(address, entry.name, position), null);
        } catch (ReplicationException e) {
            if (isViolation(e)) {
                violated.accept(entry.name + ": " + e.reason());
            }
            return Outcome.failed(e.error() + ": " + e.reason());
        } catch (RequestException e) {
            return Outcome.failed(e.error() + ": " + e.reason());
        } catch (IOException | MemoryLimitException e) {
            return Outcome.failed(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            return Outcome.failed("interrupted");
        } catch (RuntimeException | Error e) {
            LOG.error("Database {} cannot be copied from peer {}.", entry.name, peer, e);
            return Outcome.failed("see the node's log");
        }
    }

    private static boolean isViolation(ReplicationException e) {
        boolean malformed =
                e.getCause() instanceof RemoteException remote && remote.kind() == RemoteException.Kind.MALFORMED;
        return malformed || e.error().equals(ReplicationException.ALTERED);
    }

    private void ended(Entry entry, String position, Outcome outcome) {
        lock.lock();
        try {
            pulled.remove(entry.name);
            entry.error = outcome.error();
            if (entry.error == null) {
                entry.copied = entry.outdated ? "" : position;
                entry.failures = 0;
                entry.notBeforeMs = environment.steady().millis() + outcome.restMs();
            } else {
                long pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(entry.failures, 20));
                double chance = environment.chance().getAsDouble();
                entry.notBeforeMs = environment.steady().millis() + pauseMs / 2 + (long) (pauseMs / 2 * chance);
                entry.failures++;
                LOG.debug("Database {} of peer {} is tried again later: {}", entry.name, peer, entry.error);
            }
            // The peer may have taken the database away and told of it anew meanwhile.
            Entry present = entries.get(entry.name);
            if (present != null) {
                queue(present);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What a person sees of it.
     *
     * @param count of databases that are replicated
     * @param lag how many seqs each of them lies behind that does
     * @param errors by database
     */
    record Progress(int count, Map<String, Long> lag, Map<String, String> errors, List<String> deletedHere) {}

    Progress progress() {
        lock.lock();
        try {
            Map<String, Long> lag = new TreeMap<>();
            Map<String, String> errors = new TreeMap<>();
            List<String> deleted = new ArrayList<>();
            for (Entry entry : entries.values()) {
                if (pull.isDeletedHere(entry.name)) {
                    deleted.add(entry.name);
                } else if (!entry.told.equals(entry.copied)) {
                    lag.put(entry.name, Math.max(1, number(entry.told) - number(entry.copied)));
                }
                if (entry.error != null) {
                    errors.put(entry.name, entry.error);
                }
            }
            return new Progress(entries.size(), lag, errors, deleted);
        } finally {
            lock.unlock();
        }
    }

    private static long number(String position) {
        try {
            return position.isEmpty() ? 0 : Sequence.parse(position).number();
        } catch (RequestException malformed) {
            return 0;
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            at = null;
            due.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        pull.close();
    }
}
