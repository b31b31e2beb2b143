package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Block;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.storage.FaultyStore;
import archipel.storage.StorageException;
import archipel.testkit.Seeded;
import archipel.testkit.SeededScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One node on a disk that fails, with clients that write and read, until it crashes; then again on what is left. Its
 * threads and its clients run one at a time, in an order that follows from the seed. What was acknowledged to anybody
 * is there after each crash, and so is every block that anybody saw.
 */
class NodeSim {
    private static final int CLIENTS = 4;
    private static final int CRASHES = 3;
    private static final int MOST_TURNS = 600;
    private static final long START_MS = 1_700_000_000_000L;

    @TempDir
    private Path directory;

    private final Counts counts = new Counts();

    /** What happened in all runs: a simulation in which nothing happens proves nothing. */
    private static final class Counts {
        private int acknowledged;
        private int seen;
        private int lost;
        private int faults;
        private int refused;
    }

    @Test
    void node_anyCrash_keepsWhatItAcknowledgedAndShowed() {
        Seeded.check(12, this::run);
        if (Long.getLong("seed") == null) {
            assertTrue(counts.acknowledged > 100, () -> counts.acknowledged + " documents were acknowledged");
            assertTrue(counts.seen > 10, () -> counts.seen + " times a newer block was seen");
            assertTrue(counts.lost > 0, "no crash lost anything that was written");
            assertTrue(counts.faults > 0, "no disk failed");
            assertTrue(counts.refused > 0, "nobody met a disk that failed");
        }
    }

    /** Until its first crash, on a disk that does not fail: what waits for time to pass is not the seed's. */
    @Test
    void run_sameSeed_isTheSame() throws IOException {
        for (long seed = 1; seed <= 4; seed++) {
            assertEquals(trace(seed), trace(seed), "of seed " + seed);
        }
    }

    private List<String> trace(long seed) throws IOException {
        World world = new World(new SplittableRandom(seed));
        world.diskFails = false;
        world.live(Files.createTempDirectory(directory, "trace"));
        assertTrue(world.trace.size() > 10, world.trace::toString);
        return world.trace;
    }

    @Test
    @Tag("soak")
    void node_manyCrashes_keepsWhatItAcknowledgedAndShowed() {
        Seeded.check(5_000, this::run);
    }

    private void run(SplittableRandom random) throws IOException {
        World world = new World(random);
        Path data = Files.createTempDirectory(directory, "run");
        for (int crash = 0; crash < CRASHES; crash++) {
            data = world.live(data);
            assertEquals(List.of(), Checker.check(data));
        }
        InstantSource later = () -> Instant.ofEpochMilli(world.nowMs);
        try (Node last = Node.openStill(data, NodeOptions.DEFAULT, Environment.of(later))) {
            world.verify(last);
        }
    }

    /** What clients of a node were told, while it lived and died. */
    private final class World {
        private final SplittableRandom random;
        private final Map<String, Revision> acknowledged = new TreeMap<>();
        private @Nullable Block seen;
        private final List<String> trace = new ArrayList<>();
        private boolean diskFails = true;
        private long nowMs = START_MS;
        private int documents;
        private @Nullable Node node;
        private @Nullable FaultyStore store;

        World(SplittableRandom random) {
            this.random = random;
        }

