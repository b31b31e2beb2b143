package archipel.scheduler;

import archipel.auth.DatabaseAccess;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.ends.ReplicationException;
import archipel.engine.Node;
import archipel.memory.Reservation;
import archipel.replication.Ends;
import archipel.replication.ReplicationEnvironment;
import archipel.replication.ReplicationId;
import archipel.replication.ReplicationOptions;
import archipel.replication.ReplicationProgress;
import archipel.replication.ReplicationResult;
import archipel.replication.ReplicationSettings;
import archipel.scheduler.JobEvent.Kind;
import archipel.scheduler.JobMembers.Fingerprint;
import archipel.settings.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs the replications of a node, those that documents ask for and those that requests do: as many at the same time as
 * the settings allow, in turns that {@link Schedule} decides. Safe for use by many threads.
 *
 * <pre>
 * {@link JobFeed} ── documents ──▶ Scheduler ── {@link Schedule} ──▶ {@link JobRun}, each on a thread of its own
 * requests ────────────────────────▶    ▲                               │
 *                                      └────── {@link JobOutcome} ─────┘
 * </pre>
 *
 * <p>One lock guards all jobs and is never held while anything is waited for: threads of runs, of the feed and of those
 * that fetch filters do what takes time and come back with the result. The scheduler's own thread sleeps until there is
 * something to decide.
 */
