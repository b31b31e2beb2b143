package archipel.scheduler;

import archipel.auth.UserContext;
import archipel.ends.End;
import archipel.ends.ReplicationException;
import archipel.memory.MemoryBudget;
import archipel.memory.MemoryLimitException;
import archipel.memory.Reservation;
import archipel.replication.Ends;
import archipel.replication.Replication;
import archipel.replication.ReplicationEnvironment;
import archipel.replication.ReplicationId;
import archipel.replication.ReplicationOptions;
import archipel.replication.ReplicationProgress;
import archipel.replication.ReplicationResult;
import archipel.settings.Settings;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** One run of a job, on a thread of its own: from reading what is asked for to noting what became of it. */
final class JobRun {
    private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);

    /** What a byte of JSON becomes while a replication holds what was read of it. */
    private static final int TREE_FACTOR = 12;

    private final Tools tools;
    private final Job job;
    private final String id;
    private final long number;
    private final long delayMs;
    private final Thread thread;
    private volatile @Nullable Replication replication;
    private volatile boolean stopped;

    /** What all runs have in common. */
    record Tools(
            Ends ends,
            JobDocuments documents,
            JobRights rights,
            ReplicationEnvironment environment,
            Settings settings) {}

    /**
     * @param id of the replication
     * @param delayMs before it begins
     * @param ended told how it ended, on the run's thread
     */
    JobRun(Tools tools, Job job, String id, long number, long delayMs, Consumer<JobOutcome> ended) {
        this.tools = tools;
        this.job = job;
        this.id = id;
        this.number = number;
        this.delayMs = delayMs;
        this.thread = tools.environment.threads().unstarted("replication-" + id, () -> ended.accept(run()));
    }

    /** What a replication holds of JSON of that length, bytes of heap. */
    static long treeBytes(int length) {
        return (long) TREE_FACTOR * length;
    }

    void start() {
        thread.start();
    }

    /** From 1. */
    long number() {
        return number;
    }

    /** Lets what is under way finish, and writes a last checkpoint. */
    void stop() {
        stopped = true;
        Replication running = replication;
        if (running == null) {
            // It waits to begin, or for a filter.
            thread.interrupt();
        } else {
            running.stop();
        }
    }

    /** Breaks it off, for one that did not stop in time. */
    void abort() {
        stopped = true;
        Replication running = replication;
        if (running != null) {
            running.abort();
        }
        thread.interrupt();
    }

    /** Has it write nothing more about itself, since another node runs it from here on. It has still to be stopped. */
    void cede() {
        Replication running = replication;
        if (running != null) {
            running.cede();
        }
    }

    /** Waits until its thread has ended. @return false where it has not in time */
    boolean join(long ms) throws InterruptedException {
        return thread.join(Duration.ofMillis(Math.max(1, ms)));
    }

    @Nullable
    JobInfo info() {
        return JobInfo.of(progress());
    }

    @Nullable
    ReplicationProgress progress() {
        Replication running = replication;
        return running == null ? null : running.progress();
    }

    /** Null before it begins. */
    @Nullable
    ReplicationOptions options() {
        Replication running = replication;
        return running == null ? null : running.options();
    }

    private JobOutcome run() {
        JobOutcome outcome;
        try {
            tools.environment.pause().pause(delayMs);
            outcome = switch (job.origin) {
                case JobOrigin.Request request -> replicate(request.options(), request.user(), null);
                case JobOrigin.Document document -> ofDocument(document);
            };
        } catch (InterruptedException e) {
            outcome = stopped ? new JobOutcome.Stopped() : crashed("stopped", "the replication was interrupted", e);
        } catch (ReplicationException e) {
            outcome = stopped ? new JobOutcome.Stopped() : new JobOutcome.Crashed(e);
        } catch (MemoryLimitException e) {
            outcome = crashed("service_unavailable", String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            if (stopped) {
                // Interrupted in the middle of something that cannot say so.
                LOG.debug("Replication {} was stopped.", id, e);
                outcome = new JobOutcome.Stopped();
            } else {
                LOG.error("Replication {} failed.", id, e);
                outcome = crashed("internal_error", "see the node's log", e);
            }
        }
        if (outcome instanceof JobOutcome.Crashed crash) {
            LOG.warn("Replication {} of {} to {} failed: {}", id, job.source, job.target, crash.reason());
            noteError(crash);
        }
        return outcome;
    }

    private static JobOutcome crashed(String error, String reason, Throwable cause) {
        return new JobOutcome.Crashed(new ReplicationException(error, reason, true, cause));
    }

    private void noteError(JobOutcome.Crashed crash) {
        if (job.origin instanceof JobOrigin.Document document
                && tools.settings.get(SchedulerSettings.UPDATE_DOCUMENTS)) {
            try {
                tools.documents.error(
                        document, id, crash.reason(), tools.environment.clock().instant());
            } catch (RuntimeException e) {
                LOG.warn("That replication {} failed cannot be noted: {}", id, e.toString());
            }
        }
    }

    private JobOutcome ofDocument(JobOrigin.Document origin) throws ReplicationException, InterruptedException {
        JobDocuments.Stored stored = tools.documents.find(origin.database(), origin.id());
        if (stored == null || !stored.fingerprint().equals(origin.fingerprint())) {
            return new JobOutcome.Outdated();
        }
        MemoryBudget memory = tools.ends.databases().memory();
        try (Reservation held = memory.admit(false)) {
            held.hold(treeBytes(stored.body().json().length));
            ObjectNode members = stored.members();
            UserContext user = tools.rights.user(members);
            ReplicationOptions options = JobRules.options(members, tools.settings);
            if (job.filtered) {
                ReplicationId now = tools.ends.id(options, user);
                if (!now.toString().equals(id)) {
                    return new JobOutcome.Renamed(now);
                }
            }
            if (tools.settings.get(SchedulerSettings.UPDATE_DOCUMENTS)) {
                tools.documents.triggered(origin, id, tools.environment.clock().instant());
            }
            return replicate(options, user, origin);
        }
    }

    private JobOutcome replicate(ReplicationOptions options, UserContext user, JobOrigin.@Nullable Document origin)
            throws ReplicationException, InterruptedException {
        try (End.Source source = tools.ends.source(options, user);
                End.Target target = tools.ends.target(options, user)) {
            Replication begun = new Replication(
                    ReplicationId.parse(id),
                    options,
                    source,
                    target,
                    tools.environment,
                    tools.ends.databases().memory());
            replication = begun;
            if (stopped) {
                return new JobOutcome.Stopped();
            }
            ReplicationResult result = begun.run();
            if (stopped) {
                // What it copied is copied; whether that is all, the next run tells.
                return new JobOutcome.Stopped();
            }
            boolean current = origin == null
                    || tools.documents.completed(
                            origin,
                            Objects.requireNonNull(JobInfo.of(begun.progress())).completed(),
                            job.started,
                            tools.environment.clock().instant());
            return current ? new JobOutcome.Completed(result) : new JobOutcome.Outdated();
        }
    }
}
