package archipel.nemesis;

import archipel.cluster.LoopbackPort;
import archipel.cluster.ServerOptions;
import archipel.nemesis.Nemesis.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Locks, elections, fences, topics and the tree of an ensemble keep their promises while its nodes are killed, stopped,
 * cut off from each other and slowed down, and their clocks jump.
 */
@Isolated // Whoever takes the processors for a second makes elections.
final class CoordinationFaultTest {
    private static final long SEED = Long.getLong("seed", 1);
    /** The faults that end sessions, make two nodes take themselves for the leader, and set clocks wrong. */
    private static final List<Fault> SLICE =
            List.of(Fault.KILL_LEADER, Fault.FREEZE_LEADER, Fault.CUT_LEADER, Fault.CLOCKS_FLICKER);

    private static final int SECONDS = Integer.getInteger("nemesis.seconds", 120);
    private static final int SOAK_SECONDS = Integer.getInteger("nemesis.soak.seconds", 600);
    private static final int SOAK_SEEDS = Integer.getInteger("seed.runs", 6);
    private static final int LONGEST_MS = Integer.getInteger("nemesis.longest", 2_500);
    /** The workloads to run, by name. */
    private static final String WORKLOADS =
            System.getProperty("nemesis.workloads", "LOCKS,TREE,MUTEXES,TOPICS,OBJECTS");

    @TempDir
    private Path directory;

    @Test
    void threeNodes_throughFaultsOfTheirLeaderAndClocks_keepTheirPromises() throws Exception {
        try (Network network = Network.make(3)) {
            run(SEED, network, 3, (nemesis, between) -> nemesis.run(SLICE, between));
        }
    }

    @Test
    @Tag("soak")
    void threeNodes_throughFaultsOfAllKinds_keepTheirPromises() throws Exception {
        try (Network network = Network.make(3)) {
            run(SEED, network, 3, lasting(SECONDS));
        }
    }

    @Test
    @Tag("soak")
    void fiveNodesOnOneHost_throughFaultsOfManySeeds_keepTheirPromises() throws Exception {
        for (long seed = SEED; seed < SEED + SOAK_SEEDS; seed++) {
            try (Network network = new LoopbackNetwork(5)) {
                run(seed, network, 5, lasting(SOAK_SECONDS));
            }
        }
    }

    @Test
    @Tag("soak")
    void fiveNodesOnHostsOfTheirOwn_throughFaultsOfManySeeds_keepTheirPromises() throws Exception {
        for (long seed = SEED; seed < SEED + SOAK_SEEDS; seed++) {
            try (Network network = new HostNetwork(5)) {
                run(seed, network, 5, lasting(SOAK_SECONDS));
            }
        }
    }

    /** What goes wrong in a run. */
    @FunctionalInterface
    private interface Course {
        void run(Nemesis nemesis, Runnable between) throws Exception;
    }

    private static Course lasting(int seconds) {
        return (nemesis, between) -> nemesis.run(Duration.ofSeconds(seconds), between);
    }

    private void run(long seed, Network network, int nodes, Course course) throws Exception {
        System.out.println("nemesis: seed " + seed + "; once more by ./dev replay CoordinationFaultTest " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<String> trees = new ArrayList<>();
        try (NodeClient client = new NodeClient();
                EnsembleFleet fleet = new EnsembleFleet(network, client)) {
            fleet.startOnDisks(
                    directory.resolve("seed" + seed + "-" + nodes), nodes, options -> options(options, network, trees));
            List<Workload> workloads = Stream.of(WORKLOADS.split(","))
                    .map(name -> workload(name, fleet, client, trees))
                    .toList();
            try {
                for (Workload workload : workloads) {
                    workload.begin(random.split());
                }
                course.run(new Nemesis(fleet, random, LONGEST_MS), () -> workloads.forEach(Workload::nextRound));
            } finally {
                for (Workload workload : workloads) {
                    workload.close();
                }
            }
            for (Workload workload : workloads) {
                workload.check();
            }
            fleet.stopAndCheck();
        } catch (Exception | AssertionError failed) {
            throw new AssertionError("failed with seed " + seed, failed);
        }
    }

    private static Workload workload(String name, EnsembleFleet fleet, NodeClient client, List<String> trees) {
        return switch (name) {
            case "LOCKS" -> new LockWorkload(client);
            case "TOPICS" -> new TopicWorkload(fleet, client);
            case "TREE" -> new TreeWorkload(trees);
            case "MUTEXES" -> new MutexWorkload(trees, client);
            case "OBJECTS" -> new CounterWorkload(fleet);
            default -> throw new IllegalArgumentException("there is no workload " + name);
        };
    }

    /** @param trees gets the addresses for ZooKeeper's clients, one for each node */
    private static ServerOptions options(ServerOptions options, Network network, List<String> trees) {
        try {
            int node = trees.size();
            int port = LoopbackPort.free();
            trees.add(network.place(node).address() + ":" + port);
            return options.with("coordination_port", Integer.toString(port))
                    .with("coordination_open", "yes")
                    .with("coordination_tick_ms", "400")
                    .with("coordination_least_timeout_ms", "500");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
