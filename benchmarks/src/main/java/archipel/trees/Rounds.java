package archipel.trees;

import archipel.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was measured in all rounds, by what it is and of which system. For one thread. */
final class Rounds {
    private final Map<String, Map<String, List<Latencies>>> rows = new LinkedHashMap<>();

    /** One round of one system. */
    void add(String what, String system, Latencies taken) {
        rows.computeIfAbsent(what, _ -> new LinkedHashMap<>())
                .computeIfAbsent(system, _ -> new ArrayList<>())
                .add(taken);
    }

    /** A row of each, over all its rounds; the last column says how much these differ. */
    @Override
    public String toString() {
        Table table = new Table(
                2, "what", "system", "count", "p50 ms", "p90 ms", "p99 ms", "max ms", "p50 of each round, ms");
        rows.forEach((what, systems) -> systems.forEach((system, rounds) -> {
            Latencies all = new Latencies();
            rounds.forEach(all::addAll);
            table.row(
                    what,
                    system,
                    Integer.toString(all.count()),
                    all.milliseconds(0.5),
                    all.milliseconds(0.9),
                    all.milliseconds(0.99),
                    all.milliseconds(1),
                    String.join(
                            "; ",
                            rounds.stream().map(one -> one.milliseconds(0.5)).toList()));
        }));
        return table.toString();
    }
}
