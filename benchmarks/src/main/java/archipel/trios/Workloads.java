package archipel.trios;

import archipel.report.Round;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** What is done with one running ensemble: its clients, and which numbers were used. */
final class Workloads implements AutoCloseable {
    /** Values that reads ask for. */
    private static final int VALUES = 10_000;

    private final Contender contender;
    private final Clients clients;
    private final AtomicLong next = new AtomicLong(VALUES);
    private boolean filled;

    private Workloads(Contender contender, Clients clients) {
        this.contender = contender;
        this.clients = clients;
    }

    static Workloads of(Contender contender) throws IOException {
        return new Workloads(contender, contender.connect());
    }

    Round run(Operation operation, int outstanding, Duration duration) throws IOException {
        if (needsValues(operation) && !filled) {
            AsyncLoop.fill(clients, VALUES);
            filled = true;
        }
        SplittableRandom random = new SplittableRandom(outstanding);
        AsyncLoop.Numbers numbers = needsValues(operation) ? () -> any(random) : next::getAndIncrement;
        return AsyncLoop.run(clients, contender.processes(), operation, outstanding, numbers, duration);
    }

    private static long any(SplittableRandom random) {
        synchronized (random) {
            return random.nextInt(VALUES);
        }
    }

    private static boolean needsValues(Operation operation) {
        return operation.isRead() || operation == Operation.OVERWRITE;
    }

    @Override
    public void close() throws IOException {
        clients.close();
    }
}
