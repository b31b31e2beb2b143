package archipel.trios;

import archipel.load.BulkRequest;
import archipel.load.Documents;
import archipel.load.OwnServer;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.MarkerCounter;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Measurement;
import archipel.report.Table;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** How long it takes until a member that comes empty has everything, and what that costs those who write meanwhile. */
final class NewMember {
    private static final String NAME = "n3";
    private static final String STEADY = "steady";
    private static final int DATABASES = 16;
    private static final Duration APART = Duration.ofMillis(20);
    private static final Duration CALM = Duration.ofSeconds(20);
    private static final Duration LONGEST = Duration.ofMinutes(30);
    private static final int SERIES = 3;

    private final Duration loading;

    /** @param loading for how long the ensemble is filled before */
    NewMember(Duration loading) {
        this.loading = loading;
    }

    String measure(Path root, EnsembleDriver.Place place) throws IOException {
        return place.inDirectory(directory -> {
            try (Trio trio = Trio.start(root, directory, "")) {
                return measure(root, trio, directory);
            }
        });
    }

    private String measure(Path root, Trio trio, Path directory) throws IOException {
        trio.makeDatabase(STEADY);
        for (int i = 0; i < DATABASES; i++) {
            trio.makeDatabase("full-" + i);
        }
        long documents = fill(trio);
        long bytes = size(directory.resolve("n0"));
        List<HttpTarget> targets = trio.nodes().stream().map(OwnServer::target).toList();
        Table table = new Table(1, "writes", "n", "p50 ms", "p99 ms", "max ms");
        double seconds;
        try (SteadyWrites writes = new SteadyWrites(targets, STEADY, APART)) {
            Ticks.pause(CALM);
            writes.take();
            Ticks.pause(CALM);
            row(table, "before", writes.take());
            seconds = add(root, trio, directory, () -> row(table, "meanwhile", writes.take()));
            Ticks.pause(CALM);
            row(table, "after", writes.take());
        }
        return String.format(
                Locale.ROOT,
                "## An empty member is added%n%,d documents in %d databases, %,d MiB in the directory of each member; "
                        + "one write every %d ms at each of the three (latency from when it was due).%n"
                        + "From the start of the new process until it has its vote in every group: "
                        + "%.1f s (%.0f MiB/s).%n%n%s",
                documents,
                DATABASES,
                bytes >> 20,
                APART.toMillis(),
                seconds,
                bytes / 1048576.0 / seconds,
                table);
    }

    private static void row(Table table, String when, Histogram latencies) {
        table.row(
                when,
                String.format(Locale.ROOT, "%,d", latencies.getTotalCount()),
                Measurement.number(latencies.getValueAtPercentile(50) / 1e6),
                Measurement.number(latencies.getValueAtPercentile(99) / 1e6),
                Measurement.number(latencies.getMaxValue() / 1e6));
    }

    private interface Then {
        void run() throws IOException;
    }

    /** @return seconds */
    private static double add(Path root, Trio trio, Path directory, Then added) throws IOException {
        long began = Ticks.now();
        try (OwnServer member = OwnServer.start(
                root,
                directory.resolve(NAME),
                directory.resolve(NAME + ".log"),
                List.of(
                        "--ensemble",
                        NAME + "=127.0.0.1:" + OwnServer.freePort(),
                        "--ensemble-join",
                        trio.node(0).target().url()))) {
            while (!isMember(trio)) {
                if (Ticks.now() - began > LONGEST.toNanos()) {
                    throw new IOException("the member does not get there:\n"
                            + trio.node(0).target().call(200, "GET", "/_ensemble"));
                }
                Ticks.pause(Duration.ofMillis(100));
            }
            double seconds = (Ticks.now() - began) / 1e9;
            member.target().call(200, "GET", "/full-0");
            added.run();
            return seconds;
        }
    }

    private static boolean isMember(Trio trio) throws IOException {
        String status = trio.node(0).target().call(200, "GET", "/_ensemble");
        int at = status.indexOf("{\"name\":\"" + NAME + "\"");
        return at >= 0
                && status.contains("\"settled\":true")
                && status.indexOf("\"state\":\"member\"", at) == status.indexOf("\"state\":", at);
    }

    /** @return documents */
    private long fill(Trio trio) throws IOException {
        long until = Ticks.now() + loading.toNanos();
        long written = 0;
        Documents documents = new Documents(SERIES);
        MarkerCounter revisions = new MarkerCounter("\"rev\":\"");
        for (int turn = 0; Ticks.now() < until; turn++) {
            HttpTarget target = trio.node(turn % Trio.NODES).target();
            BulkRequest request = new BulkRequest(target, "full-" + turn % DATABASES, documents);
            try (HttpConnection connection = target.connect()) {
                for (int i = 0; i < 10; i++) {
                    revisions.reset();
                    int status = connection.exchange(request.of(SERIES, written), revisions);
                    if (status != 201 || revisions.count() != BulkRequest.DOCUMENTS) {
                        throw new UnexpectedAnswerException("_bulk_docs", status + ", " + revisions.count(), "");
                    }
                    written += BulkRequest.DOCUMENTS;
                }
            }
        }
        return written;
    }

    private static long size(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            long bytes = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                // Compaction deletes files meanwhile.
                bytes += Files.exists(file) ? Files.size(file) : 0;
            }
            return bytes;
        }
    }
}
