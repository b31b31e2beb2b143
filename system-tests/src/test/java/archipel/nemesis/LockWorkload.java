package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.nemesis.LockHistory.Grant;
import archipel.nemesis.LockHistory.Telling;
import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Clients that take locks, renew them, write under them and release them; some write after their lock has expired, and
 * some never release it. One lock is an election, whose winner renews it for a while.
 */
final class LockWorkload implements Workload {
    private static final Duration MOST = Duration.ofMillis(Integer.getInteger("nemesis.timeout", 6_000));
    private static final int LOCKS = 2;
    private static final int TRIES = 3;

    private final NodeClient nodes;
    private final ClientThreads clients = new ClientThreads();
    private final LockHistory history = new LockHistory();
    private final FencedWrites writes;
    private volatile int round;

    LockWorkload(NodeClient nodes) {
        this.nodes = nodes;
        this.writes = new FencedWrites(nodes, "guarded", clients, history);
    }

    @Override
    public void begin(SplittableRandom random) {
        writes.begin();
        for (int node = 0; node < nodes.nodes(); node++) {
            for (int i = 0; i < 2; i++) {
                Taker taker = new Taker("n" + node + "t" + i, i == 0 ? node : -1, random.split());
                clients.begin(taker.name, taker::take);
            }
            Taker candidate = new Taker("n" + node + "e", node, random.split());
            clients.begin(candidate.name, candidate::stand);
        }
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
    public void check() throws IOException {
        String counts = clients.counts();
        int stale = writes.showOldTokens();
        history.check(clients.violations());
        writes.check(clients.violations());
        System.out.println("nemesis: locks: " + history.grants() + " grants, " + history.pairsInOrder()
                + " pairs of waiters, " + counts + ", in the end " + stale + " stale writes");
        clients.violations().check();
        assertTrue(history.grants() > 0, "no lock was taken");
        assertTrue(stale > 0, "no token was stale in the end");
        assertTrue(clients.counted("fenced writes accepted") > 0, "nothing was written");
    }

    /** One client. */
    private final class Taker {
        private final String name;
        private final int home;
        private final SplittableRandom random;
        private int requests;

        Taker(String name, int home, SplittableRandom random) {
            this.name = name;
            this.home = home;
            this.random = random;
        }

        private int node() {
            return home >= 0 ? home : random.nextInt(nodes.nodes());
        }

        private void take() {
            String lock = "lock-" + round + "-" + random.nextInt(LOCKS);
            int ttlMs = random.nextInt(400, 2_500);
            Grant grant = acquire(lock, ttlMs, random.nextInt(4_000));
            if (grant != null) {
                int dice = random.nextInt(100);
                if (dice < 60) {
                    work(grant, ttlMs, random.nextInt(1, 4));
                    release(grant);
                } else if (dice < 85) {
                    // Late: it does not know whether it still holds the lock.
                    writes.write(node(), lock, grant.token());
                    clients.pause(ttlMs + random.nextInt(1_500));
                    writes.write(node(), lock, grant.token());
                    renew(grant, ttlMs);
                    writes.write(node(), lock, grant.token());
                }
            }
            clients.pause(random.nextInt(40));
        }

        /** As a candidate of an election. */
        private void stand() {
            Grant grant = acquire("election", 1_500, 5_000);
            if (grant != null) {
                clients.count("elected");
                boolean leads = true;
                for (int terms = random.nextInt(2, 12); terms > 0 && leads && !clients.isOver(); terms--) {
                    leads = work(grant, 1_500, 1);
                    clients.pause(400);
                }
                if (random.nextBoolean()) {
                    release(grant);
                }
            }
            clients.pause(random.nextInt(40));
        }

        private boolean work(Grant grant, int ttlMs, int times) {
            boolean holds = true;
            for (int i = 0; i < times && holds; i++) {
                writes.write(node(), grant.lock(), grant.token());
                clients.pause(random.nextInt(60));
                holds = renew(grant, ttlMs);
                writes.write(node(), grant.lock(), grant.token());
            }
            return holds;
        }

        private @Nullable Grant acquire(String lock, int ttlMs, int waitMs) {
            Set<String> ahead = random.nextBoolean() ? look(lock) : Set.of();
            String owner = name + "." + ++requests;
            String body = NodeClient.JSON
                    .createObjectNode()
                    .put("owner", owner)
                    .put("request", owner)
                    .put("ttl", ttlMs)
                    .put("wait", waitMs)
                    .toString();
            long firstNs = System.nanoTime();
            for (int i = 0; i < TRIES; i++) {
                long begunNs = System.nanoTime();
                Answer answer = send(node(), "POST", "/_locks/" + lock, body, MOST.plusMillis(waitMs));
                if (answer != null && answer.status() == 200) {
                    long token = answer.json().path("token").asLong();
                    Grant grant = new Grant(lock, owner, token, firstNs, System.nanoTime(), i > 0, ahead);
                    history.granted(grant);
                    // Without a wait it began with the request; what an earlier one got may end by now.
                    if (waitMs == 0 && i == 0) {
                        history.told(new Telling(lock, token, begunNs, grant.endedNs(), ttlMs));
                    }
                    return grant;
                } else if (answer != null && answer.status() == 409) {
                    return null;
                } else if (answer != null && !answer.isUnavailable()) {
                    clients.violations().add(name + " took " + lock + " and got " + answer);
                    return null;
                }
                clients.pause(random.nextInt(100));
            }
            return null;
        }

        /** Who waits. */
        private Set<String> look(String lock) {
            long begunNs = System.nanoTime();
            Answer answer = send(node(), "GET", "/_locks/" + lock, "", MOST);
            if (answer == null || answer.status() != 200) {
                return Set.of();
            }
            JsonNode state = answer.json();
            long token =
                    state.path("held").asBoolean(false) ? state.path("token").asLong() : 0;
            history.told(new Telling(lock, token, begunNs, System.nanoTime(), 0));
            Set<String> owners = new HashSet<>();
            state.path("queue").forEach(one -> owners.add(one.path("owner").asString("")));
            return owners;
        }

        private boolean renew(Grant grant, int ttlMs) {
            long begunNs = System.nanoTime();
            String body = "{\"token\":" + grant.token() + ",\"ttl\":" + ttlMs + "}";
            Answer answer = send(node(), "PUT", "/_locks/" + grant.lock(), body, MOST);
            if (answer == null || answer.isUnavailable()) {
                return true;
            }
            if (answer.status() == 200) {
                history.told(new Telling(grant.lock(), grant.token(), begunNs, System.nanoTime(), ttlMs));
                return true;
            }
            clients.count("renewals refused");
            if (answer.status() != 409) {
                clients.violations().add(name + " renewed " + grant + " and got " + answer);
            }
            return false;
        }

        private void release(Grant grant) {
            history.releasing(grant.token(), System.nanoTime());
            Answer answer = send(node(), "DELETE", "/_locks/" + grant.lock() + "?token=" + grant.token(), "", MOST);
            if (answer != null && answer.status() != 200 && answer.status() != 409 && !answer.isUnavailable()) {
                clients.violations().add(name + " released " + grant + " and got " + answer);
            }
        }

        private @Nullable Answer send(int node, String method, String path, String body, Duration most) {
            try {
                Answer answer = nodes.send(node, method, path, body, most);
                clients.count(method + " " + answer.status());
                return answer;
            } catch (IOException e) {
                clients.count(method + " " + e.getClass().getSimpleName());
                return null;
            }
        }
    }
}