public final class Scheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    /** How long a run may take to end before it is broken off. */
    private static final long GRACE_MS = 3_000;

    /** Each run that starts with others spreads their starts over so much more time. */
    private static final long JITTER_MS = 10;

    /** As CouchDB: a minute on average after the first failure, a day and a half after many. */
    private static final long ERROR_PAUSE_MS = 64_000;

    private static final int ERROR_DOUBLINGS = 12;

    /** As CouchDB: a minute at the least, longer the more replications there are. */
    private static final long FILTER_PAUSE_MS = 60_000;

    private static final long LONGEST_FILTER_PAUSE_MS = 86_400_000;

    private static final long AFTER_FAULT_MS = 1_000;

    private final JobRun.Tools tools;
    private final Ends ends;
    private final JobDocuments documents;
    private final ReplicationEnvironment environment;
    private final Settings settings;
    private final JobFeed feed;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Under the lock.
    private final Schedule<Job> schedule = new Schedule<>();
    private final JobTable table = new JobTable();
    private final Timers timers = new Timers();
    private final FilterFetches filters;
    private long runs;
    private boolean awake;
    private boolean closed;

    /** @param accounts the roles that an account has now, by its name; null where there is none of that name */
    public Scheduler(
            Ends ends,
            ReplicationEnvironment environment,
            Settings settings,
            Function<String, @Nullable List<String>> accounts) {
        this.ends = ends;
        this.environment = environment;
        this.settings = settings;
        this.documents = new JobDocuments(ends.databases());
        this.tools = new JobRun.Tools(ends, documents, new JobRights(accounts), environment, settings);
        this.filters = new FilterFetches(tools, this::fetched);
        Node node = ends.databases().node();
        this.feed = new JobFeed(node, documents, new Documents(), environment);
        this.thread = environment.threads().unstarted("replicator", this::decide);
        settings.onChange(_ -> wake());
        node.metrics().gauge("replications_running", "replications that run", () -> locked(schedule::running));
        node.metrics()
                .gauge(
                        "replications_pending",
                        "replications that wait for their turn",
                        () -> locked(schedule::waiting));
        node.metrics()
                .gauge("replications_crashing", "replications that failed and wait", () -> locked(schedule::resting));
    }

    private <T extends @Nullable Object> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** Begins to follow documents and to run jobs, in the background. */
    public void start() {
        thread.start();
        feed.start();
    }

    public Ends ends() {
        return ends;
    }

    // What requests ask for

    /** A replication that a request asked for, or joined. */
    public record Requested(ReplicationId id, CompletableFuture<ReplicationResult> result) {}

    /**
     * Adds a replication, or joins one of the same id.
     *
     * @param user on whose behalf
     * @param bytes of the JSON that says what is asked for
     * @return how it ends; never for one that goes on. Fails with a {@link ReplicationException}
     * @throws ReplicationException where its id cannot be told
     * @throws RequestException 401 where another user's replication has that id; 503 where there are too many
     */
    public Requested request(ReplicationOptions options, UserContext user, int bytes)
            throws ReplicationException, InterruptedException {
        ReplicationId id = ends.id(options, user);
        Reservation memory = ends.databases().memory().admit(false);
        boolean added = false;
        try {
            memory.hold(JobRun.treeBytes(bytes));
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
        lock.lock();
        try {
            Job there = table.ofId(id.toString());
            if (there != null) {
                requireOwner(there, user);
                return new Requested(id, there.result());
            }
            if (closed) {
                throw new RequestException(ErrorCode.STOPPING);
            }
            if (table.requests() >= settings.get(ReplicationSettings.MOST_REQUESTED)) {
                throw new RequestException(ErrorCode.REPLICATIONS_BUSY);
            }
            Job job = new Job(
                    new JobOrigin.Request(options, user, memory),
                    options,
                    user.name(),
                    environment.clock().instant());
            CompletableFuture<ReplicationResult> result = job.result();
            name(job, id.toString());
            added = true;
            return new Requested(id, result);
        } finally {
            lock.unlock();
            if (!added) {
                memory.close();
            }
        }
    }

    /**
     * Ends a replication, whoever asked for it. A document's begins anew when the document changes or the node starts.
     *
     * @return false where there is none of that id
     * @throws RequestException 401 for another user's, unless by an admin
     */
    public boolean cancel(ReplicationId id, UserContext user) throws InterruptedException {
        Job job;
        JobRun run;
        lock.lock();
        try {
            job = table.ofId(id.toString());
            if (job == null) {
                return false;
            }
            requireOwner(job, user);
            run = job.run;
            forget(job);
        } finally {
            lock.unlock();
        }
        fail(job, new ReplicationException("stopped", "the replication was stopped", true, null));
        if (run != null) {
            // Whoever asks for it again must meet its last checkpoint.
            run.join(2 * GRACE_MS);
        }
        return true;
    }

    private static void requireOwner(Job job, UserContext user) {
        if (user.isAnonymous() || !Objects.equals(user.name(), job.user)) {
            DatabaseAccess.requireServerAdmin(user);
        }
    }

    private static void fail(Job job, ReplicationException cause) {
        CompletableFuture<ReplicationResult> waiting = job.waiting();
        if (waiting != null) {
            waiting.completeExceptionally(cause);
        }
    }

    // What there is to see

    /** A replication that runs. */
    public record Running(JobView job, ReplicationOptions options, ReplicationProgress progress) {}

    /** All that have begun, in the order of their ids. */
    public List<Running> running() {
        List<Running> running = new ArrayList<>();
        for (Job job : jobs()) {
            JobRun run = locked(() -> job.run);
            ReplicationProgress progress = run == null ? null : run.progress();
            ReplicationOptions options = run == null ? null : run.options();
            if (progress != null && options != null) {
                running.add(new Running(locked(job::view), options, progress));
            }
        }
        return running;
    }

    private List<Job> jobs() {
        return locked(() -> {
            List<Job> jobs = new ArrayList<>(table.size());
            table.all().forEach(jobs::add);
            return jobs;
        });
    }

    /** Takes jobs one by one. */
    @FunctionalInterface
    public interface Sink {
        void take(JobView job) throws IOException;
    }

    /**
     * Shows jobs in the order of their ids.
     *
     * @param begin told how many there are, before the first
     */
    public void list(long skip, long limit, LongConsumer begin, Sink sink) throws IOException {
        List<Job> jobs = jobs();
        begin.accept(jobs.size());
        int from = (int) Math.min(skip, jobs.size());
        int to = (int) Math.min(jobs.size(), from + Math.min(limit, jobs.size()));
        for (Job job : jobs.subList(from, to)) {
            sink.take(locked(job::view));
        }
    }

    /** The job of an id; null where there is none. */
    public @Nullable JobView find(String id) {
        return locked(() -> {
            Job job = table.ofId(id);
            return job == null ? null : job.view();
        });
    }

    /** The job that a document asks for; null where there is none. */
    public @Nullable JobView find(String database, String document) {
        return locked(() -> {
            Job job = table.ofDocument(database, document);
            return job == null ? null : job.view();
        });
    }

    /** Whether documents of that database wait until there is memory for them. */
    public boolean isFull(String database) {
        return locked(() -> table.isWaiting(database));
    }

    // What documents ask for

    private final class Documents implements JobFeed.Listener {
        @Override
        public void changed(String database, long term, String id, byte[] json) {
            ObjectNode members = JobMembers.read(json);
            if (JobMembers.isOver(members)) {
                removed(database, id);
                return;
            }
            Fingerprint fingerprint = JobMembers.fingerprint(json);
            JobOrigin.Document origin = new JobOrigin.Document(database, term, id, fingerprint);
            Job there = locked(() -> table.ofDocument(database, id));
            if (there != null && there.origin.equals(origin)) {
                return;
            }
            removed(database, id);
            String failure;
            try {
                ReplicationOptions options = JobRules.options(members, settings);
                failure = add(origin, options, members);
            } catch (RequestException e) {
                failure = e.reason();
            }
            if (failure != null) {
                documents.failed(origin, failure, environment.clock().instant());
            }
        }

        private @Nullable String add(JobOrigin.Document origin, ReplicationOptions options, ObjectNode members) {
            String user = JobRights.name(members);
            Job job = new Job(origin, options, user, environment.clock().instant());
            String name = null;
            if (!job.filtered) {
                try {
                    name = ends.id(options, new UserContext(user, List.of(), ""))
                            .toString();
                } catch (ReplicationException e) {
                    return e.reason();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return null;
                }
            }
            lock.lock();
            try {
                if (closed || !table.addDocument(origin, job, settings.get(SchedulerSettings.MOST_DOCUMENTS))) {
                    return null;
                }
                if (name != null) {
                    return name(job, name);
                }
                filters.add(job);
                wake();
                return null;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void removed(String database, String id) {
            locked(() -> {
                Job job = table.ofDocument(database, id);
                if (job != null) {
                    forget(job);
                }
                return true;
            });
        }

        @Override
        public void ceded(String database) {
            List<JobRun> runs = new ArrayList<>();
            locked(() -> runs.addAll(table.ofDatabase(database).stream()
                    .map(job -> job.run)
                    .filter(Objects::nonNull)
                    .toList()));
            runs.forEach(JobRun::cede);
            dropped(database);
            runs.forEach(run -> begin("replication-abort", run::abort));
        }

        @Override
        public void dropped(String database) {
            locked(() -> {
                table.ofDatabase(database).forEach(Scheduler.this::forget);
                table.dropped(database);
                return true;
            });
        }
    }

    /**
     * Gives a job its id and its place in the schedule. Under the lock.
     *
     * @return why the document fails for good; null where it does not
     */
    private @Nullable String name(Job job, String id) {
        Job other = table.ofId(id);
        if (other == null || other == job) {
            table.name(job, id);
            job.phase = Job.Phase.SCHEDULED;
            job.errors = 0;
            job.error = null;
            job.history = new JobHistory();
            note(job, Kind.ADDED, null);
            if (!table.isEnding(id)) {
                schedule.add(job, now());
            }
            if (job.filtered && !job.isRequest()) {
                checkFilterLater(job);
            }
            wake();
            return null;
        }
        if (!(job.origin instanceof JobOrigin.Document document)) {
            throw new IllegalStateException("a request joins " + id);
        }
        String begin = "Replication `" + id + "` specified by document `" + document.id() + "` already ";
        if (other.origin instanceof JobOrigin.Document first) {
            forget(job);
            return begin + "started, triggered by document `" + first.id() + "` from db `" + first.database() + "`";
        }
        failInitially(job, begin + "running as a transient replication, started via `_replicate` API endpoint");
        return null;
    }

    private void note(Job job, Kind kind, @Nullable String reason) {
        job.updated = environment.clock().instant();
        job.history.add(kind, job.updated, reason, settings.get(SchedulerSettings.MOST_HISTORY));
    }

    /** Ends a job; a run of it is told to stop. Under the lock. */
    private void forget(Job job) {
        if (job.phase == Job.Phase.GONE) {
            return;
        }
        job.phase = Job.Phase.GONE;
        filters.remove(job);
        cancel(job.timer);
        job.timer = null;
        schedule.remove(job);
        table.remove(job);
        if (job.run != null) {
            stop(job);
        } else {
            release(job);
        }
        for (String database : table.takeAdmissible(settings.get(SchedulerSettings.MOST_DOCUMENTS))) {
            feed.again(database);
        }
        wake();
    }

    private static void release(Job job) {
        if (job.origin instanceof JobOrigin.Request request) {
            request.memory().close();
        }
    }

    private void cancel(Timers.@Nullable Timer timer) {
        if (timer != null) {
            timers.cancel(timer);
        }
    }

    private void begin(String name, Runnable work) {
        environment.threads().unstarted(name, work).start();
    }

    // What the scheduler's thread does

    private long now() {
        return environment.steady().millis();
    }

    private void wake() {
        lock.lock();
        try {
            awake = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void decide() {
        lock.lock();
        try {
            while (!closed) {
                awake = false;
                long waitMs = Math.max(0, attemptStep() - now());
                if (!awake && waitMs > 0) {
                    changed.await(waitMs, TimeUnit.MILLISECONDS);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("The scheduler of replications ends.");
        } finally {
            lock.unlock();
        }
    }

    /** Does what is due now. @return when something is due next, at the latest */
    private long attemptStep() {
        long now = now();
        try {
            timers.run(now);
            ScheduleLimits limits = SchedulerSettings.limits(settings);
            Schedule.Decision<Job> decision = schedule.decide(now, limits);
            decision.stop().forEach(this::stop);
            int together = decision.start().size();
            decision.start().forEach(job -> start(job, together));
            filters.begin();
            return Math.min(schedule.nextMs(now, limits), timers.nextMs());
        } catch (RuntimeException e) {
            // One job that is not as it should be must not keep all others from running.
            LOG.error("The scheduler of replications goes on after a fault.", e);
            return now + AFTER_FAULT_MS;
        }
    }

    private void start(Job job, int together) {
        long spread = Math.min(settings.get(SchedulerSettings.JITTER_MS), JITTER_MS * (together - 1));
        long delay = (long) (spread * environment.chance().getAsDouble());
        JobRun run =
                new JobRun(tools, job, Objects.requireNonNull(job.id), ++runs, delay, outcome -> ended(job, outcome));
        job.run = run;
        note(job, Kind.STARTED, null);
        run.start();
    }

    /** Tells a run to stop, and breaks it off where that takes too long. */
    private void stop(Job job) {
        JobRun run = job.run;
        if (run == null || job.grace != null) {
            return;
        }
        run.stop();
        job.grace = timers.at(now() + GRACE_MS, () -> begin("replication-abort", run::abort));
    }

    private void ended(Job job, JobOutcome outcome) {
        String failure = null;
        boolean over;
        lock.lock();
        try {
            JobInfo info = Objects.requireNonNull(job.run).info();
            job.info = info == null ? job.info : info;
            job.run = null;
            cancel(job.grace);
            job.grace = null;
            over = job.phase == Job.Phase.GONE || isLast(job, outcome);
            if (over) {
                schedule.ended(job);
                forget(job);
                release(job);
                Job next = table.ended(job);
                if (next != null && next.place == Turn.Place.APART) {
                    schedule.add(next, now());
                }
            } else {
                failure = goOn(job, outcome);
            }
            wake();
        } finally {
            lock.unlock();
        }
        if (over) {
            answer(job, outcome);
        }
        if (failure != null && job.origin instanceof JobOrigin.Document document) {
            documents.failed(document, failure, environment.clock().instant());
        }
    }

    /** Whether a job ends with this run. What documents ask for is tried for ever, as in CouchDB. */
    private static boolean isLast(Job job, JobOutcome outcome) {
        return switch (outcome) {
            case JobOutcome.Completed _, JobOutcome.Outdated _ -> true;
            case JobOutcome.Crashed crash ->
                job.isRequest() && !(job.continuous && crash.cause().isPassing());
            case JobOutcome.Stopped _, JobOutcome.Renamed _ -> false;
        };
    }

    private @Nullable String goOn(Job job, JobOutcome outcome) {
        switch (outcome) {
            case JobOutcome.Stopped _ -> {
                note(job, Kind.STOPPED, null);
                schedule.stopped(job, now());
            }
            case JobOutcome.Crashed crash -> {
                note(job, Kind.CRASHED, crash.reason());
                schedule.crashed(job, now(), SchedulerSettings.limits(settings));
            }
            case JobOutcome.Renamed renamed -> {
                schedule.ended(job);
                return rename(job, renamed.id().toString());
            }
            case JobOutcome.Completed _, JobOutcome.Outdated _ -> throw new IllegalStateException(outcome.toString());
        }
        return null;
    }

    private @Nullable String rename(Job job, String id) {
        LOG.info("Replication {} is {} from now on, since its filter has changed.", job.id, id);
        cancel(job.timer);
        job.timer = null;
        table.unname(job);
        return name(job, id);
    }

    private static void answer(Job job, JobOutcome outcome) {
        CompletableFuture<ReplicationResult> waiting = job.waiting();
        if (waiting == null) {
            return;
        }
        switch (outcome) {
            case JobOutcome.Completed completed -> waiting.complete(completed.result());
            case JobOutcome.Crashed crash -> waiting.completeExceptionally(crash.cause());
            default ->
                waiting.completeExceptionally(
                        new ReplicationException("stopped", "the replication was stopped", true, null));
        }
    }

    // Ids that depend on a filter's text

    private void fetched(Job job, @Nullable String id, @Nullable String error) {
        String failure;
        lock.lock();
        try {
            filters.ended();
            failure = named(job, id, error);
            wake();
        } finally {
            lock.unlock();
        }
        if (failure != null && job.origin instanceof JobOrigin.Document document) {
            documents.failed(document, failure, environment.clock().instant());
        }
    }

    /** The filter's text is known, or is not. Under the lock. */
    private @Nullable String named(Job job, @Nullable String id, @Nullable String error) {
        return switch (job.phase) {
            case GONE -> null;
            case INITIALIZING, ERROR -> {
                if (error != null) {
                    failInitially(job, error);
                    yield null;
                }
                yield id == null ? null : name(job, id);
            }
            case SCHEDULED -> {
                if (id == null || id.equals(job.id)) {
                    checkFilterLater(job);
                    yield null;
                }
                if (job.isRunning()) {
                    // It finds out itself when it runs again.
                    schedule.remove(job);
                    stop(job);
                    checkFilterLater(job);
                    yield null;
                }
                schedule.remove(job);
                yield rename(job, id);
            }
        };
    }

    private void failInitially(Job job, String error) {
        job.phase = Job.Phase.ERROR;
        job.errors++;
        job.error = error;
        job.updated = environment.clock().instant();
        long most = ERROR_PAUSE_MS << Math.min(job.errors, ERROR_DOUBLINGS);
        fetchLater(job, 1_000 + (long) (most * environment.chance().getAsDouble()));
    }

    private void checkFilterLater(Job job) {
        long more = Math.min(200L * table.size(), LONGEST_FILTER_PAUSE_MS);
        fetchLater(job, FILTER_PAUSE_MS + (long) (more * environment.chance().getAsDouble()));
    }

    private void fetchLater(Job job, long ms) {
        cancel(job.timer);
        job.timer = timers.at(now() + ms, () -> {
            job.timer = null;
            filters.add(job);
        });
    }

    /** Ends all runs, each with a last checkpoint where that does not take long. Documents stay as they are. */
    @Override
    public void close() {
        feed.close();
        List<JobRun> ending = new ArrayList<>();
        List<Job> all;
        lock.lock();
        try {
            closed = true;
            wake();
            all = jobs();
            for (Job job : all) {
                if (job.run != null) {
                    ending.add(job.run);
                }
            }
        } finally {
            lock.unlock();
        }
        ending.forEach(JobRun::stop);
        all.forEach(job -> fail(job, new ReplicationException("stopped", "the node is stopping", true, null)));
        try {
            thread.join();
            join(ending, GRACE_MS);
            ending.forEach(JobRun::abort);
            join(ending, GRACE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for all of them, in that time together. */
    private void join(List<JobRun> ending, long ms) throws InterruptedException {
        long end = now() + ms;
        for (JobRun run : ending) {
            run.join(end - now());
        }
    }
}
