package archipel.nemesis;

import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * Documents that are written under locks, each once and by a client with a token, true or stale. The proof is in the
 * order in which the database has them: no holder's write is behind one of a later holder of the same lock. In the end,
 * when the ensemble is whole, stale tokens are shown once more, so that each run has writes that must be refused.
 */
final class FencedWrites {
    private static final Duration MOST = Duration.ofMillis(Integer.getInteger("nemesis.timeout", 6_000));
    private static final Duration MOST_TO_SETTLE = Duration.ofSeconds(60);
    private static final int MOST_SHOWN_AGAIN = 20;
    private static final String SEPARATOR = "~";

    private final NodeClient nodes;
    private final String database;
    private final AtomicLong writes = new AtomicLong();
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    // The tokens of all writes, and of those that were acknowledged, by lock.
    private final Map<String, NavigableSet<Long>> shown = new ConcurrentHashMap<>();
    private final Map<String, NavigableSet<Long>> acknowledged = new ConcurrentHashMap<>();
    private final ClientThreads clients;
    private final LockHistory history;

    /** @param history is told of each write, and of each refusal */
    FencedWrites(NodeClient nodes, String database, ClientThreads clients, LockHistory history) {
        this.nodes = nodes;
        this.database = database;
        this.clients = clients;
        this.history = history;
    }

    /** What became of a write. */
    enum Outcome {
        ACCEPTED,
        /** By its token. */
        REFUSED,
        UNKNOWN
    }

    void begin() {
        Awaitility.await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
            int status = nodes.send(0, "PUT", "/" + database, "", MOST).status();
            return status == 201 || status == 412;
        });
    }

    /** Writes one at a node. */
    Outcome write(int node, String lock, long token) {
        String id = lock + SEPARATOR + token + SEPARATOR + writes.incrementAndGet();
        add(shown, lock, token);
        history.showing(lock, token, System.nanoTime());
        try {
            Answer answer = nodes.send(
                    node, "PUT", "/" + database + "/" + id, "{}", MOST, "Archipel-Fence", lock + "=" + token);
            if (answer.isSuccess()) {
                accepted.add(id);
                add(acknowledged, lock, token);
                clients.count("fenced writes accepted");
                return Outcome.ACCEPTED;
            } else if (answer.status() == 412) {
                history.refused(lock, token, System.nanoTime());
                refused.add(id);
                clients.count("fenced writes refused");
                return Outcome.REFUSED;
            } else if (answer.isUnavailable()) {
                clients.count("fenced writes unavailable");
            } else {
                clients.violations().add("a write of " + id + " got " + answer);
            }
        } catch (IOException e) {
            clients.count("fenced writes unanswered");
        }
        return Outcome.UNKNOWN;
    }

    private static void add(Map<String, NavigableSet<Long>> tokens, String lock, long token) {
        tokens.computeIfAbsent(lock, _ -> new ConcurrentSkipListSet<>()).add(token);
    }

    /**
     * Shows a stale token of each of some locks, which must be refused, and the greatest one, which must not, when
     * every node serves again. To be called before {@link #check}.
     *
     * @return how many stale ones there were
     */
    int showOldTokens() {
        int stale = 0;
        int node = 0;
        for (Map.Entry<String, NavigableSet<Long>> lock :
                shown.entrySet().stream().limit(MOST_SHOWN_AGAIN).toList()) {
            NavigableSet<Long> tokens = acknowledged.getOrDefault(lock.getKey(), Collections.emptyNavigableSet());
            long least = lock.getValue().first();
            if (!tokens.isEmpty() && least < tokens.last()) {
                stale++;
                expect(Outcome.REFUSED, node, lock.getKey(), least);
            }
            expect(Outcome.ACCEPTED, node, lock.getKey(), lock.getValue().last());
            node = (node + 1) % nodes.nodes();
        }
        return stale;
    }

    private void expect(Outcome wanted, int node, String lock, long token) {
        Outcome outcome = Awaitility.await()
                .atMost(MOST_TO_SETTLE)
                .pollDelay(Duration.ZERO)
                .until(() -> write(node, lock, token), is -> is != Outcome.UNKNOWN);
        if (outcome != wanted) {
            clients.violations()
                    .add("in the end a write with token " + token + " of " + lock + " was " + outcome + ", not "
                            + wanted);
        }
    }

    /** Adds every violation that the order of the writes shows. */
    void check(Violations violations) throws IOException {
        Answer answer = nodes.send(0, "GET", "/" + database + "/_changes", "", Duration.ofSeconds(60));
        Map<String, Long> greatest = new HashMap<>();
        Map<String, String> last = new HashMap<>();
        Set<String> missing = new HashSet<>(accepted);
        for (JsonNode row : answer.json().path("results")) {
            String id = row.path("id").asString();
            String[] parts = id.split(SEPARATOR);
            long token = Long.parseLong(parts[1]);
            if (token < greatest.getOrDefault(parts[0], 0L)) {
                violations.add(id + " was written behind " + last.get(parts[0]));
            }
            greatest.merge(parts[0], token, Math::max);
            last.put(parts[0], id);
            missing.remove(id);
            if (refused.contains(id)) {
                violations.add(id + " was refused, and is there");
            }
        }
        missing.forEach(id -> violations.add(id + " was acknowledged, and is not there"));
    }
}
