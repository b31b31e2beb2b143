package archipel.javaclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.client.Archipel;
import archipel.client.Block;
import archipel.client.Change;
import archipel.client.ChangeFeed;
import archipel.client.Consistency;
import archipel.client.Database;
import archipel.client.Document;
import archipel.client.FeedOptions;
import archipel.client.Listing;
import archipel.client.Written;
import archipel.cluster.EnsembleProcesses;
import archipel.cluster.ServerProcess;
import archipel.failures.ConflictException;
import archipel.failures.OutcomeUnknownException;
import archipel.objects.ReadOnly;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;

/** The client at an ensemble whose members are killed, frozen and stopped, one after another. */
@Isolated // Whoever takes the processors for a second makes elections.
final class EnsembleClientTest {
    private static final Duration MOST = Duration.ofSeconds(90);
    private static final int WRITERS = 3;
    private static final int CALLERS = 4;
    private static final int FOLLOWER = 0;

    @TempDir
    private Path directory;

    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger unknownCalls = new AtomicInteger();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private volatile boolean over;

    interface Counter {
        long add(int more);

        @ReadOnly
        long sum();
    }

    public static final class CounterState implements Counter {
        private long sum;

        @Override
        public long add(int more) {
            sum += more;
            return sum;
        }

        @Override
        public long sum() {
            return sum;
        }
    }

    @FunctionalInterface
    private interface Client {
        void run(Archipel archipel) throws Exception;
    }

    /** Each client has the members in another order. */
    private void start(EnsembleProcesses ensemble, int first, Client client) {
        List<String> urls = new ArrayList<>();
        List<String> names = ensemble.names();
        for (int i = 0; i < names.size(); i++) {
            urls.add(ensemble.member(names.get((first + i) % names.size())).adminUrl());
        }
        threads.add(Thread.ofVirtual().start(() -> {
            try (Archipel archipel = Archipel.builder(String.join(",", urls))
                    .answeringWithin(Duration.ofSeconds(2))
                    .patience(Duration.ofSeconds(60))
                    .silence(Duration.ofSeconds(2))
                    .connect()) {
                client.run(archipel);
            } catch (Exception | AssertionError e) {
                StringWriter text = new StringWriter();
                e.printStackTrace(new PrintWriter(text));
                failures.add(text.toString());
            }
        }));
    }

    @Test
    void clients_membersDieAndFreeze_seeNoFailureAndNoStepBack() throws Exception {
        try (EnsembleProcesses ensemble =
                EnsembleProcesses.start(directory, 3, options -> options.withJvm("-Xmx256m"))) {
            try (Archipel archipel = Archipel.connect(ensemble.member("a").adminUrl())) {
                archipel.database("islands").create();
            }
            List<Change> changes = new CopyOnWriteArrayList<>();
            AtomicInteger end = new AtomicInteger();
            start(ensemble, 1, archipel -> follow(archipel.database("islands"), changes));
            for (int i = 0; i < WRITERS; i++) {
                int number = i;
                start(ensemble, i, archipel -> write(archipel.database("islands"), number));
                start(ensemble, i, archipel -> read(archipel.database("islands"), Consistency.ANY));
            }
            for (int i = 0; i < CALLERS; i++) {
                start(ensemble, i, this::call);
            }
            fault(ensemble);
            over = true;
            // All but the one that follows the feed, which waits for its end.
            Thread follower = threads.remove(FOLLOWER);
            join();
            start(ensemble, 0, archipel -> check(archipel, end));
            join();
            follower.join(MOST);
            assertEquals(
                    "end",
                    changes.isEmpty() ? "" : changes.get(changes.size() - 1).id());
            assertEquals(List.of(), List.copyOf(failures));
            assertFeed(changes);
            System.out.println("javaclient: " + acknowledged.size() + " documents, " + calls + " calls, " + unknownCalls
                    + " in doubt, " + changes.size() + " changes, " + end + " blocks");
        }
    }

