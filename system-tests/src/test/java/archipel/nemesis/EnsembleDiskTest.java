package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.ServerOptions;
import archipel.crash.LoopDisk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * An ensemble whose disks fail: it goes on while one is full or answers nothing, and has everything that was
 * acknowledged after the power of all of them was cut. Needs root, which mounts the disks; without it the tests are
 * skipped.
 */
@Isolated // Whoever takes the processors for a second makes elections.
final class EnsembleDiskTest {
    private static final long SEED = Long.getLong("seed", 1);
    private static final int NODES = 3;
    private static final int CUTS = Integer.getInteger("power.cuts", 1);
    private static final int SMALL_MIB = 192;
    private static final int FULL = Integer.getInteger("full.disks", 1);
    private static final Duration MOST = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final NodeClient client = new NodeClient();
    private final List<Closeable> disks = new ArrayList<>();

    /** What is done to the disks while clients write and read. */
    @FunctionalInterface
    private interface Fault {
        void run(EnsembleFleet fleet, Clients clients) throws Exception;
    }

    private void run(List<Path> directories, Fault fault) throws Exception {
        List<ServerOptions> options = new ArrayList<>();
        for (Path one : directories) {
            // What a node says does not fill its disk.
            options.add(EnsembleFleet.options(one)
                    .with("reserve_size", "0")
                    .withLog(directory.resolve("node" + options.size() + ".log")));
        }
        try (Network network = new LoopbackNetwork(NODES);
                EnsembleFleet fleet = new EnsembleFleet(network, client)) {
            fleet.start(options);
            assertEquals(
                    201, client.send(0, "PUT", "/" + Clients.DATABASE, "", MOST).status());
            Clients clients = new Clients(client);
            try (clients) {
                clients.begin(2, random.split());
                fault.run(fleet, clients);
                fleet.mend();
                pause(1_000);
            }
            new Proof(client, clients).check();
            fleet.stopAndCheck();
        } finally {
            client.close();
            for (Closeable disk : disks) {
                disk.close();
            }
        }
    }

    private static void pause(int ms) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    private List<LoopDisk> loopDisks() throws IOException, InterruptedException {
        List<LoopDisk> made = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            LoopDisk disk = LoopDisk.make(Files.createDirectory(directory.resolve("disk" + node)));
            disks.add(disk);
            made.add(disk);
        }
        return made;
    }

    @Test
    void powerCut_ofAllNodesAtOnce_losesNothingAcknowledged() throws Exception {
        List<LoopDisk> disks = loopDisks();
        run(disks.stream().map(LoopDisk::path).toList(), (fleet, clients) -> {
            for (int cut = 0; cut < CUTS; cut++) {
                pause(random.nextInt(1_500, 4_000));
                for (LoopDisk disk : disks) {
                    disk.cutPower();
                }
                for (int node = 0; node < NODES; node++) {
                    fleet.crash(node);
                }
                for (LoopDisk disk : disks) {
                    disk.restart();
                }
                fleet.mend();
                clients.nextRound();
            }
        });
    }

    @Test
    @Tag("soak")
    void disk_ofTheLeaderAnswersNothing_anotherGoesOn() throws Exception {
        List<LoopDisk> disks = loopDisks();
        run(disks.stream().map(LoopDisk::path).toList(), (fleet, clients) -> {
            for (int round = 0; round < 6; round++) {
                int group = random.nextInt(EnsembleFleet.GROUPS + 1);
                int frozen = fleet.awaitLeader(group);
                disks.get(frozen).freeze();
                boolean lasting = round % 2 == 0;
                long before = clients.heads().newest();
                pause(lasting ? 6_000 : random.nextInt(500, 5_000));
                long after = clients.heads().newest();
                int leader = lasting ? fleet.awaitLeader(group) : -1;
                disks.get(frozen).thaw();
                if (lasting) {
                    assertNotEquals(frozen, leader, "the group is led by a node whose disk answers nothing");
                    assertTrue(after > before + 20, () -> "meanwhile " + (after - before) + " blocks");
                }
                pause(1_000);
                clients.nextRound();
            }
        });
    }

    @Test
    void disk_ofAnyNodeIsFull_theOthersGoOnAndItCatchesUpOnceThereIsRoom() throws Exception {
        List<SmallDisk> small = new ArrayList<>();
        List<Path> directories = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            SmallDisk disk = SmallDisk.make(Files.createDirectory(directory.resolve("small" + node)), SMALL_MIB);
            disks.add(disk);
            small.add(disk);
            directories.add(disk.path());
        }
        run(directories, (fleet, clients) -> {
            pause(2_000);
            assertEquals(201, client.send(0, "PUT", "/filler", "", MOST).status());
            for (int round = 0; round < FULL; round++) {
                int node = round == 0 ? fleet.awaitLeader(1) : random.nextInt(NODES);
                small.get(node).fill();
                // The store has taken some room in advance.
                for (int i = 0; !problems(node).contains("member_stopped"); i++) {
                    assertTrue(i < 1_000, "its log is written to on a full disk");
                    writeLarge((node + 1) % NODES, "doc" + round + "-" + i);
                }
                long before = clients.heads().newest();
                pause(3_000);
                long after = clients.heads().newest();
                assertTrue(after > before + 20, () -> "with a full disk " + (after - before) + " blocks");
                small.get(node).empty();
                Awaitility.await()
                        .atMost(MOST.multipliedBy(2))
                        .until(() -> problems(node).isEmpty());
                clients.nextRound();
                pause(1_000);
            }
        });
    }

    private void writeLarge(int node, String id) throws IOException {
        byte[] noise = new byte[96 << 10];
        random.nextBytes(noise);
        String json = "{\"noise\":\"" + Base64.getEncoder().encodeToString(noise) + "\"}";
        // Some find no leader for a moment.
        client.send(node, "PUT", "/filler/" + id, json, MOST);
    }

    // As the node says what is wrong with it.
    private List<String> problems(int node) throws IOException {
        List<String> problems = new ArrayList<>();
        client.send(node, "GET", "/_up", "", MOST)
                .json()
                .path("problems")
                .forEach(one -> problems.add(one.path("problem").asString("")));
        return problems;
    }
}
