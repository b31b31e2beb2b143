package archipel.load;

import archipel.report.Measurement;
import archipel.report.Round;
import archipel.report.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * Whether costs grow with the database: one data directory of our own server, filled to one size after the other, and
 * at each the node's opening and every {@link GrowthProbe}.
 */
final class GrowthRun {
    private static final int OPENINGS = 3;
    private final Path root;
    private final Path data;
    private final Path log;
    private final List<String> arguments;
    private final Schedule schedule;

    GrowthRun(Path root, Path work, List<String> arguments, Schedule schedule) {
        this.root = root;
        this.data = work.resolve("data");
        this.log = work.resolve("server.log");
        this.arguments = arguments;
        this.schedule = schedule;
    }

    /** @param sizes in documents, ascending, thousands */
    Table run(List<Integer> sizes) throws IOException {
        Table table = new Table(
                2,
                "documents",
                "what",
                "n",
                "per second",
                "p50 ms",
                "p95 ms",
                "p99 ms",
                "max ms",
                "server µs",
                "notes");
        int filled = 0;
        for (int size : sizes) {
            if (size % BulkRequest.DOCUMENTS != 0 || size <= filled) {
                throw new IllegalArgumentException("--growth takes ascending thousands, not " + size);
            }
            System.err.println("… filling up to " + size + " documents");
            row(table, size, "filling by _bulk_docs", fill(filled, size));
            filled = size;
            System.err.println("… measuring at " + size + " documents");
            row(table, size, "start after a stop", openings(size, true));
            row(table, size, "start after a kill", openings(size, false));
            try (OwnServer server = open();
                    Subject subject = subject(server, size)) {
                // All once unmeasured, so that what they share has been compiled before the first of them counts.
                for (GrowthProbe probe : GrowthProbe.values()) {
                    probe.open(subject).run(schedule.warmup());
                }
                for (GrowthProbe probe : GrowthProbe.values()) {
                    row(
                            table,
                            size,
                            probe.description(),
                            schedule.run(probe, List.of(subject), Schedule.Recorder.NONE)
                                    .getFirst());
                }
            }
        }
        return table;
    }

    private OwnServer open() throws IOException {
        return OwnServer.start(root, data, log, arguments);
    }

    private static Subject subject(OwnServer server, int documents) {
        return new Subject("A", server.target(), server.processes(), "", documents);
    }

    /** The whole filling as one operation. */
    private Measurement fill(int from, int to) throws IOException {
        Measurement filling = new Measurement("fill", "docs");
        try (OwnServer server = open();
                Subject subject = subject(server, to)) {
            if (from == 0) {
                subject.target().call(201, "PUT", "/" + GrowthProbe.DATABASE);
            }
            RoundClock clock = new RoundClock(subject);
            subject.fill(GrowthProbe.DATABASE, from, to);
            Histogram latencies = Round.histogram();
            latencies.recordValue(clock.elapsedNs());
            filling.add(clock.end(latencies, to - from));
            filling.note(Measurement.number(subject.residentBytes() / 1048576.0) + " MiB resident");
        }
        return filling;
    }

    /** Opening a node, after a stop in order or a kill, until it answers; and that it then has what was written. */
    private Measurement openings(int size, boolean orderly) throws IOException {
        Measurement opening = new Measurement("start", "starts");
        for (int i = 0; i < OPENINGS; i++) {
            String written = "/" + GrowthProbe.DATABASE + "/last-" + size + "-" + i + orderly;
            OwnServer before = open();
            before.target().call(201, "PUT", written, "{}".getBytes(StandardCharsets.US_ASCII));
            if (orderly) {
                before.close();
            } else {
                before.kill();
            }
            try (OwnServer server = open()) {
                Histogram latencies = Round.histogram();
                long ready = server.ready().toNanos();
                latencies.recordValue(ready);
                opening.add(new Round(latencies, 1, ready, server.processes().cpuNs(), 0, 0));
                server.target().call(200, "GET", written);
                server.target().call(200, "GET", "/growth/" + Documents.id(Subject.READ_SERIES, size - 1));
            }
        }
        return opening;
    }

    private static void row(Table table, int size, String what, Measurement measured) {
        table.row(
                String.format(Locale.ROOT, "%,d", size),
                what,
                measured.count(),
                Measurement.number(measured.perSecond()),
                measured.milliseconds(50),
                measured.milliseconds(95),
                measured.milliseconds(99),
                measured.milliseconds(100),
                measured.serverMicros(),
                measured.notes());
    }
}
