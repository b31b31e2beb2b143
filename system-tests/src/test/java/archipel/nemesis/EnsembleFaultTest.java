package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * An ensemble of processes is one store for its clients while its nodes are killed, stopped, cut off from each other
 * and slowed down, and their clocks jump: what they saw is linearizable, nothing that was acknowledged is lost, and all
 * nodes have the same chain.
 */
@Isolated // Whoever takes the processors for a second makes elections.
final class EnsembleFaultTest {
    private static final long SEED = Long.getLong("seed", 1);
    private static final int SECONDS = Integer.getInteger("nemesis.seconds", 20);
    private static final int SOAK_SECONDS = Integer.getInteger("nemesis.soak.seconds", 600);
    private static final int SOAK_SEEDS = Integer.getInteger("seed.runs", 6);
    private static final int LONGEST_MS = Integer.getInteger("nemesis.longest", 2_500);

    @TempDir
    private Path directory;

    @Test
    void threeNodes_throughFaultsOfAllKinds_areOneStore() throws Exception {
        try (Network network = Network.make(3)) {
            run(SEED, network, 3, SECONDS);
        }
    }

    @Test
    @Tag("soak")
    void fiveNodesOnOneHost_throughFaultsOfManySeeds_areOneStore() throws Exception {
        for (long seed = SEED; seed < SEED + SOAK_SEEDS; seed++) {
            try (Network network = new LoopbackNetwork(5)) {
                run(seed, network, 5, SOAK_SECONDS);
            }
        }
    }

    @Test
    @Tag("soak")
    void fiveNodesOnHostsOfTheirOwn_throughFaultsOfManySeeds_areOneStore() throws Exception {
        for (long seed = SEED; seed < SEED + SOAK_SEEDS; seed++) {
            try (Network network = new HostNetwork(5)) {
                run(seed, network, 5, SOAK_SECONDS);
            }
        }
    }

    private void run(long seed, Network network, int nodes, int seconds) throws Exception {
        System.out.println("nemesis: seed " + seed + "; once more by ./dev replay EnsembleFaultTest " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        try (NodeClient client = new NodeClient();
                EnsembleFleet fleet = new EnsembleFleet(network, client)) {
            fleet.startOnDisks(directory.resolve("seed" + seed + "-" + nodes), nodes, options -> options);
            create(client);
            Clients clients = new Clients(client);
            try (clients) {
                clients.begin(2, random.split());
                new Nemesis(fleet, random, LONGEST_MS).run(Duration.ofSeconds(seconds), clients::nextRound);
            }
            new Proof(client, clients).check();
            fleet.stopAndCheck();
        } catch (Exception | AssertionError failed) {
            throw new AssertionError("failed with seed " + seed, failed);
        }
    }

    private static void create(NodeClient client) throws IOException {
        assertEquals(
                201,
                client.send(0, "PUT", "/" + Clients.DATABASE, "", Duration.ofSeconds(20))
                        .status());
    }
}
