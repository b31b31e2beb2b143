package archipel.trees;

import archipel.load.WorkDirectory;
import archipel.report.KnownFailures;
import archipel.report.Machine;
import archipel.report.ProcessTree;
import archipel.report.Table;
import archipel.report.Ticks;
import archipel.trios.TreeServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.zookeeper.CreateMode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line: what clients of ZooKeeper wait for, at our tree and at ZooKeeper, one after the other. */
@Command(
        name = "benchmarks/tree.sh",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        usageHelpWidth = 120,
        sortOptions = false,
        description = "Measures what ZooKeeper's clients wait for, at three processes on this machine, with fsync.")
public final class TreeDriver implements Callable<Integer> {
    private static final Duration SESSION = Duration.ofSeconds(30);
    private static final int WATCHED_NODES = 1_000;
    private static final int MEBIBYTE = 1 << 20;

    private final Path root =
            Path.of(System.getProperty("archipel.root", ".")).toAbsolutePath().normalize();

    @Option(names = "--systems", split = ",", defaultValue = "tree,zookeeper", description = "${DEFAULT-VALUE}")
    private List<String> systems = List.of();

    @Option(
            names = "--parts",
            split = ",",
            defaultValue = "watch,lock,failover,crowd",
            description = "what is measured: ${DEFAULT-VALUE}")
    private List<Part> parts = List.of();

    @Option(names = "--warmup", defaultValue = "3000", description = "changes before those measured: ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(names = "--changes", defaultValue = "3000", description = "watch, lock: how many: ${DEFAULT-VALUE}")
    private int changes;

    @Option(names = "--contenders", defaultValue = "9", description = "lock: how many: ${DEFAULT-VALUE}")
    private int contenders;

    @Option(names = "--runs", defaultValue = "10", description = "failover: how many: ${DEFAULT-VALUE}")
    private int runs;

    @Option(names = "--sessions", defaultValue = "10000", description = "crowd: how many: ${DEFAULT-VALUE}")
    private int sessions;

    @Option(names = "--watches", defaultValue = "10", description = "crowd: of each session: ${DEFAULT-VALUE}")
    private int watches;

    @Option(names = "--out", paramLabel = "FILE", description = "write the table to a file as well")
    private @Nullable Path out;

    private final Table table = new Table(2, "what", "system", "count", "p50 ms", "p90 ms", "p99 ms", "max ms");
    private final StringBuilder crowds = new StringBuilder();

    private enum Part {
        watch,
        lock,
        failover,
        crowd
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TreeDriver())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(new KnownFailures("tree", List.of(IOException.class)))
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        String head = "Archipel " + Machine.commit(root) + ", " + Machine.today() + ", " + Machine.describe() + ", "
                + Machine.load() + " at the start\n\n";
        for (Part part : parts) {
            for (String system : systems) {
                System.err.println("… " + part + ", " + system + ", " + Machine.load());
                try (WorkDirectory directory = WorkDirectory.make(root.resolve("benchmarks/target"));
                        TreeServers servers = TreeServers.start(system, root, directory.path())) {
                    Members.awaitLeader(servers.addresses());
                    measure(part, servers);
                }
            }
        }
        String report = head + table + "\n" + crowds + Machine.load() + " at the end\n";
        System.out.println(report);
        if (out != null) {
            Files.writeString(out, report);
        }
        return 0;
    }

    private void measure(Part part, TreeServers servers) throws IOException {
        List<String> addresses = servers.addresses();
        switch (part) {
            case watch ->
                row("watch, told at another member", servers, WatchLatency.measure(addresses, warmUp, changes));
            case lock ->
                row(
                        "lock, hand-over among " + contenders,
                        servers,
                        HandOver.measure(addresses, contenders, warmUp, changes));
            case failover -> {
                Failover.Gaps gaps = Failover.measure(servers, runs);
                row("leader killed, no change of anybody", servers, gaps.anybody());
                row("leader killed, the client that waits longest", servers, gaps.worst());
            }
            case crowd -> crowd(servers);
        }
    }

    private void row(String what, TreeServers servers, Latencies taken) {
        table.row(
                what,
                servers.title(),
                Integer.toString(taken.count()),
                taken.milliseconds(0.5),
                taken.milliseconds(0.9),
                taken.milliseconds(0.99),
                taken.milliseconds(1));
    }

    private void crowd(TreeServers servers) throws IOException {
        List<String> addresses = servers.addresses();
        List<String> paths =
                IntStream.range(0, WATCHED_NODES).mapToObj(i -> "/crowd/" + i).toList();
        try (TreeSession other = TreeSession.at(addresses.getFirst(), SESSION)) {
            other.create("/other", CreateMode.PERSISTENT);
            other.create("/crowd", CreateMode.PERSISTENT);
            for (String path : paths) {
                other.create(path, CreateMode.PERSISTENT);
            }
            change(other, warmUp);
            row("change, nobody else", servers, change(other, changes));
            long before = resident(servers);
            long began = Ticks.now();
            try (Crowd crowd = Crowd.open(addresses, sessions, watches, paths)) {
                double seconds = (Ticks.now() - began) / 1e9;
                row("change beside " + sessions + " sessions", servers, change(other, changes));
                long after = resident(servers);
                int watching = sessions * watches / WATCHED_NODES;
                Latencies fired = new Latencies();
                for (String path : new ArrayList<>(paths.subList(0, 20))) {
                    int toldBefore = crowd.told();
                    long changed = Ticks.now();
                    other.ask(client -> client.setData(path, new byte[10], -1));
                    while (crowd.told() < toldBefore + watching && Ticks.now() - changed < SESSION.toNanos()) {
                        Ticks.pause(Duration.ofMillis(1));
                    }
                    fired.add(crowd.toldNs() - changed);
                }
                row("change told to " + watching + " watches", servers, fired);
                crowds.append(String.format(
                        Locale.ROOT,
                        "%s: %,d sessions with %,d watches opened in %.1f s; all three processes had %,d MiB before"
                                + " and %,d MiB with them; %d connections lost%n%n",
                        servers.title(),
                        sessions,
                        sessions * watches,
                        seconds,
                        before / MEBIBYTE,
                        after / MEBIBYTE,
                        crowd.lost()));
            }
        }
    }

    private static Latencies change(TreeSession session, int count) throws IOException {
        Latencies taken = new Latencies();
        for (int i = 0; i < count; i++) {
            long began = Ticks.now();
            session.ask(client -> client.setData("/other", new byte[100], -1));
            taken.since(began);
        }
        return taken;
    }

    private static long resident(TreeServers servers) {
        return servers.processes().stream()
                .mapToLong(ProcessTree::residentBytes)
                .sum();
    }
}
