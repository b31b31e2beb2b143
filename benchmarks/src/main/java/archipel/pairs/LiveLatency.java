package archipel.pairs;

import archipel.load.Documents;
import archipel.rawhttp.BodySink;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Measurement;
import archipel.report.Round;
import archipel.report.Table;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/**
 * How long it takes from a {@code PUT} at one server until a continuous feed of the other shows it. Requests are sent
 * when they are due, and the time counts from then on: a server that falls behind does not slow the clock.
 */
final class LiveLatency {
    private static final Duration MOST_BEHIND = Duration.ofMinutes(3);
    private static final int PER_CONNECTION = 50;

    private final Table table = new Table(
            1,
            "servers",
            "PUTs/s",
            "n",
            "PUT p50 ms",
            "PUT p99 ms",
            "visible p50 ms",
            "visible p99 ms",
            "visible max ms",
            "source CPU",
            "target CPU");
    private final Documents documents = new Documents(3);

    Table table() {
        return table;
    }

    /** The pair replicates by itself, or is brought to. */
    void run(String servers, Pair pair, int rate, Duration duration) throws IOException {
        String database = "live-" + rate;
        pair.make(database);
        pair.source().call(201, "PUT", "/" + database + "/first", Pair.bytes("{}"));
        pair.follow(database);
        pair.awaitDocuments(database, 1, MOST_BEHIND);
        int count = (int) (rate * duration.toSeconds());
        int connections = Math.max(1, rate / PER_CONNECTION);
        Histogram answered = Round.histogram();
        Histogram visible = Round.histogram();
        // Both servers compile for a while: a tenth goes by first.
        int unmeasured = count / 10;
        try (Arrivals arrivals = Arrivals.of(pair.target(), database, count);
                ExecutorService clients = Executors.newFixedThreadPool(connections)) {
            long start = Ticks.now() + Duration.ofMillis(100).toNanos();
            long[] due = new long[count];
            long[] done = new long[count];
            for (int i = 0; i < count; i++) {
                due[i] = start + i * 1_000_000_000L / rate;
            }
            Stretch stretch = new Stretch(pair);
            List<Future<?>> writing = new ArrayList<>();
            for (int c = 0; c < connections; c++) {
                int first = c;
                writing.add(clients.submit(() -> {
                    write(pair.source(), database, due, done, first, connections);
                    return true;
                }));
            }
            join(writing);
            arrivals.await(count, MOST_BEHIND);
            Stretch.Passed passed = stretch.end();
            for (int i = unmeasured; i < count; i++) {
                answered.recordValue(done[i] - due[i]);
                visible.recordValue(Math.max(0, arrivals.at(i) - due[i]));
            }
            row(servers, rate, answered, visible, passed);
        }
    }

    private void write(HttpTarget target, String database, long[] due, long[] done, int first, int step)
            throws IOException {
        try (HttpConnection connection = target.connect()) {
            for (int i = first; i < due.length; i += step) {
                byte[] body = documents.body(i);
                ByteBuffer request =
                        ByteBuffer.wrap(target.request("PUT", "/" + database + "/" + RowNumbers.id(i), body));
                Ticks.pause(Duration.ofNanos(due[i] - Ticks.now()));
                int status = connection.exchange(request, BodySink.DISCARD);
                done[i] = Ticks.now();
                if (status != 201) {
                    throw new UnexpectedAnswerException("PUT", status + " instead of 201", "");
                }
            }
        }
    }

    private static void join(List<Future<?>> writing) throws IOException {
        for (Future<?> one : writing) {
            try {
                one.get();
            } catch (ExecutionException failed) {
                throw new IOException(String.valueOf(failed.getMessage()), failed);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", interrupted);
            }
        }
    }

    private void row(String servers, int rate, Histogram answered, Histogram visible, Stretch.Passed passed) {
        table.row(
                servers,
                Integer.toString(rate),
                String.format(Locale.ROOT, "%,d", visible.getTotalCount()),
                ms(answered, 50),
                ms(answered, 99),
                ms(visible, 50),
                ms(visible, 99),
                ms(visible, 100),
                percent(passed.sourceNs(), passed.elapsedNs()),
                percent(passed.targetNs(), passed.elapsedNs()));
    }

    static String ms(Histogram histogram, double percentile) {
        return Measurement.number(histogram.getValueAtPercentile(percentile) / 1e6);
    }

    private static String percent(long cpuNs, long elapsedNs) {
        return Math.round(100.0 * cpuNs / elapsedNs) + "%";
    }
}
