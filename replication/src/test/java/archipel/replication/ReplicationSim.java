package archipel.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.RequestException;
import archipel.ends.ReplicationException;
import archipel.ends.Selection;
import archipel.testkit.Seeded;
import archipel.testkit.SeededScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several nodes that are written to, replicate with each other in both directions and for third ones, crash, and whose
 * clocks jump, over a network that loses, delays, repeats and partitions. Everything runs in an order that follows from
 * the seed. Once it is calm, replications from each node to each other one end with equal trees, winners and contents
 * everywhere, and with all that a client was told is stored.
 */
class ReplicationSim {
    private static final long START_MS = 1_700_000_000_000L;
    private static final int MOST_ROUNDS = 3;
    private static final long LONGEST_JUMP_MS = 86_400_000;

    @TempDir
    private Path directory;

    private final Counts counts = new Counts();

    /** What happened in all runs: a simulation in which nothing happens proves nothing. */
    private static final class Counts {
        private int runs;
        private int failed;
        private int lost;
        private int repeated;
        private int crashes;
        private int jumps;
        private int edits;
        private int conflicts;
    }

    @Test
    void nodes_anyNetwork_converge() {
        Seeded.check(12, this::run);
        if (Long.getLong("seed") == null) {
            assertTrue(counts.runs > 100, () -> counts.runs + " replications succeeded");
            assertTrue(counts.failed > 10, () -> counts.failed + " replications failed");
            assertTrue(counts.lost > 100, () -> counts.lost + " requests and answers were lost");
            assertTrue(counts.repeated > 15, () -> counts.repeated + " requests were repeated");
            assertTrue(counts.crashes > 8, () -> counts.crashes + " nodes crashed");
            assertTrue(counts.jumps > 5, () -> counts.jumps + " clocks jumped");
            assertTrue(counts.edits > 200, () -> counts.edits + " documents were written");
            assertTrue(counts.conflicts > 15, () -> counts.conflicts + " documents have conflicts");
        }
    }

    @Test
    void run_sameSeed_isTheSame() throws Exception {
        for (long seed = 1; seed <= 2; seed++) {
            assertEquals(trace(seed), trace(seed), "of seed " + seed);
        }
    }

    private List<String> trace(long seed) throws Exception {
        World world = new World(new SplittableRandom(seed));
        world.run();
        assertTrue(world.trace.size() > 10, world.trace::toString);
        return world.trace;
    }

    @Test
    @Tag("soak")
    void nodes_anyNetworkForLong_converge() {
        Seeded.check(3_000, this::run);
    }

    private void run(SplittableRandom random) throws Exception {
        new World(random).run();
    }

    private final class World {
        private final SplittableRandom random;
        private final SeededScheduler scheduler;
        private final SimulatedNetwork network;
        private final ReplicationEnvironment environment;
        private final List<SimulatedSite> sites = new ArrayList<>();
        private final List<String> trace = new ArrayList<>();

        World(SplittableRandom random) throws IOException {
            this.random = random;
            this.scheduler = new SeededScheduler(random.split(), START_MS);
            int count = random.nextInt(2, 6);
            this.network = new SimulatedNetwork(scheduler, random.split(), count);
            SplittableRandom chance = random.split();
            this.environment = new ReplicationEnvironment(
                    scheduler::unstarted,
                    scheduler.clock(),
                    scheduler.clock()::millis,
                    this::pause,
                    () -> "%016x%016x".formatted(chance.nextLong(), chance.nextLong()),
                    chance::nextDouble);
            for (int i = 0; i < count; i++) {
                Path data = Files.createTempDirectory(directory, "node");
                sites.add(new SimulatedSite(i, data, scheduler, random.split()));
            }
        }

