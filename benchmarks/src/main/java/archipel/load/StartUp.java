package archipel.load;

import archipel.report.Measurement;
import archipel.report.Table;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Starts of our own server on empty directories: how long until it answers, and what it then occupies. */
final class StartUp {
    private static final int STARTS = 5;
    /** Between the first answer and the look at its memory, for what goes on in the background. */
    private static final Duration SETTLE = Duration.ofMillis(500);

    private final double[] readyMs = new double[STARTS];
    private final double[] cpuMs = new double[STARTS];
    private final double[] residentMib = new double[STARTS];

    static StartUp measure(Path root, Path work, List<String> arguments) throws IOException {
        StartUp result = new StartUp();
        // The first start may have to build the server, and brings its files into the page cache.
        OwnServer.start(root, work.resolve("start-warm"), work.resolve("server.log"), arguments)
                .close();
        for (int i = 0; i < STARTS; i++) {
            Path data = work.resolve("start-" + i);
            try (OwnServer server = OwnServer.start(root, data, work.resolve("server.log"), arguments)) {
                result.readyMs[i] = server.ready().toNanos() / 1e6;
                result.cpuMs[i] = server.processes().cpuNs() / 1e6;
                Ticks.pause(SETTLE);
                result.residentMib[i] = server.processes().residentBytes() / 1048576.0;
            }
        }
        return result;
    }

    /** Adds its rows to a table of name, unit, lowest, median and highest value. */
    void addTo(Table table) {
        row(table, "ready after start", "ms", readyMs);
        row(table, "processor time until ready", "ms", cpuMs);
        row(table, "resident after start", "MiB", residentMib);
    }

    private static void row(Table table, String name, String unit, double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        table.row(
                name,
                unit,
                Integer.toString(sorted.length),
                Measurement.number(sorted[0]),
                Measurement.number(sorted[sorted.length / 2]),
                Measurement.number(sorted[sorted.length - 1]));
    }
}
