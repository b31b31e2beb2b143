package archipel.trios;

import archipel.report.Measurement;
import archipel.report.ProcessTree;
import archipel.report.Round;
import archipel.report.Table;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** What a member that was just restarted does, second by second, beside what it did before. */
final class RestartedMember {
    private static final String DATABASE = "load";
    private static final int OUTSTANDING = 16;
    private static final int VALUES = 10_000;
    private static final int SECONDS = 10;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration WARM_UP = Duration.ofSeconds(30);
    private static final Duration WARM = Duration.ofSeconds(5);
    private static final List<Operation> OPERATIONS =
            List.of(Operation.WRITE, Operation.LINEARIZABLE_READ, Operation.STALE_READ);

    private final AtomicLong next = new AtomicLong(VALUES);

    String measure(Path root, EnsembleDriver.Place place) throws IOException {
        return place.inDirectory(directory -> {
            try (Trio trio = Trio.start(root, directory, "")) {
                return measure(trio);
            }
        });
    }

    private String measure(Trio trio) throws IOException {
        trio.makeDatabase(DATABASE);
        try (HttpClients clients =
                new HttpClients(trio.nodes().stream().map(node -> node.target()).toList(), DATABASE)) {
            Readiness.await(clients, () -> {});
            AsyncLoop.fill(clients, VALUES);
        }
        String[] head = new String[SECONDS + 2];
        head[0] = "at one member";
        head[1] = "warm/s";
        for (int second = 1; second <= SECONDS; second++) {
            head[second + 1] = "s " + second;
        }
        Table table = new Table(1, head);
        for (Operation operation : OPERATIONS) {
            String[] row = new String[SECONDS + 2];
            row[0] = operation.title();
            double warm = warm(trio, operation);
            row[1] = Measurement.number(warm);
            List<Double> seconds = afterRestart(trio, operation);
            for (int second = 0; second < SECONDS; second++) {
                row[second + 2] = String.format(Locale.ROOT, "%.2f", seconds.get(second) / warm);
            }
            table.row(row);
        }
        return "## A member that was just restarted\n" + OUTSTANDING
                + " outstanding, all at that member; warm is after "
                + WARM_UP.toSeconds()
                + " s of the same. Then it is stopped in order and started again; the seconds are "
                + "counted from when it first answers such a request, as parts of what it did when warm.\n\n" + table;
    }

    /** Clients of one member alone, as often as the loop wants members. */
    private static HttpClients clients(Trio trio, int node) throws IOException {
        return new HttpClients(
                Collections.nCopies(Contender.MEMBERS, trio.node(node).target()), DATABASE);
    }

    private Round run(Trio trio, HttpClients clients, Operation operation, Duration duration) throws IOException {
        AtomicLong read = new AtomicLong();
        AsyncLoop.Numbers numbers =
                operation.isRead() ? () -> read.getAndIncrement() * 7919 % VALUES : next::getAndIncrement;
        List<ProcessTree> processes = List.of(trio.node(1).processes());
        return AsyncLoop.run(clients, processes, operation, OUTSTANDING, numbers, duration);
    }

    private double warm(Trio trio, Operation operation) throws IOException {
        try (HttpClients clients = clients(trio, 1)) {
            run(trio, clients, operation, WARM_UP);
            return perSecond(run(trio, clients, operation, WARM));
        }
    }

    private static double perSecond(Round round) {
        return round.units() * 1e9 / round.elapsedNs();
    }

    private List<Double> afterRestart(Trio trio, Operation operation) throws IOException {
        trio.node(1).close();
        trio.restart(1);
        List<Double> seconds = new ArrayList<>();
        try (HttpClients clients = clients(trio, 1)) {
            Readiness.awaitOne(clients, 1, operation, operation.isRead() ? 0 : next.getAndAdd(10_000));
            for (int second = 0; second < SECONDS; second++) {
                seconds.add(perSecond(run(trio, clients, operation, SECOND)));
            }
        }
        Ticks.pause(SECOND);
        return seconds;
    }
}
