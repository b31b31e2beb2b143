package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.client.Archipel;
import archipel.cluster.ServerProcess;
import archipel.failures.ArchipelException;
import archipel.failures.ContentionException;
import archipel.objects.ReadOnly;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Programs with the Java client that share replicated objects: each call is applied once, in one order. */
final class CounterWorkload implements Workload {
    private static final int OBJECTS = 2;

    private final EnsembleFleet fleet;
    private final ClientThreads clients = new ClientThreads();
    private final List<Archipel> programs = new ArrayList<>();
    private final Map<String, Queue<Added>> added = new ConcurrentHashMap<>();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private final AtomicInteger marks = new AtomicInteger();
    private volatile int round;

    CounterWorkload(EnsembleFleet fleet) {
        this.fleet = fleet;
    }

    /** The interface of the shared objects. */
    interface Tally {
        /** Adds a mark. @return the number of marks, this one included */
        int add(String mark);

        @ReadOnly
        int count();
    }

    /** An object's state: all marks, in the order of the calls. */
    public static final class TallyState implements Tally {
        private final List<String> marks = new ArrayList<>();

        @Override
        public int add(String mark) {
            marks.add(mark);
            return marks.size();
        }

        @Override
        public int count() {
            return marks.size();
        }
    }

    /** @param place the position of the mark in its object, counted from 1, as the caller was told */
    private record Added(String mark, int place, long begunNs, long endedNs) {}

    @Override
    public void begin(SplittableRandom random) {
        for (int node = 0; node < fleet.size(); node++) {
            List<String> urls = new ArrayList<>();
            for (int i = 0; i < fleet.size(); i++) {
                urls.add(fleet.node((node + i) % fleet.size()).url());
            }
            Archipel program = Archipel.builder(String.join(",", urls))
                    .login(ServerProcess.ADMIN, ServerProcess.PASSWORD)
                    .answeringWithin(Duration.ofSeconds(5))
                    .patience(Duration.ofSeconds(20))
                    .connect();
            programs.add(program);
            SplittableRandom own = random.split();
            clients.begin("j" + node, () -> call(program, own));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(ArchipelException.class)
                .until(() -> {
                    Collection<String> names = programs.getFirst().databases();
                    if (!names.contains("objects")) {
                        programs.getFirst().database("objects").create();
                    }
                    return true;
                });
    }

    private void call(Archipel program, SplittableRandom random) {
        String address = "objects/tally-" + round + "-" + random.nextInt(OBJECTS);
        Tally tally = program.replicated(address, Tally.class, TallyState::new);
        String mark = "m" + marks.incrementAndGet();
        long begunNs = System.nanoTime();
        try {
            int place = tally.add(mark);
            added.computeIfAbsent(address, _ -> new ConcurrentLinkedQueue<>())
                    .add(new Added(mark, place, begunNs, System.nanoTime()));
            clients.count("calls");
            if (random.nextInt(4) == 0 && tally.count() < place) {
                clients.violations().add(address + " has fewer than its caller has seen, " + place);
            }
        } catch (ContentionException others) {
            refused.add(mark);
            clients.count("contention");
        } catch (ArchipelException e) {
            clients.count(e.getClass().getSimpleName());
        }
        clients.pause(random.nextInt(60));
    }

    @Override
    public void nextRound() {
        round++;
    }

    @Override
    public void close() {
        clients.end();
    }

    @Override
    public void check() {
        int total = 0;
        for (Map.Entry<String, Queue<Added>> one : added.entrySet()) {
            List<String> marks = marks(one.getKey());
            total += marks.size();
            assertEquals(new HashSet<>(marks).size(), marks.size(), () -> "one is twice in " + marks);
            assertTrue(marks.stream().noneMatch(refused::contains), () -> "one was refused of " + marks);
            for (Added call : one.getValue()) {
                if (call.place() > marks.size() || !marks.get(call.place() - 1).equals(call.mark())) {
                    clients.violations().add(one.getKey() + " has lost " + call + " of " + marks);
                }
            }
            checkTimes(one.getKey(), one.getValue());
        }
        System.out.println(
                "nemesis: objects: " + total + " marks in " + added.size() + " objects, " + clients.counts());
        programs.forEach(Archipel::close);
        clients.violations().check();
        assertTrue(total > 0, "no object was called");
    }

    /** A call that has returned has its place before calls that begin later. */
    private void checkTimes(String address, Collection<Added> calls) {
        TreeMap<Long, Integer> greatest = new TreeMap<>();
        int before = 0;
        for (Added call : calls.stream()
                .sorted((one, other) -> Long.compare(one.endedNs(), other.endedNs()))
                .toList()) {
            before = Math.max(before, call.place());
            greatest.put(call.endedNs(), before);
        }
        for (Added call : calls) {
            Map.Entry<Long, Integer> over = greatest.lowerEntry(call.begunNs());
            if (over != null && call.place() < over.getValue()) {
                clients.violations().add(address + " has " + call + " before place " + over.getValue());
            }
        }
    }

    /** The marks in the object's document. */
    private List<String> marks(String address) {
        List<String> marks = new ArrayList<>();
        programs.getFirst()
                .database("objects")
                .find(address.substring(address.indexOf("/") + 1), JsonNode.class)
                .orElseThrow()
                .value()
                .path("marks")
                .forEach(mark -> marks.add(mark.asString()));
        return marks;
    }
}
