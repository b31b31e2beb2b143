package archipel.trios;

import archipel.load.DocumentRequest;
import archipel.load.Documents;
import archipel.rawhttp.BodySink;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Round;
import archipel.report.Ticks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Writes at a fixed rate, far below what can be done, each counted from when it was due: so that what slows them shows
 * in their latency.
 */
final class SteadyWrites implements AutoCloseable {
    private static final int SERIES = 7;

    private final List<Thread> threads = new ArrayList<>();
    private final Duration apart;
    private Histogram latencies = Round.histogram();
    private volatile boolean over;
    private volatile @Nullable IOException failure;

    /** @param apart how long after the other two writes at one target begin */
    SteadyWrites(List<HttpTarget> targets, String database, Duration apart) {
        this.apart = apart;
        for (int i = 0; i < targets.size(); i++) {
            HttpTarget target = targets.get(i);
            int series = SERIES + i;
            threads.add(Thread.ofPlatform().daemon().start(() -> write(target, database, series)));
        }
    }

    private void write(HttpTarget target, String database, int series) {
        Documents documents = new Documents(series);
        DocumentRequest request = DocumentRequest.put(target, database);
        try (HttpConnection connection = target.connect()) {
            long due = Ticks.now();
            for (long index = 0; !over; index++) {
                int status = connection.exchange(request.of(series, index, documents), BodySink.DISCARD);
                if (status != 201) {
                    throw new UnexpectedAnswerException("PUT", status + " instead of 201", "");
                }
                long now = Ticks.now();
                synchronized (this) {
                    latencies.recordValue(now - due);
                }
                due += apart.toNanos();
                if (due > now) {
                    Ticks.pause(Duration.ofNanos(due - now));
                }
            }
        } catch (IOException failed) {
            failure = failed;
        }
    }

    /** Those since this was last called. */
    synchronized Histogram take() throws IOException {
        IOException failed = failure;
        if (failed != null) {
            throw failed;
        }
        Histogram taken = latencies;
        latencies = Round.histogram();
        return taken;
    }

    @Override
    public void close() {
        over = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
