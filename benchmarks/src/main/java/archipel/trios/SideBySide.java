package archipel.trios;

import archipel.report.Measurement;
import archipel.report.Round;
import archipel.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The same operations on one system after the other, in rounds, each round with new processes on empty directories:
 * first right after the start, then warm.
 */
final class SideBySide {
    private final Lengths lengths;
    private final List<Row> rows;
    /** By row and system. */
    private final Map<Row, Map<String, Result>> results = new LinkedHashMap<>();

    SideBySide(Lengths lengths, List<Row> rows) {
        this.lengths = lengths;
        this.rows = rows;
    }

    /**
     * For how long each row is measured.
     *
     * @param cold zero for not at all
     * @param warmUp before each warm row
     */
    record Lengths(Duration cold, Duration warmUp, Duration warm) {}

    record Row(Operation operation, int outstanding) {}

    private record Result(Measurement cold, Measurement warm, List<String> perSecond) {
        Result(Row row) {
            this(
                    new Measurement(row.operation.title(), row.operation.unit()),
                    new Measurement(row.operation.title(), row.operation.unit()),
                    new ArrayList<>());
        }
    }

    /** Starts a system, measures it, and stops it. */
    void round(Contender.Starter starter, Path work) throws IOException {
        try (Contender contender = starter.start();
                Workloads workloads = Workloads.of(contender)) {
            List<Row> done = rows.stream()
                    .filter(row -> contender.operations().contains(row.operation))
                    .toList();
            for (Row row : lengths.cold.isZero() ? List.<Row>of() : done) {
                result(row, starter.title()).cold.add(measure(workloads, row, "cold", lengths.cold));
            }
            for (Row row : done) {
                workloads.run(row.operation, row.outstanding, lengths.warmUp);
                Round round = measure(workloads, row, "warm", lengths.warm);
                Result result = result(row, starter.title());
                result.warm.add(round);
                result.perSecond.add(Measurement.number(round.units() * 1e9 / round.elapsedNs()));
            }
        }
    }

    private Result result(Row row, String title) {
        return results.computeIfAbsent(row, key -> new TreeMap<>()).computeIfAbsent(title, key -> new Result(row));
    }

    private static Round measure(Workloads workloads, Row row, String when, Duration duration) throws IOException {
        Round round = workloads.run(row.operation, row.outstanding, duration);
        System.err.printf(
                Locale.ROOT,
                "…   %s, %d outstanding, %s: %,.0f/s%n",
                row.operation.title(),
                row.outstanding,
                when,
                round.units() * 1e9 / round.elapsedNs());
        return round;
    }

    /** All figures. */
    Table figures() {
        Table table = new Table(
                2,
                "operation",
                "system",
                "outstanding",
                "cold/s",
                "p50 ms",
                "p99 ms",
                "warm/s",
                "p50 ms",
                "p99 ms",
                "rounds/s",
                "servers µs",
                "client µs",
                "notes");
        for (Row row : rows) {
            results.getOrDefault(row, Map.of()).forEach((system, result) -> {
                Measurement cold = result.cold;
                Measurement warm = result.warm;
                table.row(
                        row.operation.title(),
                        system,
                        Integer.toString(row.outstanding),
                        perSecond(cold),
                        cold.milliseconds(50),
                        cold.milliseconds(99),
                        perSecond(warm),
                        warm.milliseconds(50),
                        warm.milliseconds(99),
                        String.join(" ", result.perSecond),
                        warm.serverMicros(),
                        warm.clientMicros(),
                        warm.notes());
            });
        }
        return table;
    }

    private static String perSecond(Measurement measurement) {
        return measurement.operations() == 0 ? "-" : Measurement.number(measurement.perSecond());
    }

    /** How many times as much ours does as the others. */
    Table ratios() {
        Table table = new Table(2, "operation", "beside", "outstanding", "cold", "warm");
        for (Row row : rows) {
            Map<String, Result> systems = results.getOrDefault(row, Map.of());
            Result own = systems.get(OwnTrio.TITLE);
            if (own != null) {
                systems.forEach((system, result) -> {
                    if (result != own) {
                        table.row(
                                row.operation.title(),
                                system,
                                Integer.toString(row.outstanding),
                                ratio(own.cold, result.cold),
                                ratio(own.warm, result.warm));
                    }
                });
            }
        }
        return table;
    }

    private static String ratio(Measurement own, Measurement other) {
        return other.operations() == 0 ? "-" : String.format(Locale.ROOT, "%.2f", own.perSecond() / other.perSecond());
    }
}
