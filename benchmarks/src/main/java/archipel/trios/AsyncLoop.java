package archipel.trios;

import archipel.report.ProcessTree;
import archipel.report.Round;
import archipel.report.Ticks;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of operations under way, each followed by the next one of its slot as soon as it has ended. Slots are
 * spread over the members; where there are fewer slots than members, they go round.
 */
final class AsyncLoop {
    private static final Duration GRACE = Duration.ofSeconds(60);
    private static final Duration MOST_TO_FILL = Duration.ofMinutes(2);
    private static final int FILLERS = 64;

    private final Clients clients;
    private final Operation operation;
    private final int outstanding;
    private final Numbers numbers;
    private final Histogram latencies = Round.histogram();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CountDownLatch over;
    private final AtomicLong left;
    private volatile long until;

    private AsyncLoop(Clients clients, Operation operation, int outstanding, Numbers numbers, long most) {
        this.clients = clients;
        this.operation = operation;
        this.outstanding = outstanding;
        this.numbers = numbers;
        this.left = new AtomicLong(most);
        this.over = new CountDownLatch(outstanding);
    }

    /** Which value an operation is about. */
    interface Numbers {
        long next();
    }

    /**
     * Runs one for so long.
     *
     * @param processes whose processor time it costs
     */
    static Round run(
            Clients clients,
            List<ProcessTree> processes,
            Operation operation,
            int outstanding,
            Numbers numbers,
            Duration duration)
            throws IOException {
        AsyncLoop loop = new AsyncLoop(clients, operation, outstanding, numbers, Long.MAX_VALUE);
        long compiler = processes.stream().mapToLong(ProcessTree::compilerCpuNs).sum();
        long served = processes.stream().mapToLong(ProcessTree::cpuNs).sum();
        long client = Ticks.ownCpuNs();
        long start = Ticks.now();
        loop.run(start, duration);
        long elapsed = Ticks.now() - start;
        client = Ticks.ownCpuNs() - client;
        served = processes.stream().mapToLong(ProcessTree::cpuNs).sum() - served;
        compiler = processes.stream().mapToLong(ProcessTree::compilerCpuNs).sum() - compiler;
        double units = (double) operation.units() * loop.latencies.getTotalCount();
        return new Round(loop.latencies, units, elapsed, served, compiler, client);
    }

    /** Writes the values of the numbers from 0 on. */
    static void fill(Clients clients, int values) throws IOException {
        AtomicLong next = new AtomicLong();
        AsyncLoop loop = new AsyncLoop(clients, Operation.WRITE, FILLERS, next::getAndIncrement, values);
        loop.run(Ticks.now(), MOST_TO_FILL);
    }

    private void run(long start, Duration duration) throws IOException {
        until = start + duration.toNanos();
        for (int slot = 0; slot < outstanding; slot++) {
            new Slot(slot).next();
        }
        try {
            boolean ended = over.await(duration.plus(GRACE).toSeconds(), TimeUnit.SECONDS);
            Throwable failed = failure.get();
            if (failed != null) {
                throw new IOException(operation.title() + ": " + failed, failed);
            }
            if (!ended) {
                throw new IOException(operation.title() + ": " + over.getCount() + " operations do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private final class Slot implements Clients.Completion {
        private final int slot;
        private int turn;
        private long startedNs;

        Slot(int slot) {
            this.slot = slot;
        }

        void next() {
            if (left.getAndDecrement() <= 0) {
                over.countDown();
                return;
            }
            int member = (outstanding < Contender.MEMBERS ? slot + turn : slot) % Contender.MEMBERS;
            turn = (turn + 1) % Contender.MEMBERS;
            startedNs = Ticks.now();
            clients.start(operation, slot, member, numbers.next(), this);
        }

        @Override
        public void ended(@Nullable Throwable failed) {
            long now = Ticks.now();
            if (failed != null) {
                failure.compareAndSet(null, failed);
                over.countDown();
                return;
            }
            synchronized (latencies) {
                latencies.recordValue(now - startedNs);
            }
            if (now < until && failure.get() == null) {
                next();
            } else {
                over.countDown();
            }
        }
    }
}
