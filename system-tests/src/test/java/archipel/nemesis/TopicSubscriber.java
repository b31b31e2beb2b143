package archipel.nemesis;

import archipel.cluster.RawConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Follows a topic by server-sent events, as a browser does: at one node until that does not answer any more, and then
 * at the next from the last event on.
 */
final class TopicSubscriber implements AutoCloseable {
    /** Six heartbeats, after which a node that is silent is left. */
    private static final Duration SILENCE = Duration.ofMillis(1_500);

    private final EnsembleFleet fleet;
    private final String topic;
    private final List<String> messages = Collections.synchronizedList(new ArrayList<>());
    private final Thread thread;
    private volatile boolean over;
    private volatile int moves;
    private String last = "0";
    private int node;

    TopicSubscriber(EnsembleFleet fleet, String topic, int node) {
        this.fleet = fleet;
        this.topic = topic;
        this.node = node;
        this.thread = Thread.ofVirtual().start(this::follow);
    }

    private void follow() {
        while (!over) {
            try {
                stream();
            } catch (IOException | RuntimeException left) {
                node = (node + 1) % fleet.size();
                moves++;
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    private void stream() throws IOException {
        try (RawConnection connection = RawConnection.to(fleet.node(node), SILENCE)) {
            connection.request("GET", topic + "?feed=eventsource&heartbeat=250", "Last-Event-ID: " + last + "\r\n");
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
                for (int end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
                    event(text.substring(0, end));
                    text.delete(0, end + 2);
                }
            }
        }
    }

    /** One that is cut off before its empty line has not come. */
    private void event(String lines) {
        String data = "";
        String id = "";
        for (String line : lines.split("\n")) {
            if (line.startsWith("data: ")) {
                data = line.substring("data: ".length());
            } else if (line.startsWith("id: ")) {
                id = line.substring("id: ".length());
            }
        }
        if (!id.isEmpty()) {
            messages.add(id + " " + data);
            last = id;
        }
    }

    /** What came, in order: the number of each and what it is. */
    List<String> messages() {
        return List.copyOf(messages);
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
