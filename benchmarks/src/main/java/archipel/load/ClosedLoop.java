package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.report.Round;
import archipel.report.Ticks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.HdrHistogram.Histogram;

/**
 * Some connections, each in a thread of its own, each sending its next request when it has the answer to the last. The
 * threads are the platform's: one that blocks in the kernel's read costs less than a virtual one that is parked.
 */
final class ClosedLoop {
    /** So that a run ends by count where time is not what limits it. */
    private static final long MOST_OPERATIONS = 5_000_000;

    private ClosedLoop() {}

    /** One connection's work. */
    interface Client {
        /** One operation, sent and answered; returns the units it came to. */
        double operate(HttpConnection connection) throws IOException;
    }

    /** Runs all clients, each on a new connection, for so long, and watches that none of them hangs. */
    static Round run(Subject subject, List<? extends Client> clients, Duration duration) throws IOException {
        List<HttpConnection> connections = new ArrayList<>();
        try (Deadline deadline = subject.deadline(duration)) {
            for (int i = 0; i < clients.size(); i++) {
                connections.add(deadline.closes(subject.target().connect()));
            }
            return measure(subject, clients, connections, duration);
        } finally {
            for (HttpConnection connection : connections) {
                connection.close();
            }
        }
    }

    private static Round measure(
            Subject subject, List<? extends Client> clients, List<HttpConnection> connections, Duration duration)
            throws IOException {
        List<FutureTask<Part>> parts = new ArrayList<>();
        RoundClock clock = new RoundClock(subject);
        long until = clock.startNs() + duration.toNanos();
        for (int i = 0; i < clients.size(); i++) {
            Client client = clients.get(i);
            HttpConnection connection = connections.get(i);
            FutureTask<Part> part = new FutureTask<>(() -> loop(client, connection, until));
            parts.add(part);
            Thread.ofPlatform().name("load-" + i).daemon().start(part);
        }
        Histogram latencies = Round.histogram();
        double units = 0;
        for (FutureTask<Part> part : parts) {
            Part done = await(part);
            latencies.add(done.latencies);
            units += done.units;
        }
        return clock.end(latencies, units);
    }

    private static Part loop(Client client, HttpConnection connection, long until) throws IOException {
        Histogram latencies = Round.histogram();
        double units = 0;
        long before = Ticks.now();
        do {
            units += client.operate(connection);
            long after = Ticks.now();
            latencies.recordValue(after - before);
            before = after;
        } while (before < until && latencies.getTotalCount() < MOST_OPERATIONS);
        return new Part(latencies, units);
    }

    private static Part await(FutureTask<Part> part) throws IOException {
        try {
            return part.get();
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            if (cause instanceof IOException || cause instanceof UncheckedIOException) {
                throw new IOException(cause.getMessage(), cause);
            }
            throw new IllegalStateException(cause);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private record Part(Histogram latencies, double units) {}
}