        private void pause(long ms) throws InterruptedException {
            long until = scheduler.clock().millis() + ms;
            while (scheduler.clock().millis() < until) {
                Thread.yield();
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }

        void run() throws Exception {
            on("start", () -> sites.forEach(SimulatedSite::start));
            for (SimulatedSite site : sites) {
                work("client-" + site.number(), random.nextInt(5, 30), this::edit, site);
                work("replicator-" + site.number(), random.nextInt(3, 9), this::replicate, site);
            }
            work("weather", random.nextInt(14), (site, mine) -> weather(mine), sites.getFirst());
            settle();
            network.calm();
            on("calm", this::calm);
            counts.lost += network.lost();
            counts.repeated += network.repeated();
            on("end", () -> sites.forEach(SimulatedSite::crash));
        }

        private interface Work {
            void run() throws Exception;
        }

        private void on(String name, Work work) {
            scheduler.unstarted(name, () -> unchecked(work)).start();
            settle();
        }

        private void unchecked(Work work) {
            try {
                work.run();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        private void settle() {
            while (!scheduler.run(100_000)) {
                // Its turns end only where nothing is left to do.
                LockSupport.parkNanos(1);
            }
        }

        private interface Step {
            void take(SimulatedSite site, SplittableRandom mine) throws Exception;
        }

        private void work(String name, int times, Step step, SimulatedSite site) {
            SplittableRandom mine = random.split();
            scheduler
                    .unstarted(
                            name,
                            () -> unchecked(() -> {
                                for (int i = 0; i < times; i++) {
                                    pause(mine.nextInt(300));
                                    step.take(site, mine);
                                }
                            }))
                    .start();
        }

        private void edit(SimulatedSite site, SplittableRandom mine) {
            try {
                site.edit();
                counts.edits++;
            } catch (IOException | RequestException e) {
                // The node has crashed, or another edit came first.
                trace.add("refused");
            }
        }

        private void weather(SplittableRandom mine) {
            if (mine.nextBoolean()) {
                network.change();
                trace.add("network");
                return;
            }
            SimulatedSite site = sites.get(mine.nextInt(sites.size()));
            if (mine.nextInt(3) == 0) {
                counts.jumps++;
                site.jump(mine.nextLong(-LONGEST_JUMP_MS, LONGEST_JUMP_MS));
                trace.add("clock " + site.number());
                return;
            }
            if (site.isUp()) {
                counts.crashes++;
                site.crash();
                trace.add("crash " + site.number());
                unchecked(() -> pause(mine.nextInt(200)));
                site.start();
            }
        }

        /** Between any two nodes, for one of them or for a third. */
        private void replicate(SimulatedSite site, SplittableRandom mine) throws InterruptedException {
            SimulatedSite from = sites.get(mine.nextInt(sites.size()));
            SimulatedSite to = sites.get(mine.nextInt(sites.size()));
            if (from != to) {
                replicate(from, to, site);
            }
        }

        /** @return how many revisions were copied; -1 where it failed */
        private long replicate(SimulatedSite from, SimulatedSite to, SimulatedSite by) throws InterruptedException {
            SimulatedEnd source = new SimulatedEnd(from, network, by.number());
            SimulatedEnd target = new SimulatedEnd(to, network, by.number());
            ReplicationOptions options = new ReplicationOptions(
                    new EndAddress.Local("db"),
                    new EndAddress.Local("db"),
                    false,
                    false,
                    Map.of(),
                    Selection.ALL,
                    false,
                    null,
                    new ReplicationOptions.Tuning(
                            2, 5, 4, Duration.ofSeconds(30), 2, true, true, Duration.ofMillis(300)));
            ReplicationId id = new ReplicationId("%032x".formatted(from.number() * 16 + to.number()), "");
            try {
                Replication run = new Replication(
                        id, options, source, target, environment, by.databases().memory());
                long written = run.run().statistics().documentsWritten();
                counts.runs++;
                trace.add(from.number() + ">" + to.number() + " " + written);
                return written;
            } catch (ReplicationException | IOException | RequestException e) {
                counts.failed++;
                trace.add(from.number() + ">" + to.number() + " " + e.getMessage());
                return -1;
            }
        }

        private void calm() throws Exception {
            int rounds = 0;
            do {
                assertTrue(++rounds <= MOST_ROUNDS, "it does not become equal");
                for (SimulatedSite from : sites) {
                    for (SimulatedSite to : sites) {
                        if (from != to) {
                            assertTrue(replicate(from, to, to) >= 0, () -> trace.getLast());
                        }
                    }
                }
            } while (contents().size() > 1);
            for (SimulatedSite one : sites) {
                for (SimulatedSite other : sites) {
                    other.requireAll(one.acknowledged());
                }
            }
            counts.conflicts += (int) sites.getFirst().content().values().stream()
                    .filter(text -> text.lines().count() > 2)
                    .count();
        }

        private Set<Map<String, String>> contents() throws IOException {
            Set<Map<String, String>> contents = new HashSet<>();
            for (SimulatedSite site : sites) {
                contents.add(site.content());
            }
            return contents;
        }
    }
}
