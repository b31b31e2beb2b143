package archipel.scheduler;

import archipel.ends.ReplicationException;
import archipel.ends.Selection;
import archipel.replication.ReplicationOptions;
import archipel.replication.ReplicationResult;
import archipel.scheduler.JobEvent.Kind;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A replication that the scheduler knows of. All that changes is under the scheduler's lock. */
final class Job extends Turn {
    /** How far the scheduler is with it. */
    enum Phase {
        /** Its id is not known yet. */
        INITIALIZING,
        /** Its id could not be told, which is tried again. */
        ERROR,
        /** It is in the schedule. */
        SCHEDULED,
        /** Nobody wants it any more. A run may still be ending. */
        GONE
    }

    final JobOrigin origin;
    final String source;
    final String target;
    /** Whether its id depends on the text of a function at the source. */
    final boolean filtered;

    final @Nullable String user;
    final Instant started;

    Phase phase = Phase.INITIALIZING;

    @Nullable
    String id;

    JobHistory history = new JobHistory();

    @Nullable
    JobRun run;

    @Nullable
    JobInfo info;
    /** Of its initialization. */
    @Nullable
    String error;

    int errors;
    Instant updated;
    Timers.@Nullable Timer timer;
    Timers.@Nullable Timer grace;
    private @Nullable CompletableFuture<ReplicationResult> result;

    Job(JobOrigin origin, ReplicationOptions options, @Nullable String user, Instant now) {
        super(origin.share(), options.continuous());
        this.origin = origin;
        this.source = options.source().shown();
        this.target = options.target().shown();
        this.filtered = options.selection() instanceof Selection.Filter filter && !filter.isBuiltIn();
        this.user = user;
        this.started = now;
        this.updated = now;
    }

    boolean isRequest() {
        return origin instanceof JobOrigin.Request;
    }

    /** How it ends, for whoever waits for that. Fails with a {@link ReplicationException}. */
    CompletableFuture<ReplicationResult> result() {
        CompletableFuture<ReplicationResult> known = result;
        if (known == null) {
            known = new CompletableFuture<>();
            result = known;
        }
        return known;
    }

    /** Who waits for its end; null for nobody. */
    @Nullable
    CompletableFuture<ReplicationResult> waiting() {
        return result;
    }

    JobState state() {
        return switch (phase) {
            case INITIALIZING -> JobState.INITIALIZING;
            case ERROR -> JobState.ERROR;
            case SCHEDULED, GONE -> {
                if (isRunning()) {
                    yield JobState.RUNNING;
                }
                yield history.endsWith(Kind.CRASHED) ? JobState.CRASHING : JobState.PENDING;
            }
        };
    }

    JobView view() {
        JobOrigin.Document document = origin instanceof JobOrigin.Document asking ? asking : null;
        JobState state = state();
        JobRun current = run;
        JobInfo running = current == null ? null : current.info();
        boolean scheduled = phase == Phase.SCHEDULED;
        return new JobView(
                id,
                current == null ? 0 : current.number(),
                source,
                target,
                document == null ? null : document.database(),
                document == null ? null : document.id(),
                user,
                state,
                running == null ? info : running,
                state == JobState.CRASHING ? history.lastReason() : error,
                scheduled ? crashes : errors,
                history.events(),
                scheduled ? history.newest() : updated,
                started);
    }
}
