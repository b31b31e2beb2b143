package archipel.nemesis;

import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * Documents that are written under locks, each once and by whoever holds a token, true or stale. The proof is in the
 * order in which the database has them: no holder's write is behind one of a later holder of the same lock.
 */
final class FencedWrites {
    private static final Duration MOST = Duration.ofMillis(Integer.getInteger("nemesis.timeout", 6_000));
    private static final String SEPARATOR = "~";

    private final NodeClient nodes;
    private final String database;
    private final AtomicLong writes = new AtomicLong();
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private final ClientThreads clients;

    FencedWrites(NodeClient nodes, String database, ClientThreads clients) {
        this.nodes = nodes;
        this.database = database;
        this.clients = clients;
    }

    void begin() {
        Awaitility.await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
            int status = nodes.send(0, "PUT", "/" + database, "", MOST).status();
            return status == 201 || status == 412;
        });
    }

    /** Writes one by any node. @return whether the token was taken: not where it was refused, or nobody knows */
    boolean write(int node, String lock, long token) {
        String id = lock + SEPARATOR + token + SEPARATOR + writes.incrementAndGet();
        try {
            Answer answer = nodes.send(
                    node, "PUT", "/" + database + "/" + id, "{}", MOST, "Archipel-Fence", lock + "=" + token);
            if (answer.isSuccess()) {
                accepted.add(id);
                clients.count("fenced writes accepted");
                return true;
            } else if (answer.status() == 412) {
                refused.add(id);
                clients.count("fenced writes refused");
            } else if (answer.isUnavailable()) {
                clients.count("fenced writes unavailable");
            } else {
                clients.violations().add("a write of " + id + " got " + answer);
            }
        } catch (IOException e) {
            clients.count("fenced writes unanswered");
        }
        return false;
    }

    /** Adds what must not be. */
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
