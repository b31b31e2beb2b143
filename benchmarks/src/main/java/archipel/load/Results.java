package archipel.load;

import archipel.report.Measurement;
import archipel.report.Table;
import java.util.List;

/** The tables of a run: one server's figures, or two servers' beside each other. */
final class Results {
    private Results() {}

    /** One row for each workload. */
    static Table single(List<List<Measurement>> rows) {
        Table table = new Table(
                1,
                "workload",
                "n",
                "per second",
                "unit",
                "p50 ms",
                "p95 ms",
                "p99 ms",
                "max ms",
                "server µs/unit",
                "client µs/unit",
                "notes");
        for (List<Measurement> row : rows) {
            Measurement one = row.getFirst();
            table.row(
                    one.name(),
                    one.count(),
                    Measurement.number(one.perSecond()),
                    one.unit(),
                    one.milliseconds(50),
                    one.milliseconds(95),
                    one.milliseconds(99),
                    one.milliseconds(100),
                    one.serverMicros(),
                    one.clientMicros(),
                    one.notes());
        }
        return table;
    }

    /** One row for each workload, with both servers' throughput, its ratio, latencies and processor time. */
    static Table pair(List<List<Measurement>> rows) {
        Table table = new Table(
                1,
                "workload",
                "unit/s",
                "A",
                "B",
                "A : B",
                "A p50/p95/p99 ms",
                "B p50/p95/p99 ms",
                "A µs/unit",
                "B µs/unit",
                "notes");
        for (List<Measurement> row : rows) {
            Measurement a = row.getFirst();
            Measurement b = row.getLast();
            table.row(
                    a.name(),
                    a.unit(),
                    Measurement.number(a.perSecond()),
                    Measurement.number(b.perSecond()),
                    Measurement.number(a.perSecond() / b.perSecond()),
                    percentiles(a),
                    percentiles(b),
                    a.serverMicros(),
                    b.serverMicros(),
                    a.notes().isEmpty() ? "" : "A: " + a.notes() + "; B: " + b.notes());
        }
        return table;
    }

    private static String percentiles(Measurement one) {
        return one.milliseconds(50) + " / " + one.milliseconds(95) + " / " + one.milliseconds(99);
    }
}
