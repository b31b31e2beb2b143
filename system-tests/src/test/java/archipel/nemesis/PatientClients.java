package archipel.nemesis;

import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
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

/** Clients of an ensemble that ask another node, once, where a request fails. */
final class PatientClients {
    private static final Duration MOST = Duration.ofSeconds(20);
    private static final int CLIENTS = 6;

    private final NodeClient client;
    private final String database;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final Map<String, AtomicInteger> cured = new TreeMap<>();
    private final Queue<String> failed = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    PatientClients(NodeClient client, String database) {
        this.client = client;
        this.database = database;
    }

    void start() {
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> ask(number)));
        }
    }

    /** Ends them. @return what failed twice */
    String end(String during) throws InterruptedException {
        over = true;
        for (Thread one : threads) {
            one.join();
        }
        System.out.println("nemesis: " + requests + " requests during " + during + ", cured by one retry: " + cured
                + ", not cured: " + failed.size());
        return String.join("\n", failed);
    }

    /** How many have been made. */
    int requests() {
        return requests.get();
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
            Answer answer =
                    client.send(node, write ? "PUT" : "GET", "/" + database + "/" + id, write ? "{}" : "", MOST);
            return answer.isSuccess() || write && answer.status() == 409 ? "" : answer.reason();
        } catch (IOException e) {
            return e.getClass().getSimpleName();
        }
    }
}
