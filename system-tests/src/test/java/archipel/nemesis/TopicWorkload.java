package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Clients that publish to a topic until each message is acknowledged, and subscribers that begin at each node. */
final class TopicWorkload implements Workload {
    private static final Duration MOST = Duration.ofMillis(Integer.getInteger("nemesis.timeout", 6_000));
    private static final Duration MOST_TO_CATCH_UP = Duration.ofSeconds(60);
    private static final int PAGE = 5_000;
    private static final String TOPIC = "/_topics/news";

    private final EnsembleFleet fleet;
    private final NodeClient nodes;
    private final ClientThreads clients = new ClientThreads();
    private final List<TopicSubscriber> subscribers = new ArrayList<>();
    private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();

    TopicWorkload(EnsembleFleet fleet, NodeClient nodes) {
        this.fleet = fleet;
        this.nodes = nodes;
    }

    @Override
    public void begin(SplittableRandom random) {
        String kept = "{\"retention\":{\"messages\":1000000,\"bytes\":1000000000,\"age\":100000000000}}";
        Awaitility.await()
                .atMost(MOST_TO_CATCH_UP)
                .ignoreExceptions()
                .until(() -> nodes.send(0, "PUT", TOPIC, kept, MOST).isSuccess());
        for (int node = 0; node < nodes.nodes(); node++) {
            Publisher publisher = new Publisher("p" + node, node, random.split());
            clients.begin(publisher.name, publisher::publish);
            subscribers.add(new TopicSubscriber(fleet, TOPIC, node));
        }
    }

    @Override
    public void nextRound() {
        // Numbers go on.
    }

    @Override
    public void close() {
        clients.end();
    }

    @Override
    public void check() throws IOException {
        try {
            List<String> all = list(0);
            for (int node = 1; node < nodes.nodes(); node++) {
                assertEquals(all, list(node), "another node has other messages");
            }
            for (TopicSubscriber subscriber : subscribers) {
                Awaitility.await()
                        .atMost(MOST_TO_CATCH_UP)
                        .until(() -> subscriber.messages().size() >= all.size());
                assertEquals(all, subscriber.messages(), "a subscriber got other messages");
            }
            Set<String> once = new HashSet<>();
            for (String message : all) {
                assertTrue(once.add(message.substring(message.indexOf(' '))), message + " is there twice");
            }
            acknowledged.forEach((message, number) -> assertEquals(
                    number + " \"" + message + "\"",
                    all.get(Math.toIntExact(number) - 1),
                    "what was acknowledged is not there"));
            int moves = subscribers.stream().mapToInt(TopicSubscriber::moves).sum();
            System.out.println("nemesis: topics: " + all.size() + " messages, " + acknowledged.size()
                    + " acknowledged, " + subscribers.size() + " subscribers that went to another node " + moves
                    + " times, " + clients.counts());
            assertTrue(acknowledged.size() > 0, "nothing was published");
        } finally {
            subscribers.forEach(TopicSubscriber::close);
        }
        clients.violations().check();
    }

    /** All that a node has: the number of each and what it is. */
    private List<String> list(int node) throws IOException {
        List<String> all = new ArrayList<>();
        while (true) {
            // Without a word of the shape it would be a subscription, which does not end.
            String page = TOPIC + "?feed=normal&limit=" + PAGE + "&since=" + all.size();
            Answer answer = nodes.send(node, "GET", page, "", MOST_TO_CATCH_UP);
            assertEquals(200, answer.status(), answer::toString);
            JsonNode results = answer.json().path("results");
            for (JsonNode row : results) {
                all.add(row.path("id").asLong() + " " + row.path("message"));
                assertEquals(all.size(), row.path("id").asLong(), "a number is missing");
            }
            if (results.size() < PAGE) {
                return all;
            }
        }
    }

    /** One client. */
    private final class Publisher {
        private final String name;
        private final int home;
        private final SplittableRandom random;
        private int published;

        Publisher(String name, int home, SplittableRandom random) {
            this.name = name;
            this.home = home;
            this.random = random;
        }

        /** Again with the same key until it is done, unless the end comes first. */
        private void publish() {
            String message = name + "-" + ++published;
            for (int i = 0; i == 0 || !clients.isOver(); i++) {
                int node = (home + i) % nodes.nodes();
                try {
                    Answer answer =
                            nodes.send(node, "POST", TOPIC, "\"" + message + "\"", MOST, "Idempotency-Key", message);
                    clients.count("POST " + answer.status());
                    if (answer.isSuccess()) {
                        acknowledged.put(message, answer.json().path("id").asLong());
                        break;
                    } else if (!answer.isUnavailable()) {
                        clients.violations().add(message + " got " + answer);
                        break;
                    }
                } catch (IOException e) {
                    clients.count("POST " + e.getClass().getSimpleName());
                }
                clients.pause(random.nextInt(60));
            }
            clients.pause(random.nextInt(80));
        }
    }
}
