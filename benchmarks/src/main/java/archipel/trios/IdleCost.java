package archipel.trios;

import archipel.load.OwnServer;
import archipel.rawhttp.BodySink;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Measurement;
import archipel.report.ProcessTree;
import archipel.report.Table;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What an ensemble with many databases costs while nothing happens. */
final class IdleCost {
    /** For what goes on after the databases were made. */
    private static final Duration SETTLE = Duration.ofSeconds(20);

    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final byte[] DOCUMENT = "{\"n\":1}".getBytes(StandardCharsets.US_ASCII);

    private final int databases;

    IdleCost(int databases) {
        this.databases = databases;
    }

    String measure(Path root, EnsembleDriver.Place place) throws IOException {
        return place.inDirectory(directory -> {
            try (Trio trio = Trio.start(root, directory, "")) {
                trio.makeDatabase(name(0));
                double seconds = fill(trio);
                Ticks.pause(SETTLE);
                List<Long> before = cpu(trio);
                Ticks.pause(IDLE);
                List<Long> after = cpu(trio);
                Table table = new Table(1, "member", "processor ms/min", "resident MiB", "peak MiB");
                for (int node = 0; node < Trio.NODES; node++) {
                    ProcessTree processes = trio.node(node).processes();
                    table.row(
                            "n" + node,
                            Measurement.number((after.get(node) - before.get(node)) / 1e6),
                            Measurement.number(processes.residentBytes() / 1048576.0),
                            Measurement.number(processes.peakBytes() / 1048576.0));
                }
                return String.format(
                        Locale.ROOT,
                        "## Idle, with %,d databases of one document%n"
                                + "Made in %.1f s; then %d s without a request.%n%n%s",
                        databases,
                        seconds,
                        IDLE.toSeconds(),
                        table);
            }
        });
    }

    private double fill(Trio trio) throws IOException {
        long began = Ticks.now();
        HttpTarget target = trio.node(0).target();
        try (HttpConnection connection = target.connect()) {
            for (int i = 0; i < databases; i++) {
                if (i > 0) {
                    put(connection, target.request("PUT", "/" + name(i)));
                }
                put(connection, target.request("PUT", "/" + name(i) + "/first", DOCUMENT));
            }
        }
        return (Ticks.now() - began) / 1e9;
    }

    private static String name(int index) {
        return "idle-" + index;
    }

    private static void put(HttpConnection connection, byte[] request) throws IOException {
        int status = connection.exchange(ByteBuffer.wrap(request), BodySink.DISCARD);
        if (status != 201) {
            throw new UnexpectedAnswerException("PUT", status + " instead of 201", "");
        }
    }

    private static List<Long> cpu(Trio trio) {
        List<Long> used = new ArrayList<>();
        for (OwnServer node : trio.nodes()) {
            used.add(node.processes().cpuNs());
        }
        return used;
    }
}
