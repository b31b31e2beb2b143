package archipel.log;

import archipel.changes.Deadline;
import archipel.command.Command;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.DiskReserve;
import archipel.storage.Opening;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The log of a node that is on its own: one writer thread and group commit for all its groups. While one batch is made
 * durable the next is gathered and applied, so that the slower the disk the larger the batches. The store's own
 * write-ahead log is the log: commands are applied as they are, and their bytes are not needed.
 *
 * <p>Two threads: the writer applies commands and writes batches to the store, and {@link BatchFlusher} makes them
 * durable and then visible. A command that is alone is spared the way from one to the other.
 *
 * <p>Invariants: commands take effect in the order in which they were appended; a batch is written whole or not at all;
 * a future ends after readers can see the command, and readers see it once it is as durable as it asks. The commands
 * between {@link #append} and their answer are bounded in bytes. Each future ends, whatever fails; after a failure
 * {@link WriteState} says which commands are tried.
 */
final class LocalLog implements CommandLog {
    private static final System.Logger LOG = System.getLogger(LocalLog.class.getName());
    private static final CompletableFuture<@Nullable Void> PASSED = CompletableFuture.completedFuture(null);
    private static final int BYTES_PER_PERMIT = 1 << 10;
    private static final Duration BETWEEN_RECOVERIES = Duration.ofSeconds(1);
    // The store looks for space every five seconds; when that was in vain, it gets more of the reserve.
    private static final Duration BETWEEN_PARTS = Duration.ofSeconds(7);
    private static final Duration RELIEF = Duration.ofSeconds(30);
    private static final long RELIEF_STEP_NANOS = 100_000_000L;

    private final Store store;
    private final Map<Integer, Lane> lanes = new TreeMap<>();
    private final Leadership leadership;
    private final WriteState state;
    private final DiskReserve reserve;
    private final LogOptions options;
    private final int permits;
    private final Semaphore room;
    private final LinkedBlockingQueue<Item> queue = new LinkedBlockingQueue<>();
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();
    private final BatchRunner runner;
    private final BatchFlusher flusher;
    private final Thread writer;
    private volatile boolean closed;
    // The rest is the writer's.
    private @Nullable OpenBatch open;
    private int batchesInFlight;
    private boolean ended;
    // What came while something else had to be waited for; taken before the queue.
    private final Deque<Item> ahead = new ArrayDeque<>();
    private Deadline nextRecovery = Deadline.after(Duration.ZERO);
    // What gives space back, and has to wait until what is in doubt for lack of space was written anew.
    private final Deque<PendingCommand<?>> deferred = new ArrayDeque<>();
    private Deadline deferredUntil = Deadline.after(Duration.ZERO);
    private Deadline nextPart = Deadline.after(Duration.ZERO);

    /** Starts the log's threads, and leads every group at once, in a term of its own. */
    LocalLog(LogContext context) {
        this.store = context.disk().store();
        context.machines()
                .forEach((group, machine) ->
                        lanes.put(group, new Lane(machine, machine.stored().term() + 1)));
        this.leadership = context.leadership();
        this.state = context.disk().state();
        this.reserve = context.disk().reserve();
        this.options = context.options();
        this.runner = context.runner();
        this.permits = Math.clamp(options.queueBytes() / BYTES_PER_PERMIT, 1, Integer.MAX_VALUE);
        this.room = new Semaphore(permits, true);
        try (Opening opening = new Opening()) {
            this.flusher = opening.add(
                    new BatchFlusher(store, state, runner, context.threads(), () -> queue.add(Signal.FLUSHED)));
            this.writer = context.threads().unstarted("archipel-writer", this::run);
            writer.start();
            opening.keep();
        }
        lanes.forEach((group, lane) -> leadership.begin(group, lane.term()));
    }

    @Override
    public <A extends @Nullable Object> CompletableFuture<Applied<A>> append(int group, Command<A> command) {
        Lane lane = lane(group);
        StorageException refusal = state.refusal(command);
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        int taken = command.admitted() ? 0 : (int) Math.min(permits, 1 + command.bytes() / BYTES_PER_PERMIT);
        if (taken > 0 && !enter(taken)) {
            return CompletableFuture.failedFuture(new RequestException(ErrorCode.WRITES_BUSY));
        }
        CompletableFuture<Applied<A>> result = new CompletableFuture<>();
        gate.readLock().lock();
        try {
            if (closed) {
                room.release(taken);
                result.completeExceptionally(new RequestException(ErrorCode.STOPPING));
            } else {
                queue.add(new PendingCommand<>(lane, command, result, () -> room.release(taken)));
            }
        } finally {
            gate.readLock().unlock();
        }
        return result;
    }

    private Lane lane(int group) {
        Lane lane = lanes.get(group);
        if (lane == null) {
            throw new IllegalArgumentException("there is no group " + group);
        }
        return lane;
    }

    /** What was acknowledged is visible already. */
    @Override
    public CompletableFuture<@Nullable Void> readBarrier(int group) {
        lane(group);
        return PASSED;
    }

    // In the order of arrival, so that a large command gets its turn among many small ones.
    private boolean enter(int wanted) {
        try {
            return room.tryAcquire(wanted, options.queueWait().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public CompletableFuture<Void> replace(int group, Supplier<StateMachine.@Nullable Publication> replacement) {
        Lane lane = lane(group);
        CompletableFuture<Void> result = new CompletableFuture<>();
        gate.readLock().lock();
        try {
            if (closed) {
                result.completeExceptionally(new RequestException(ErrorCode.STOPPING));
            } else {
                queue.add(new Replacement(lane, replacement, result));
            }
        } finally {
            gate.readLock().unlock();
        }
        return result;
    }

    @Override
    public boolean isReplicated() {
        return false;
    }

    @Override
    public int waiting() {
        return queue.size();
    }

    @Override
    public void close() {
        gate.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            lanes.forEach((group, lane) -> leadership.end(group, lane.term()));
            queue.add(Signal.END);
        } finally {
            gate.writeLock().unlock();
        }
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        flusher.close();
    }

    private void run() {
        while (!ended) {
            try {
                step(next());
            } catch (InterruptedException e) {
                // Nobody has cause to interrupt this thread; the queue is to be served all the same.
                continue;
            } catch (RuntimeException | Error e) {
                // No command does that: it is a fault of the log. Those in the queue are told, and no other is taken.
                state.broken(e);
                abandonAll();
            }
        }
    }

    // The thread goes on whatever happens: what comes later has to be refused, and the end has to be seen.
    private void abandonAll() {
        try {
            abandon();
        } catch (RuntimeException | Error e) {
            state.broken(e);
        }
    }

    private @Nullable Item next() throws InterruptedException {
        Item first = ahead.poll();
        if (first != null) {
            return first;
        }
        // A batch stays open while an earlier one is on its way to the disk: it could only wait behind it.
        if (open != null && batchesInFlight == 0) {
            return queue.poll();
        }
        if (state.isSound()) {
            return queue.take();
        }
        // Nothing can be recovered before the flusher says what became of the batches in flight.
        long waitNanos = batchesInFlight > 0 ? BETWEEN_RECOVERIES.toNanos() : nextRecovery.remainingNanos();
        return queue.poll(Math.max(1, waitNanos), TimeUnit.NANOSECONDS);
    }

    private void step(@Nullable Item next) throws InterruptedException {
        switch (next) {
            case null -> write();
            case PendingCommand<?> command -> {
                if (state.awaitsRelief() && command.command().relieves()) {
                    defer(command);
                } else {
                    apply(command);
                }
            }
            case Replacement replacement -> replace(replacement);
            case Signal.END -> {
                // First, since it comes once, and writing may fail.
                ended = true;
                write();
            }
            case Signal.FLUSHED -> batchesInFlight--;
        }
        if (!state.isSound() && open == null && batchesInFlight == 0 && nextRecovery.hasPassed()) {
            recover();
            nextRecovery = Deadline.after(BETWEEN_RECOVERIES);
        }
        if (!deferred.isEmpty()) {
            resume(ended);
        }
    }

    // What comes before is visible by then, and nothing is on its way: this thread shows what the other one would.
    private void replace(Replacement replacement) throws InterruptedException {
        write();
        while (batchesInFlight > 0) {
            Item item = queue.poll(BETWEEN_RECOVERIES.toNanos(), TimeUnit.NANOSECONDS);
            if (item == Signal.FLUSHED) {
                batchesInFlight--;
            } else if (item != null) {
                ahead.add(item);
            } else if (state.state() == WriteState.State.BROKEN) {
                // The flusher may not have come to say so.
                break;
            }
        }
        StorageException refusal = state.refusal();
        if (refusal != null) {
            replacement.result.completeExceptionally(refusal);
            return;
        }
        try {
            StateMachine.Publication publication = replacement.work.get();
            if (publication == null) {
                replacement.result.complete(null);
                return;
            }
            replacement.lane.renew();
            flusher.flush(new WrittenBatch(List.of(), List.of(publication), store.snapshot(), false));
            StorageException unseen = state.refusal();
            if (unseen == null) {
                replacement.result.complete(null);
            } else {
                replacement.result.completeExceptionally(unseen);
            }
        } catch (RuntimeException | Error e) {
            replacement.result.completeExceptionally(e);
            if (!(e instanceof RequestException) || e instanceof StorageException) {
                throw e;
            }
        }
    }

    private void defer(PendingCommand<?> command) {
        if (deferred.isEmpty()) {
            deferredUntil = Deadline.after(RELIEF);
            nextRecovery = Deadline.after(Duration.ZERO);
        }
        deferred.add(command);
    }

    private void resume(boolean ending) {
        StorageException refusal = state.refusesAll() ? state.refusal() : null;
        if (state.awaitsRelief() && !ending && !deferredUntil.hasPassed()) {
            return;
        }
        // One at a time: what is left is failed with the rest where applying one of them fails the log.
        while (!deferred.isEmpty()) {
            PendingCommand<?> command = deferred.removeFirst();
            if (refusal == null) {
                apply(command);
            } else {
                command.fail(refusal);
            }
        }
        if (ending) {
            write();
        }
    }

    private void apply(PendingCommand<?> command) {
        OpenBatch batch = open;
        try {
            if (batch == null) {
                batch = runner.open(FaultPolicy.SKIP);
                open = batch;
            }
            apply(command, batch);
            if (command.isFaulty()) {
                state.faulty();
            }
        } catch (BrokenRoundError e) {
            OpenBatch broken = Objects.requireNonNull(open);
            open = null;
            broken.close();
            List<LogEntry<?>> taken = new ArrayList<>(broken.entries());
            // The batch does not have the one that broke it.
            taken.add(command);
            takeBack(taken, e);
            return;
        } catch (RuntimeException | Error e) {
            // It may belong to no batch that would fail it.
            command.fail(new StorageException(StorageException.Kind.UNKNOWN, e.toString(), e));
            throw e;
        }
        if (batch.isFull()) {
            write();
        }
    }

    // Nothing of the batch is stored, and what it was applied to is as it was.
    private void takeBack(List<? extends LogEntry<?>> entries, BrokenRoundError e) {
        LOG.log(System.Logger.Level.ERROR, "a batch of writes was taken back", e);
        state.faulty();
        entries.forEach(entry -> entry.fail(new RequestException(ErrorCode.WRITE_FAULT)));
    }

    private static void apply(PendingCommand<?> command, OpenBatch batch) {
        Lane lane = command.lane();
        batch.apply(lane.machine(), lane.next(), command);
    }

    // Ends the open batch, if there is one.
    private void write() {
        OpenBatch ending = open;
        if (ending == null) {
            return;
        }
        open = null;
        WrittenBatch written = write(ending);
        if (written == null) {
            return;
        }
        if (batchesInFlight == 0 && (written.entries().size() == 1 || !written.durable())) {
            flusher.flush(written);
        } else {
            hand(written);
        }
    }

    private void hand(WrittenBatch written) {
        batchesInFlight++;
        try {
            flusher.add(written);
        } catch (RuntimeException | Error e) {
            batchesInFlight--;
            written.snapshot().release();
            StorageException unknown = new StorageException(StorageException.Kind.UNKNOWN, e.toString(), e);
            written.fail(unknown);
            throw e;
        }
    }

    // Null when it could not be written, which its commands have been told.
    private @Nullable WrittenBatch write(OpenBatch ending) {
        try (ending) {
            if (state.refusesAll()) {
                throw new StorageException(StorageException.Kind.RECOVERING, "an earlier write failed");
            }
            return runner.write(ending, options.fsync());
        } catch (StorageException e) {
            switch (e.kind()) {
                case FULL -> {
                    return full(ending.entries(), e);
                }
                case RECOVERING -> ending.entries().forEach(entry -> entry.fail(e));
                case CORRUPT, LOCKED, IO, UNKNOWN -> {
                    state.doubtful(e);
                    StorageException unknown = new StorageException(StorageException.Kind.UNKNOWN, e.details(), e);
                    ending.entries().forEach(entry -> entry.fail(unknown));
                }
            }
            return null;
        } catch (RuntimeException | Error e) {
            RuntimeException told = new StorageException(StorageException.Kind.UNKNOWN, e.toString(), e);
            ending.entries().forEach(entry -> entry.fail(told));
            throw e;
        }
    }

    // Those that give space back are tried again with the reserve's space.
    private @Nullable WrittenBatch full(List<LogEntry<?>> entries, StorageException e) {
        state.full(e);
        List<PendingCommand<?>> relieving = new ArrayList<>();
        for (LogEntry<?> entry : entries) {
            if (entry instanceof PendingCommand<?> command && command.command().relieves() && !command.leftNothing()) {
                relieving.add(command);
            } else {
                entry.fail(e);
            }
        }
        return relieving.isEmpty() ? null : relieve(relieving, e);
    }

    private @Nullable WrittenBatch relieve(List<PendingCommand<?>> commands, StorageException first) {
        Deadline deadline = Deadline.after(RELIEF);
        RuntimeException last = first;
        boolean hopeful = true;
        while (hopeful && !closed && !state.refusesAll()) {
            giveUpPart();
            try (OpenBatch again = new OpenBatch(store, Long.MAX_VALUE, FaultPolicy.SKIP)) {
                commands.forEach(command -> apply(command, again));
                return runner.write(again, options.fsync());
            } catch (StorageException e) {
                last = e;
                if (e.kind() != StorageException.Kind.FULL) {
                    state.doubtful(e);
                    last = new StorageException(StorageException.Kind.UNKNOWN, e.details(), e);
                }
            } catch (BrokenRoundError e) {
                takeBack(commands, e);
                return null;
            } catch (RuntimeException | Error e) {
                RuntimeException told = new StorageException(StorageException.Kind.UNKNOWN, e.toString(), e);
                commands.forEach(command -> command.fail(told));
                throw e;
            }
            LockSupport.parkNanos(this, RELIEF_STEP_NANOS);
            // Once the last part has had its time, others need not wait behind this.
            hopeful = !deadline.hasPassed() && (reserve.isLeft() || !nextPart.hasPassed());
        }
        for (PendingCommand<?> command : commands) {
            command.fail(last);
        }
        return null;
    }

    // At most one part in the time that the store takes to find it.
    private void giveUpPart() {
        if (nextPart.hasPassed()) {
            if (reserve.releasePart()) {
                nextPart = Deadline.after(BETWEEN_PARTS);
            }
            state.reviewReserve();
        }
    }

    private void recover() {
        try {
            switch (state.state()) {
                case SOUND -> {}
                case BROKEN -> flusher.abandonDoubtful();
                case DOUBTFUL -> {
                    // Nobody but who gives space back may cost the reserve: it could be needed for the next start.
                    if (state.lacksSpace() && !deferred.isEmpty()) {
                        giveUpPart();
                    }
                    store.rewrite();
                    touch();
                    if (flusher.showDoubtful()) {
                        state.rewritten();
                    }
                }
                case FULL -> {
                    if (reserve.restore()) {
                        touch();
                        state.sound();
                    }
                    state.reviewReserve();
                }
            }
        } catch (StorageException e) {
            LOG.log(System.Logger.Level.DEBUG, "the store does not take writes yet", e);
        }
    }

    // Finds out whether the store takes a row; it is one that stands there already.
    private void touch() {
        try (OpenBatch batch = new OpenBatch(store, Long.MAX_VALUE, FaultPolicy.SKIP)) {
            runner.touch(batch.touch(lanes.values().stream().map(Lane::machine).toList()));
        }
    }

    private void abandon() {
        StorageException told = new StorageException(StorageException.Kind.UNKNOWN, "the log failed");
        deferred.forEach(command -> command.fail(told));
        deferred.clear();
        OpenBatch batch = open;
        open = null;
        if (batch != null) {
            batch.close();
            batch.entries().forEach(entry -> entry.fail(told));
        }
    }

    /** What stands in the writer's queue. */
    sealed interface Item permits PendingCommand, Replacement, Signal {}

    private record Replacement(
            Lane lane, Supplier<StateMachine.@Nullable Publication> work, CompletableFuture<Void> result)
            implements Item {}

    private enum Signal implements Item {
        /** No command comes after this. */
        END,
        /** From the flusher: what it was given is visible. */
        FLUSHED
    }
}
