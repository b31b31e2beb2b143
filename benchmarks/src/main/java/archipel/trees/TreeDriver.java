package archipel.trees;

import archipel.load.WorkDirectory;
import archipel.report.KnownFailures;
import archipel.report.Machine;
import archipel.report.ProcessTree;
import archipel.report.Ticks;
import archipel.trios.TreeServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.zookeeper.CreateMode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line: what clients of ZooKeeper wait for, at our tree and at ZooKeeper, in turn. */
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
    private static final int CHANGED_NODES = 20;
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

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "how often each part is measured of each system, the systems in turn: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(
            names = "--warmup",
            defaultValue = "2000",
            description = "changes before those measured in a round: ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(
            names = "--changes",
            defaultValue = "1000",
            description = "watch, lock: how many in a round: ${DEFAULT-VALUE}")
    private int changes;

    @Option(names = "--contenders", defaultValue = "9", description = "lock: how many: ${DEFAULT-VALUE}")
    private int contenders;

    @Option(names = "--runs", defaultValue = "4", description = "failover: how many in a round: ${DEFAULT-VALUE}")
    private int runs;

    @Option(names = "--sessions", defaultValue = "10000", description = "crowd: how many: ${DEFAULT-VALUE}")
    private int sessions;

    @Option(names = "--watches", defaultValue = "10", description = "crowd: of each session: ${DEFAULT-VALUE}")
    private int watches;

    @Option(names = "--out", paramLabel = "FILE", description = "write the table to a file as well")
    private @Nullable Path out;

    private final Rounds measured = new Rounds();
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
            for (int round = 0; round < rounds; round++) {
                // Every other round backwards: whatever the machine does over time is no system's alone.
                for (String system : round % 2 == 0 ? systems : systems.reversed()) {
                    System.err.println("… " + part + ", round " + (round + 1) + ", " + system + ", " + Machine.load());
                    try (WorkDirectory directory = WorkDirectory.make(root.resolve("benchmarks/target"));
                            TreeServers servers = TreeServers.start(system, root, directory.path())) {
                        measure(part, servers);
                    }
                }
            }
        }
        String report = head + measured + "\n" + crowds + Machine.load() + " at the end\n";
        System.out.println(report);
        if (out != null) {
            Files.writeString(out, report);
        }
        return 0;
    }

    private void measure(Part part, TreeServers servers) throws IOException {
        Members members = Members.await(servers.addresses());
        switch (part) {
            case watch -> watch(servers, members);
            case lock -> {
                measured.add(
                        "lock, hand-over among " + contenders,
                        servers.title(),
                        HandOver.measure(members.byRole(), contenders, warmUp, changes));
                members.requireSameLeader();
            }
            case failover -> {
                Failover.Gaps gaps = Failover.measure(servers, runs);
                measured.add("leader killed, no change of anybody", servers.title(), gaps.anybody());
                measured.add("leader killed, the client that waits longest", servers.title(), gaps.worst());
            }
            case crowd -> {
                crowd(servers, members);
                members.requireSameLeader();
            }
        }
    }

    private void watch(TreeServers servers, Members members) throws IOException {
        String leader = members.leading();
        String follower = members.following().getFirst();
        String other = members.following().getLast();
        measured.add(
                "watch, changed at the leader, told at a follower",
                servers.title(),
                WatchLatency.measure(leader, follower, "/leader", warmUp, changes));
        measured.add(
                "watch, changed at a follower, told at another",
                servers.title(),
                WatchLatency.measure(follower, other, "/follower", warmUp, changes));
        members.requireSameLeader();
    }

    private void crowd(TreeServers servers, Members members) throws IOException {
        List<String> paths =
                IntStream.range(0, WATCHED_NODES).mapToObj(i -> "/crowd/" + i).toList();
        try (TreeSession other = TreeSession.at(members.leading(), SESSION)) {
            other.create("/other", CreateMode.PERSISTENT);
            other.create("/crowd", CreateMode.PERSISTENT);
            for (String path : paths) {
                other.create(path, CreateMode.PERSISTENT);
            }
            change(other, warmUp);
            measured.add("change at the leader, nobody else", servers.title(), change(other, changes));
            long before = resident(servers);
            long began = Ticks.now();
            try (Crowd crowd = Crowd.open(members.byRole(), sessions, watches, paths)) {
                double seconds = (Ticks.now() - began) / 1e9;
                measured.add(
                        "change at the leader beside " + sessions + " sessions",
                        servers.title(),
                        change(other, changes));
                long after = resident(servers);
                int watching = sessions * watches / WATCHED_NODES;
                Latencies told = new Latencies();
                for (String path : paths.subList(0, CHANGED_NODES)) {
                    told.add(tell(other, crowd, path, watching));
                }
                measured.add("change told to " + watching + " watches", servers.title(), told);
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

    /** Changes a node. @return nanoseconds until the last watch was told */
    private static long tell(TreeSession writer, Crowd crowd, String path, int watching) throws IOException {
        int before = crowd.told();
        long changed = Ticks.now();
        writer.ask(client -> client.setData(path, new byte[10], -1));
        while (crowd.told() < before + watching) {
            if (Ticks.now() - changed > SESSION.toNanos()) {
                throw new IOException(crowd.told() - before + " watches of " + watching + " were told of " + path);
            }
            Ticks.pause(Duration.ofMillis(1));
        }
        return crowd.toldNs() - changed;
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
