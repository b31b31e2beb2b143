package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.Hosts.Way;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Five nodes on hosts of their own that know one address each are written to while they are killed, cut off from each
 * other, frozen and moved, and are equal in the end: all databases, leaves, winners, conflicts and attachments. Says
 * for each kind of fault how long that takes.
 */
@Isolated // Six nodes take all that the machine has, and what is measured is theirs.
final class FleetTest {
    private static final int NODES = 5;
    private static final long SEED = Long.getLong("seed", 1);
    private static final int SOAK_SEEDS = Integer.getInteger("seed.runs", 25);
    private static final int STEPS = Integer.getInteger("fleet.steps", 6);
    /** The default is 10,000; silence is found out after three times as long. */
    private static final int HEARTBEAT_MS = Integer.getInteger("fleet.heartbeat", 1_000);

    private static final int PARTITION_MS = Integer.getInteger("fleet.partition", 4_000);
    private static final int INITIAL_DOCUMENTS = Integer.getInteger("fleet.initial", 2_000);
    private static final int WRITES_PER_STEP = 8;

    @TempDir
    private Path directory;

    @Test
    void nodes_throughFaultsOfAllKinds_areEqualInTheEnd() throws Exception {
        run(SEED, false);
    }

    @Test
    @Tag("soak")
    void nodes_throughFaultsOfManySeeds_areEqualInTheEnd() throws Exception {
        for (long seed = SEED; seed < SEED + SOAK_SEEDS; seed++) {
            run(seed, true);
        }
    }

    private void run(long seed, boolean anything) throws Exception {
        System.out.println("FleetTest: seed " + seed + "; once more by ./dev replay FleetTest " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        try (Hosts hosts = Hosts.make(NODES + 1);
                FleetClients clients = new FleetClients(random.split());
                Fleet fleet = new Fleet(hosts, clients, directory.resolve("seed" + seed), HEARTBEAT_MS)) {
            fleet.start(NODES, random.nextBoolean());
            fleet.awaitPeers("all know each other after their start");
            fleet.write(random, 100);
            fleet.awaitEqual("equal after writes on all");
            killed(fleet, random);
            parted(fleet, hosts, random);
            moved(fleet, random);
            joined(fleet, clients);
            if (anything) {
                anything(fleet, hosts, random);
            }
            fleet.awaitPeers("all know each other in the end");
            fleet.assertSame();
            System.out.println("FleetTest: " + clients.acknowledged() + " revisions acknowledged, none lost");
        } catch (Exception | AssertionError failed) {
            throw new AssertionError("failed with seed " + seed, failed);
        }
    }

    private static int any(List<Integer> of, SplittableRandom random) {
        return of.get(random.nextInt(of.size()));
    }

    private static List<Integer> shuffled(int count, SplittableRandom random) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(random.nextInt(all.size() + 1), i);
        }
        return all;
    }

    private static void killed(Fleet fleet, SplittableRandom random) throws IOException, InterruptedException {
        List<Integer> order = shuffled(NODES, random);
        fleet.write(random, 20);
        fleet.kill(order.get(0));
        fleet.write(random, 20);
        fleet.kill(order.get(1));
        fleet.write(random, 20);
        fleet.mend();
        fleet.awaitEqual("equal after kill -9 of two and their restart");
    }

    private static void parted(Fleet fleet, Hosts hosts, SplittableRandom random)
            throws IOException, InterruptedException {
        List<Integer> order = shuffled(NODES, random);
        part(hosts, order, 2);
        long begun = System.nanoTime();
        do {
            fleet.write(random, 10);
            Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> true);
        } while (System.nanoTime() - begun < PARTITION_MS * 1_000_000L);
        assertTrue(fleet.differ(order.getFirst(), order.getLast()), "nothing separates them");
        hosts.heal();
        fleet.awaitEqual("equal after a partition of " + PARTITION_MS + " ms has healed");
    }

    private static void part(Hosts hosts, List<Integer> order, int first) throws IOException, InterruptedException {
        for (int one : order.subList(0, first)) {
            for (int other : order.subList(first, order.size())) {
                hosts.cut(one, other);
            }
        }
    }

    private static void moved(Fleet fleet, SplittableRandom random) throws IOException, InterruptedException {
        int number = random.nextInt(NODES);
        fleet.kill(number);
        fleet.write(random, 20);
        fleet.move(number);
        fleet.write(random, 20);
        fleet.awaitEqual("equal after a node came back at another address");
    }

    private static void joined(Fleet fleet, FleetClients clients) throws IOException, InterruptedException {
        int number = fleet.add();
        clients.fill(fleet.node(number), "initial", INITIAL_DOCUMENTS);
        String url = "{\"url\":\"" + fleet.node(1).url() + "\"}";
        clients.json(fleet.node(number), "POST", "/_peers", url);
        fleet.awaitEqual("equal after a newcomer with " + INITIAL_DOCUMENTS + " documents has joined");
    }

    /** Whatever the seed has; never with fewer than two nodes that answer. */
    private static void anything(Fleet fleet, Hosts hosts, SplittableRandom random)
            throws IOException, InterruptedException {
        for (int step = 0; step < STEPS; step++) {
            List<Integer> alive = fleet.alive();
            boolean enough = alive.size() > 3;
            switch (random.nextInt(9)) {
                case 0, 1 -> {
                    if (enough) {
                        fleet.kill(any(alive, random));
                    }
                }
                case 2 -> {
                    if (enough) {
                        fleet.freeze(any(alive, random));
                    }
                }
                case 3 -> part(hosts, shuffled(fleet.size(), random), random.nextInt(1, fleet.size()));
                case 4 -> {
                    List<Integer> order = shuffled(fleet.size(), random);
                    hosts.cut(new Way(order.get(0), order.get(1)));
                    hosts.cut(order.get(2), order.get(3));
                }
                case 5 -> fleet.move(any(alive, random));
                case 6 -> hosts.heal();
                case 7 -> {
                    for (int number : List.copyOf(fleet.dead())) {
                        fleet.restart(number);
                    }
                }
                default -> {
                    for (int number : List.copyOf(fleet.frozen())) {
                        fleet.thaw(number);
                    }
                }
            }
            fleet.write(random, WRITES_PER_STEP);
        }
        fleet.mend();
        fleet.awaitEqual("equal after " + STEPS + " steps of anything");
    }
}
