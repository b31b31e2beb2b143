package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.ServerProcess;
import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** While the nodes of an ensemble are restarted one after the other, no request fails that one retry does not cure. */
@Isolated // Whoever takes the processors for a second makes elections.
final class RollingRestartTest {
    private static final Duration MOST = Duration.ofSeconds(20);
    private static final int CLIENTS = 6;

    @TempDir
    private Path directory;

    private final NodeClient client = new NodeClient();
    private final AtomicInteger requests = new AtomicInteger();
    private final Map<String, AtomicInteger> cured = new TreeMap<>();
    private final Queue<String> failed = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    @Test
    void restart_ofOneNodeAfterTheOther_failsNothingThatOneRetryDoesNotCure() throws Exception {
        try (Network network = new LoopbackNetwork(3);
                EnsembleFleet fleet = new EnsembleFleet(network, client)) {
            // As a node has it that nobody has set up otherwise.
            fleet.start(
                    directory,
                    3,
                    options -> options.with("ensemble_leader_timeout_ms", "8000")
                            .with("ensemble_write_timeout_ms", "15000"));
            assertEquals(201, client.send(0, "PUT", "/islands", "", MOST).status());
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                clients.add(Thread.ofVirtual().start(() -> ask(number)));
            }
            for (int node = 0; node < fleet.size(); node++) {
                fleet.stop(node);
                fleet.restart(node);
                ServerProcess restarted = fleet.node(node);
                restarted.awaitServing();
                fleet.awaitLeaders();
            }
            over = true;
            for (Thread one : clients) {
                one.join();
            }
            System.out.println("nemesis: " + requests + " requests during a rolling restart, cured by one retry: "
                    + cured + ", not cured: " + failed.size());
            assertEquals("", String.join("\n", failed));
            assertTrue(requests.get() > 100, () -> "only " + requests + " requests");
            fleet.stopAndCheck();
        } finally {
            client.close();
        }
    }

    private void ask(int number) {
        for (int i = 0; !over; i++) {
            String id = "c" + number + "-" + i / 3;
            boolean write = i % 3 == 0;
            int node = (number + i) % client.nodes();
            requests.incrementAndGet();
            String first = attempt(node, id, write);
            if (!first.isEmpty()) {
                String second = attempt((node + 1) % client.nodes(), id, write);
                if (second.isEmpty()) {
                    count(first);
                } else {
                    failed.add((write ? "PUT " : "GET ") + id + ": " + first + ", then " + second);
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private void count(String what) {
        synchronized (cured) {
            cured.computeIfAbsent(what, _ -> new AtomicInteger()).incrementAndGet();
        }
    }

    /** Empty where it is done; a conflict says that an attempt before is. */
    private String attempt(int node, String id, boolean write) {
        try {
            Answer answer = client.send(node, write ? "PUT" : "GET", "/islands/" + id, write ? "{}" : "", MOST);
            return answer.isSuccess() || write && answer.status() == 409 ? "" : answer.reason();
        } catch (IOException e) {
            return e.getClass().getSimpleName();
        }
    }
}