        /** Lets a node live on that data; returns what it leaves. */
        Path live(Path data) throws IOException {
            node = null;
            store = null;
            SeededScheduler scheduler = new SeededScheduler(random.split(), nowMs);
            Environment environment = Environment.of(scheduler.clock())
                    .withRandom(random.split())
                    .withThreads(scheduler::unstarted)
                    .withStore((path, cache, buffer) -> {
                        FaultyStore opened = FaultyStore.open(path, cache, buffer);
                        // Others go on while one waits for the disk.
                        opened.beforeSync(Thread::yield);
                        store = opened;
                        return opened;
                    });
            scheduler
                    .unstarted("opener", () -> node = Node.openStill(data, NodeOptions.DEFAULT, environment))
                    .start();
            assertTrue(scheduler.run(Long.MAX_VALUE));
            Node opened = node;
            FaultyStore disk = store;
            assertNotNull(opened, "it does not open");
            assertNotNull(disk);
            verify(opened);
            for (int client = 0; client < CLIENTS; client++) {
                SplittableRandom mine = random.split();
                scheduler.unstarted("client-" + client, () -> use(opened, mine)).start();
            }
            if (diskFails) {
                fault(disk);
            }
            scheduler.run(random.nextInt(MOST_TURNS));
            nowMs = scheduler.clock().millis();
            Path left = Files.createDirectory(data.resolveSibling(data.getFileName() + "x"));
            Files.copy(data.resolve("FORMAT"), left.resolve("FORMAT"));
            Files.createDirectory(left.resolve("store"));
            FaultyStore.Crash[] crashes = FaultyStore.Crash.values();
            disk.copyAsAfter(crashes[random.nextInt(crashes.length)], random, left.resolve("store"));
            Map<String, Revision> told = Map.copyOf(acknowledged);
            Block shown = seen;
            int submitted = documents;
            counts.lost += submitted > told.size() ? 1 : 0;
            disk.failCommit(null, 0);
            disk.failSync(null);
            Thread closer = scheduler.unstarted("closer", opened::close);
            closer.start();
            while (closer.isAlive()) {
                // Idle while something waits for time to pass.
                if (scheduler.run(1_000)) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
            counts.acknowledged += told.size();
            // What was told after the crash was told by nobody.
            acknowledged.clear();
            acknowledged.putAll(told);
            seen = shown;
            return left;
        }

        private void fault(FaultyStore disk) {
            switch (random.nextInt(6)) {
                case 0 -> disk.failSync(StorageException.Kind.IO, random.nextInt(12));
                case 1 -> disk.failCommit(StorageException.Kind.IO, random.nextInt(40));
                case 2 -> disk.failCommit(StorageException.Kind.FULL, random.nextInt(40));
                default -> {
                    return;
                }
            }
            counts.faults++;
        }

        private void use(Node node, SplittableRandom mine) {
            try {
                Database database = node.find("db") == null ? make(node) : node.database("db");
                while (!node.isClosing()) {
                    if (mine.nextInt(3) == 0) {
                        read(database);
                    } else {
                        write(database, mine);
                    }
                    Thread.yield();
                }
            } catch (RequestException e) {
                // The disk failed; this client goes.
                counts.refused += e instanceof StorageException ? 1 : 0;
                assertTrue(e instanceof StorageException || node.isClosing(), e::toString);
            }
        }

        private static Database make(Node node) {
            try {
                return node.create("db");
            } catch (StorageException e) {
                throw e;
            } catch (RequestException e) {
                return node.database("db");
            }
        }

        private void read(Database database) {
            try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
                Block head = reader.block();
                Block newest = seen;
                if (newest == null || head.number() > newest.number()) {
                    seen = head;
                    counts.seen++;
                    trace.add("seen " + head);
                }
            }
        }

        private void write(Database database, SplittableRandom mine) {
            List<DocumentEdit> edits = new ArrayList<>();
            for (int i = mine.nextInt(1, 4); i > 0; i--) {
                edits.add(Edits.update("d" + documents++, null, false, "{\"n\":" + documents + "}"));
            }
            for (EditResult result : database.write(edits, false).results()) {
                acknowledged.put(result.id(), ((EditResult.Accepted) result).revision());
                trace.add(result.id());
            }
        }

        /** Holds what a node has found after a crash against what was told before. */
        void verify(Node after) {
            Block newest = seen;
            if (newest == null && acknowledged.isEmpty()) {
                return;
            }
            try (Reader reader = after.database("db").door().newest(Visibility.EVERYTHING)) {
                acknowledged.forEach((id, revision) -> {
                    DocumentRecord record = reader.documents().find(id);
                    assertNotNull(record, () -> id + " is lost");
                    assertEquals(revision, record.winner().revision());
                });
                if (newest != null) {
                    Block found = reader.blocks().find(newest.number());
                    assertNotNull(found, () -> newest + " was seen and is lost");
                    assertArrayEquals(newest.hash(), found.hash());
                }
            }
        }
    }
}
