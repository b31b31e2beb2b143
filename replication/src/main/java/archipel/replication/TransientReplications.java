package archipel.replication;

import archipel.auth.DatabaseAccess;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.ends.End;
import archipel.ends.ReplicationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replications that requests ask for, which nothing remembers beyond the process: {@code _replicate}. One that goes on
 * is run again after a failure, later each time; one that ends fails as it fails. Safe for use by many threads.
 */
public final class TransientReplications implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TransientReplications.class);

    private static final long FIRST_PAUSE_MS = 5_000;
    private static final long LONGEST_PAUSE_MS = 600_000;
    /** How long what is under way may take to end before it is broken off. */
    private static final long GRACE_MS = 3_000;

    private final Ends ends;
    private final ReplicationEnvironment environment;
    private final IntSupplier most;
    private final Map<String, Job> jobs = new TreeMap<>();
    private boolean closed;

    /** @param most replications at the same time, asked for each new one */
    public TransientReplications(Ends ends, ReplicationEnvironment environment, IntSupplier most) {
        this.ends = ends;
        this.environment = environment;
        this.most = most;
    }

    public Ends ends() {
        return ends;
    }

    /**
     * Begins a replication, or joins one of the same id.
     *
     * @param user on whose behalf
     * @return how it ends; never for one that goes on. Fails with a {@link ReplicationException}
     * @throws ReplicationException where its id cannot be told
     * @throws RequestException 401 where another user's replication has that id; 503 where there are too many
     */
    public Started start(ReplicationOptions options, UserContext user)
            throws ReplicationException, InterruptedException {
        ReplicationId id = ends.id(options, user);
        Job job;
        synchronized (jobs) {
            Job running = jobs.get(id.toString());
            if (running != null) {
                requireOwner(running, user);
                return new Started(id, running.result);
            }
            if (closed) {
                throw new RequestException(ErrorCode.STOPPING);
            }
            if (jobs.size() >= most.getAsInt()) {
                throw new RequestException(ErrorCode.REPLICATIONS_BUSY);
            }
            job = new Job(id, options, user);
            jobs.put(id.toString(), job);
        }
        job.thread.start();
        return new Started(id, job.result);
    }

    /** A replication that runs. */
    public record Started(ReplicationId id, CompletableFuture<ReplicationResult> result) {}

    /**
     * Ends a replication.
     *
     * @return false where none of that id runs
     * @throws RequestException 401 for another user's, unless by an admin
     */
    public boolean cancel(ReplicationId id, UserContext user) {
        Job job;
        synchronized (jobs) {
            job = jobs.get(id.toString());
            if (job == null) {
                return false;
            }
            requireOwner(job, user);
            jobs.remove(id.toString());
        }
        job.stop();
        // Another one of the same id would meet its last checkpoint.
        job.join();
        return true;
    }

    private static void requireOwner(Job job, UserContext user) {
        if (!Objects.equals(job.user.name(), user.name())) {
            DatabaseAccess.requireServerAdmin(user);
        }
    }

    /** A replication that runs, as it is shown. */
    public record Running(
            ReplicationId id,
            ReplicationOptions options,
            @Nullable String user,
            ReplicationProgress progress) {}

    /** All that run, in the order of their ids; not those that wait to be run again. */
    public List<Running> running() {
        List<Job> all;
        synchronized (jobs) {
            all = List.copyOf(jobs.values());
        }
        List<Running> running = new ArrayList<>(all.size());
        for (Job job : all) {
            Replication run = job.run;
            if (run != null) {
                running.add(new Running(job.id, job.options, job.user.name(), run.progress()));
            }
        }
        return running;
    }

    /** Ends them all. */
    @Override
    public void close() {
        List<Job> all;
        synchronized (jobs) {
            closed = true;
            all = List.copyOf(jobs.values());
            jobs.clear();
        }
        all.forEach(Job::stop);
        all.forEach(Job::join);
    }

    private final class Job {
        private final ReplicationId id;
        private final ReplicationOptions options;
        private final UserContext user;
        private final CompletableFuture<ReplicationResult> result = new CompletableFuture<>();
        private final Thread thread;
        private volatile @Nullable Replication run;
        private volatile boolean stopped;

        Job(ReplicationId id, ReplicationOptions options, UserContext user) {
            this.id = id;
            this.options = options;
            this.user = user;
            this.thread = environment.threads().unstarted("replication-" + id, this::work);
        }

        private void work() {
            try {
                long pause = FIRST_PAUSE_MS;
                while (!stopped) {
                    long began = environment.steady().millis();
                    if (runOnce()) {
                        return;
                    }
                    // One that went well for a while is not punished for what was before.
                    boolean wentWell = environment.steady().millis() - began > LONGEST_PAUSE_MS;
                    pause = wentWell ? FIRST_PAUSE_MS : pause;
                    environment.pause().pause(pause);
                    pause = Math.min(LONGEST_PAUSE_MS, 2 * pause);
                }
            } catch (InterruptedException e) {
                LOG.debug("Replication {} was interrupted.", id);
            } finally {
                result.completeExceptionally(
                        new ReplicationException("stopped", "the replication was stopped", true, null));
                synchronized (jobs) {
                    jobs.remove(id.toString(), this);
                }
            }
        }

        /** @return whether that was all */
        private boolean runOnce() throws InterruptedException {
            try (End.Source source = ends.source(options, user);
                    End.Target target = ends.target(options, user)) {
                Replication replication = new Replication(
                        id,
                        options,
                        source,
                        target,
                        environment,
                        ends.databases().memory(),
                        RevisionCheck.NONE);
                run = replication;
                if (stopped) {
                    return true;
                }
                result.complete(replication.run());
                return true;
            } catch (ReplicationException e) {
                return failed(e);
            } catch (RuntimeException | Error e) {
                LOG.error("Replication {} failed.", id, e);
                return failed(new ReplicationException("internal_error", "see the node's log", true, e));
            } finally {
                run = null;
            }
        }

        private boolean failed(ReplicationException e) {
            LOG.warn(
                    "Replication {} of {} to {} failed: {}: {}",
                    id,
                    options.source().shown(),
                    options.target().shown(),
                    e.error(),
                    e.reason());
            if (options.continuous() && e.isPassing()) {
                return false;
            }
            result.completeExceptionally(e);
            return true;
        }

        void stop() {
            stopped = true;
            Replication current = run;
            if (current == null) {
                thread.interrupt();
            } else {
                current.stop();
            }
        }

        /** Waits until it has ended, and breaks it off where that takes too long. */
        void join() {
            try {
                thread.join(GRACE_MS);
                Replication current = run;
                if (current != null) {
                    current.abort();
                }
                thread.interrupt();
                thread.join(GRACE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
