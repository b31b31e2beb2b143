package archipel.nemesis;

import archipel.cluster.RawConnection;
import archipel.cluster.ServerProcess;
import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/**
 * Follows a database's changes at one node until that does not answer any more, and goes on at the next from where it
 * came to.
 */
final class FeedFollower implements AutoCloseable {
    /** Six heartbeats, after which a node that is silent is left. */
    private static final Duration SILENCE = Duration.ofMillis(1_500);

    private final EnsembleFleet fleet;
    private final NodeClient client;
    private final String path;
    private final boolean continuous;
    private final List<String> rows = Collections.synchronizedList(new ArrayList<>());
    private final Thread thread;
    private volatile boolean over;
    private volatile String since = "0";
    private int node;
    private volatile int moves;

    /** @param continuous or by long polls */
    FeedFollower(EnsembleFleet fleet, NodeClient client, String database, int node, boolean continuous) {
        this.fleet = fleet;
        this.client = client;
        this.path = "/" + database + "/_changes?heartbeat=250&feed=" + (continuous ? "continuous" : "longpoll");
        this.node = node;
        this.continuous = continuous;
        this.thread = Thread.ofVirtual().start(this::follow);
    }

    private void follow() {
        while (!over) {
            try {
                if (continuous) {
                    stream(fleet.node(node));
                } else {
                    poll();
                }
            } catch (IOException | RuntimeException left) {
                node = (node + 1) % fleet.size();
                moves++;
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    private void stream(ServerProcess at) throws IOException {
        try (RawConnection connection = RawConnection.to(at, SILENCE)) {
            connection.request("GET", path + "&since=" + since, "");
            String head = connection.head();
            if (!head.startsWith("HTTP/1.1 200")) {
                throw new IOException(head);
            }
            StringBuilder text = new StringBuilder();
            while (!over) {
                String chunk = connection.chunk();
                if (chunk.isEmpty()) {
                    throw new IOException("the feed has ended");
                }
                text.append(chunk);
                for (int end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
                    String line = text.substring(0, end).strip();
                    text.delete(0, end + 1);
                    if (!line.isEmpty()) {
                        JsonNode row = NodeClient.JSON.readTree(line);
                        if (row.has("last_seq")) {
                            throw new IOException("the feed has ended");
                        }
                        take(row);
                    }
                }
            }
        }
    }

    private void poll() throws IOException {
        Answer answer = client.send(node, "GET", path + "&since=" + since, "", SILENCE);
        if (!answer.isSuccess()) {
            throw new IOException(answer.reason());
        }
        answer.json().path("results").forEach(this::take);
    }

    private void take(JsonNode row) {
        rows.add(row.path("seq").asString() + " " + row.path("id").asString());
        since = row.path("seq").asString();
    }

    /** What came, in order: the seq and the id of each change. */
    List<String> rows() {
        return List.copyOf(rows);
    }

    /** How often it went on at another node. */
    int moves() {
        return moves;
    }

    @Override
    public void close() {
        over = true;
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