    private void join() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
    }

    /** No call is lost, and none is counted twice. */
    private void check(Archipel archipel, AtomicInteger end) {
        Database islands = archipel.database("islands");
        islands.create("end", new Island("end", 0));
        end.set((int) islands.newestBlock().number());
        long sum = archipel.replicated("islands/counter", Counter.class, CounterState::new)
                .sum();
        assertTrue(
                sum >= calls.get() && sum <= calls.get() + unknownCalls.get(),
                sum + " of " + calls + " calls and " + unknownCalls + " in doubt");
    }

    /** Kills one, freezes one, and stops one, so that each client has to go elsewhere. */
    private void fault(EnsembleProcesses ensemble) throws Exception {
        settle();
        ServerProcess a = ensemble.member("a");
        a.kill();
        settle();
        a.restart();
        settle();
        ServerProcess b = ensemble.member("b");
        b.signal("STOP");
        settle();
        settle();
        b.signal("CONT");
        settle();
        ServerProcess c = ensemble.member("c");
        c.stop();
        settle();
        c.restart();
        settle();
    }

    /** Until the callers have got on, and a little more. */
    private void settle() {
        int before = calls.get();
        Awaitility.await().atMost(MOST).until(() -> calls.get() >= before + 10 || !failures.isEmpty());
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1_500));
    }

    /** Creates a document, then replaces it: never a conflict, since nobody else does. */
    private void write(Database islands, int number) {
        for (int i = 0; !over; i++) {
            String id = "w" + number + "-" + i;
            try {
                Written made = islands.create(id, new Island("first", i));
                Document<Island> read = islands.get(id, Island.class);
                assertEquals(made.revision(), read.revision());
                islands.replace(read.with(new Island("second", i)));
                acknowledged.add(id);
            } catch (OutcomeUnknownException e) {
                // It may be there or not; the next one is another.
                continue;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private void read(Database islands, Consistency consistency) {
        Block newest = Block.number(0);
        while (!over) {
            Block block = islands.reading(consistency)
                    .documents(Listing.all().pageSize(3), JsonNode.class)
                    .block();
            assertTrue(block.number() >= newest.number(), block + " after " + newest);
            newest = block;
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** Each caller sees its own calls, and a sum that never falls. */
    private void call(Archipel archipel) {
        Counter counter = archipel.replicated("islands/counter", Counter.class, CounterState::new);
        long last = 0;
        while (!over) {
            try {
                long sum = counter.add(1);
                calls.incrementAndGet();
                assertTrue(sum > last, sum + " after " + last);
                last = sum;
                long read = counter.sum();
                assertTrue(read >= last, read + " after " + last);
                last = read;
            } catch (OutcomeUnknownException e) {
                unknownCalls.incrementAndGet();
            } catch (ConflictException e) {
                throw new IllegalStateException("a conflict reached the caller", e);
            }
        }
    }

    private void follow(Database islands, List<Change> changes) {
        FeedOptions options = FeedOptions.fromTheStart().heartbeat(Duration.ofMillis(300));
        try (ChangeFeed feed = islands.changes(options)) {
            while (feed.hasNext()) {
                Change change = feed.next();
                changes.add(change);
                if (change.id().equals("end")) {
                    return;
                }
            }
        }
    }

    /** Seqs only grow, and each acknowledged document's newest revision is shown. */
    private void assertFeed(List<Change> changes) {
        long last = 0;
        Set<String> replaced = new HashSet<>();
        for (Change change : changes) {
            long seq = Long.parseLong(change.seq().substring(0, change.seq().indexOf('-')));
            assertTrue(seq > last, change.seq() + " after " + last);
            last = seq;
            if (change.revisions().get(0).startsWith("2-")) {
                replaced.add(change.id());
            }
        }
        Set<String> missed = new HashSet<>(acknowledged);
        missed.removeAll(replaced);
        assertEquals(Set.of(), missed);
    }
}
