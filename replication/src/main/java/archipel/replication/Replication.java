package archipel.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.ends.ChangedDocument;
import archipel.ends.Changes;
import archipel.ends.ChangesFeed;
import archipel.ends.ChangesQuery;
import archipel.ends.End;
import archipel.ends.End.DatabaseInfo;
import archipel.ends.HistoryChangedException;
import archipel.ends.LeavesProgress;
import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.ends.Selection;
import archipel.ends.SourceSequence;
import archipel.memory.Allowance;
import archipel.memory.MemoryBudget;
import archipel.memory.MemoryLimitException;
import archipel.memory.Reservation;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One run of a replication, from its start to its end: {@link #run} blocks until everything is copied, or for one that
 * goes on until {@link #stop}. What it does and how it fails says {@link #progress} and what {@code run} throws; to try
 * again later is the caller's to decide, with another run.
 *
 * <pre>
 * source ── feed ──▶ {@link ChangesQueue} ──▶ workers: {@link BatchCopy} ──▶ target
 *                          │ how far all is copied
 *                          ▼
 *                    {@link Checkpoints} at both ends, now and then and at the end
 * </pre>
 *
 * <p>One thread reads the feed, some copy batches, one writes checkpoints. The queue is bounded, a batch holds a part
 * of its documents, and each worker takes its memory from the node's budget: a slow target slows the feed down.
 *
 * <p>Whether the source or the target is still the one that the run has begun with is asked where a connection comes
 * back: a source whose newest position is before the one that was read, and a target that does not know a block it
 * named, were put back to a backup. The run then begins anew from the checkpoints.
 */
public final class Replication {
    private static final Logger LOG = LoggerFactory.getLogger(Replication.class);

    /** The error of a run whose checkpoint could not be written, such as where another run has written one. */
    public static final String CHECKPOINT_FAILED = "checkpoint_commit_failure";

    /** How often a run begins anew because an end was put back, before it gives up. */
    private static final int BEGINNINGS = 3;

    /** Batches that wait for each worker. */
    private static final int AHEAD = 2;

    private static final long MEMORY_PAUSE_MS = 500;

    private final ReplicationId id;
    private final ReplicationOptions options;
    private final End.Source source;
    private final End.Target target;
    private final ReplicationEnvironment environment;
    private final MemoryBudget memory;
    private final Retries retries;
    private final Instant started;

    private final AtomicBoolean stopped = new AtomicBoolean();
    private volatile boolean ceded;
    private final ReentrantLock lock = new ReentrantLock();
    // Under the lock.
    private ReplicationStatistics statistics = ReplicationStatistics.NONE;
    private OptionalLong pending = OptionalLong.empty();
    /** Changes that were read, and how many of them when the source last said how many are pending. */
    private long rows;

    private long rowsWhenAsked;
    private SourceSequence checkpointed = SourceSequence.ZERO;
    private Instant updated;
    private @Nullable Attempt attempt;

    /**
     * @param source closed by the caller, after the run; as the target
     * @param memory what all requests and replications of the node may use together
     */
    public Replication(
            ReplicationId id,
            ReplicationOptions options,
            End.Source source,
            End.Target target,
            ReplicationEnvironment environment,
            MemoryBudget memory) {
        this.id = id;
        this.options = options;
        this.source = source;
        this.target = target;
        this.environment = environment;
        this.memory = memory;
        this.retries = new Retries(environment, options.tuning().retries(), stopped::get);
        this.started = environment.now();
        this.updated = started;
    }

    public ReplicationId id() {
        return id;
    }

    public ReplicationOptions options() {
        return options;
    }

    /**
     * Replicates.
     *
     * @throws ReplicationException where it cannot go on; what was copied stays, and the next run finds it there
     * @throws InterruptedException where the thread was interrupted
     */
    public ReplicationResult run() throws ReplicationException, InterruptedException {
        for (int begun = 1; ; begun++) {
            try {
                return bounded(Attempt::new).run();
            } catch (HistoryChangedException e) {
                if (begun == BEGINNINGS || stopped.get()) {
                    throw new ReplicationException("history_changed", String.valueOf(e.getMessage()), true, e);
                }
                LOG.info("Replication {} begins anew from its checkpoint: {}", id, e.getMessage());
            } catch (IOException e) {
                throw ReplicationException.of(e);
            }
        }
    }

    /** Lets batches under way finish, writes a last checkpoint and ends {@link #run}; for any thread. */
    public void stop() {
        stopped.set(true);
        lock.lock();
        try {
            if (attempt != null) {
                attempt.end();
            }
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #stop}, without waiting for what is under way. */
    public void abort() {
        stop();
        source.close();
        target.close();
    }

    /** Begins no more checkpoint: another node does the same replication from here on, and writes them. */
    public void cede() {
        ceded = true;
    }

    public ReplicationProgress progress() {
        lock.lock();
        try {
            SourceSequence read = attempt == null ? checkpointed : attempt.queue.read();
            SourceSequence through = attempt == null ? checkpointed : attempt.queue.done();
            OptionalLong left = pending.isEmpty()
                    ? pending
                    : OptionalLong.of(Math.max(0, pending.getAsLong() - (rows - rowsWhenAsked)));
            return new ReplicationProgress(statistics, read, through, checkpointed, left, started, updated);
        } finally {
            lock.unlock();
        }
    }

    private void add(ReplicationStatistics more) {
        lock.lock();
        try {
            statistics = statistics.plus(more);
            updated = environment.now();
        } finally {
            lock.unlock();
        }
    }

    private ReplicationStatistics statistics() {
        lock.lock();
        try {
            return statistics;
        } finally {
            lock.unlock();
        }
    }

    /** From the checkpoints to the end, or to a failure. */
    private final class Attempt {
        private final Checkpoints checkpoints;
        private final DatabaseInfo sourceInfo;
        private final DatabaseInfo targetInfo;
        private final SourceSequence start;
        private final ReplicationLog.Start common;
        private final ChangesQueue queue;
        private final LeavesProgress leaves = new LeavesProgress();
        private final List<Thread> threads = new ArrayList<>();
        private final ReentrantLock writing = new ReentrantLock();
        private volatile @Nullable ChangesFeed feed;
        private volatile @Nullable Thread reading;
        private @Nullable SourceSequence nothingAfter;
        private volatile @Nullable Throwable failure;
        private volatile boolean over;
        private SourceSequence saved;
        private byte @Nullable [] body;

        Attempt() throws ReplicationException, IOException, InterruptedException {
            if (options.createTarget()) {
                retries.call("making the target", () -> {
                    target.create(options.createParameters());
                    return true;
                });
            }
            sourceInfo = retries.call("looking for the source", source::info);
            targetInfo = retries.call("looking for the target", target::info);
            checkpoints = new Checkpoints(
                    id.base(), source, target, environment, retries, options.selection() instanceof Selection.Ids);
            common = checkpoints.read();
            start = start();
            checkpoints.beginAt(start);
            saved = start;
            queue = new ChangesQueue(options.tuning().batch() * workers() * AHEAD, start);
            lock.lock();
            try {
                statistics = statistics.max(checkpoints.earlier());
                checkpointed = start;
                attempt = this;
            } finally {
                lock.unlock();
            }
        }

        /**
         * The newest position that both ends remember and that the source has come to. One that it has not come to is
         * of before the source was put back to a backup, and would be waited for.
         */
        private SourceSequence start() {
            if (common.sequence().isZero()) {
                return options.sinceSequence() == null ? SourceSequence.ZERO : options.sinceSequence();
            }
            if (!isBehind(sourceInfo, common.sequence())) {
                return common.sequence();
            }
            return common.earlier().stream()
                    .filter(each -> !isBehind(sourceInfo, each))
                    .findFirst()
                    .orElse(SourceSequence.ZERO);
        }

        private int workers() {
            return Math.max(
                    1, Math.min(options.tuning().workers(), options.tuning().connections() - 1));
        }

        ReplicationResult run() throws ReplicationException, IOException, InterruptedException {
            LOG.debug("Replication {} of {} to {} begins at {}.", id, source.shown(), target.shown(), start);
            reading = begin("feed", this::readFeed);
            List<Thread> workers = new ArrayList<>();
            for (int i = 0; i < workers(); i++) {
                workers.add(begin("worker-" + i, this::work));
            }
            begin("checkpoints", this::tick);
            try {
                if (stopped.get()) {
                    end();
                }
                for (Thread worker : workers) {
                    worker.join();
                }
            } finally {
                over = true;
                end();
                interruptThreads();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            Throwable failed = failure;
            if (failed != null) {
                throw rethrown(failed);
            }
            if (stopped.get()) {
                saveAtStop();
            } else {
                save();
            }
            return result();
        }

        /** Where that fails the next run begins at the checkpoint before. */
        private void saveAtStop() {
            try {
                save();
            } catch (ReplicationException | IOException | RuntimeException e) {
                LOG.debug("Replication {} was stopped without a last checkpoint: {}", id, e.toString());
            } catch (InterruptedException e) {
                LOG.debug("Replication {} was stopped without a last checkpoint.", id);
            }
        }

        /** Never in the middle of a checkpoint, of which nobody would know then whether it was written. */
        private void interruptThreads() {
            writing.lock();
            try {
                threads.forEach(Thread::interrupt);
            } finally {
                writing.unlock();
            }
        }

        private Thread begin(String role, Step step) {
            Thread thread = environment.threads().unstarted("replication-" + role, () -> {
                try {
                    step.take();
                } catch (InterruptedException e) {
                    if (!over && !stopped.get()) {
                        fail(e);
                    }
                } catch (ReplicationException | IOException | RuntimeException | Error e) {
                    fail(e);
                }
            });
            threads.add(thread);
            thread.start();
            return thread;
        }

        private void fail(Throwable thrown) {
            lock.lock();
            try {
                if (failure == null) {
                    failure = thrown;
                }
            } finally {
                lock.unlock();
            }
            end();
        }

        /** Nothing more is read or taken; what was taken is finished. */
        void end() {
            queue.close();
            ChangesFeed open = feed;
            if (open != null) {
                open.close();
            }
            // Wakes one that waits for news of this node, or before it asks again; it writes nothing.
            Thread reader = reading;
            if (reader != null) {
                reader.interrupt();
            }
        }

        private ReplicationException rethrown(Throwable failed) throws IOException, InterruptedException {
            return switch (failed) {
                case ReplicationException e -> e;
                case IOException e -> throw e;
                case InterruptedException e -> throw e;
                case Error e -> throw e;
                case RuntimeException e -> {
                    if (!(e instanceof RequestException) && !(e instanceof MemoryLimitException)) {
                        LOG.error("Replication {} failed.", id, e);
                    }
                    yield ReplicationException.of(e);
                }
                default -> throw new IllegalStateException(failed);
            };
        }

        /** Reads the feed into the queue; opens it again where it breaks, from where it was. */
        private void readFeed() throws ReplicationException, IOException, InterruptedException {
            boolean more = true;
            while (more && !over && !stopped.get()) {
                SourceSequence from = queue.read();
                more = retries.call("reading changes", () -> readFeedFrom(from));
            }
            queue.end();
        }

        /** @return whether there is more to come; false at the end */
        private boolean readFeedFrom(SourceSequence from)
                throws ReplicationException, IOException, InterruptedException {
            boolean begun = !queue.read().equals(from);
            if (begun) {
                // It broke after it had moved on, which is no failure of the same step again.
                return true;
            }
            if (!from.equals(start) && isBehind(source.info(), from)) {
                throw new HistoryChangedException(source.shown() + " was put back to an earlier state");
            }
            ChangesQuery query = new ChangesQuery(
                    from, common.earlier(), options.continuous(), options.winnersOnly(), options.selection(), leaves);
            boolean moved = false;
            try (ChangesFeed opened = source.changes(query)) {
                feed = opened;
                while (!over && !stopped.get()) {
                    Changes changes = bounded(() -> opened.next(options.tuning().batch()));
                    count(changes.documents().size());
                    if (!queue.put(changes) || changes.last()) {
                        return false;
                    }
                    moved = true;
                }
                return false;
            } catch (IOException e) {
                if (over || stopped.get()) {
                    return false;
                }
                if (moved) {
                    // No failure of the same step again, wherever the position is.
                    return true;
                }
                throw e;
            }
        }

        private void count(int read) {
            lock.lock();
            try {
                rows += read;
            } finally {
                lock.unlock();
            }
        }

        private void work() throws ReplicationException, IOException, InterruptedException {
            for (ChangesQueue.Batch batch = queue.take(options.tuning().batch());
                    batch != null;
                    batch = queue.take(options.tuning().batch())) {
                copy(batch);
                queue.done(batch);
            }
        }

        /** With memory of its own, which is given back after each batch. */
        private void copy(ChangesQueue.Batch batch) throws ReplicationException, IOException, InterruptedException {
            if (batch.documents().isEmpty()) {
                return;
            }
            while (true) {
                try {
                    bounded(() -> {
                        List<ChangedDocument> documents = batch.documents();
                        new BatchCopy(source, target, retries, Replication.this::add, documents.size()).copy(documents);
                        return true;
                    });
                    return;
                } catch (MemoryLimitException e) {
                    if (!ReplicationException.passes(e) || stopped.get()) {
                        throw e;
                    }
                    environment.pause().pause(MEMORY_PAUSE_MS);
                }
            }
        }

        private void tick() throws ReplicationException, IOException, InterruptedException {
            while (!over && !stopped.get()) {
                lookAhead();
                environment.pause().pause(options.tuning().checkpointInterval().toMillis());
                save();
            }
        }

        /** What is left is for people to see; where it cannot be told nothing else suffers. */
        private void lookAhead() throws ReplicationException, InterruptedException {
            SourceSequence position;
            long before;
            lock.lock();
            try {
                position = queue.read();
                before = rows;
            } finally {
                lock.unlock();
            }
            if (position.equals(nothingAfter)) {
                // What comes is told by the feed.
                return;
            }
            OptionalLong left;
            try {
                left = source.pending(position);
            } catch (IOException | RequestException e) {
                LOG.debug("{} does not say how much is left: {}", source.shown(), e.toString());
                left = OptionalLong.empty();
            }
            lock.lock();
            try {
                pending = left;
                rowsWhenAsked = before;
                nothingAfter = left.equals(OptionalLong.of(0)) ? position : null;
            } finally {
                lock.unlock();
            }
        }

        /** Writes a checkpoint where there is something new to note. */
        private void save() throws ReplicationException, IOException, InterruptedException {
            writing.lockInterruptibly();
            try {
                SourceSequence through = queue.done();
                if (!options.tuning().checkpoints() || ceded || through.equals(saved)) {
                    return;
                }
                requireSame(retries.call("committing", source::commit), sourceInfo, "source");
                requireSame(retries.call("committing", target::commit), targetInfo, "target");
                body = bounded(() -> checkpoints.write(through, statistics()));
                saved = through;
                lock.lock();
                try {
                    checkpointed = through;
                } finally {
                    lock.unlock();
                }
            } finally {
                writing.unlock();
            }
        }

        private void requireSame(@Nullable String instance, DatabaseInfo before, String which)
                throws ReplicationException {
            if (instance != null
                    && !instance.equals("0")
                    && !before.instance().equals("0")
                    && !instance.equals(before.instance())) {
                throw new ReplicationException(
                        CHECKPOINT_FAILED,
                        "instance_start_time on " + which + " database has changed since last checkpoint.",
                        true,
                        null);
            }
        }

        private ReplicationResult result() {
            ReplicationStatistics done = statistics();
            ReplicationStatistics earlier = checkpoints.earlier();
            return new ReplicationResult(done, earlier, answer(done.missingChecked() == earlier.missingChecked()));
        }

        /** @param nothing whether nothing new was found */
        private String answer(boolean nothing) {
            if (!options.tuning().checkpoints()) {
                return "\"use_checkpoints\":false";
            }
            byte[] written = body;
            if (written != null) {
                // A selection that nothing new is part of still comes forward.
                return (nothing ? "\"no_changes\":true," : "") + inner(new String(written, UTF_8));
            }
            JsonNode stored = checkpoints.stored();
            String before = stored == null ? "" : inner(new String(JsonTree.bytes(withoutReserved(stored)), UTF_8));
            return "\"no_changes\":true" + (before.isEmpty() ? "" : "," + before);
        }
    }

    /** Takes a step with memory of the node's budget, which is given back after it. */
    private <T> T bounded(Retries.Step<T> step) throws ReplicationException, IOException, InterruptedException {
        try (Reservation reservation = memory.admit(false)) {
            return ScopedValue.where(Allowance.CURRENT, reservation).call(step::take);
        } catch (ReplicationException | IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static JsonNode withoutReserved(JsonNode stored) {
        return stored instanceof ObjectNode object
                ? object.deepCopy().remove(List.of("_id", "_rev", "_revisions"))
                : stored;
    }

    private static String inner(String object) {
        return object.substring(object.indexOf('{') + 1, object.lastIndexOf('}'))
                .strip();
    }

    /** Whether a source that counts as this software does has not come to a position of its own. */
    private static boolean isBehind(DatabaseInfo info, SourceSequence position) {
        SourceSequence newest = info.updateSequence();
        boolean comparable = position.isOurs() && (newest.isOurs() || newest.isZero());
        return comparable && newest.number().orElse(0) < position.number().orElse(0);
    }

    @FunctionalInterface
    private interface Step {
        void take() throws ReplicationException, IOException, InterruptedException;
    }
}
