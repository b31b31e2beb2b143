package archipel.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.calls.FakeNode;
import archipel.failures.OtherHistoryException;
import archipel.failures.ServerFaultException;
import archipel.failures.TooLargeException;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A feed at nodes that break off, fall silent and stop. */
final class ChangeFeedTest {
    private final CountDownLatch over = new CountDownLatch(1);

    private static String row(int seq) {
        return "{\"seq\":\"" + seq + "-abcdef01\",\"id\":\"d" + seq + "\",\"changes\":[{\"rev\":\"1-a\"}],\"block\":"
                + seq + "}\n";
    }

    /** @param silent whether it says nothing after that, and does not end either */
    private void send(HttpExchange exchange, String text, boolean silent) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(text.getBytes(UTF_8));
            out.flush();
            if (silent) {
                over.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void next_nodesThatBreakOff_showsEachChangeOnce() throws IOException {
        AtomicInteger connections = new AtomicInteger();
        try (FakeNode node = FakeNode.start(exchange -> {
                    switch (connections.incrementAndGet()) {
                        // In the midst of a row.
                        case 1 -> send(exchange, row(1) + "\n" + row(2) + row(3).substring(0, 20), false);
                        case 2 -> send(exchange, row(3), true);
                        // As a node that stops.
                        case 3 -> send(exchange, row(4) + "{\"last_seq\":\"4-abcdef01\",\"pending\":0}\n", false);
                        default -> send(exchange, row(5), false);
                    }
                });
                Archipel archipel = Archipel.connect(node.url());
                ChangeFeed feed = archipel.database("islands")
                        .changes(FeedOptions.fromTheStart().heartbeat(Duration.ofMillis(100)))) {
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                ids.add(feed.next().id());
            }
            assertEquals(List.of("d1", "d2", "d3", "d4", "d5"), ids);
            assertEquals("5-abcdef01", feed.seq());
            assertEquals(
                    5, archipel.database("islands").seenBlock().orElseThrow().number());
            List<String> since = node.requests().stream()
                    .map(request -> request.replaceAll(".*since=([^&]*).*", "$1"))
                    .toList();
            assertEquals(List.of("0", "2-abcdef01", "3-abcdef01", "4-abcdef01"), since.subList(0, 4));
            assertTrue(node.requests().get(0).contains("strict=true"));
            over.countDown();
        }
    }

    @Test
    void next_heartbeatsThatComeLate_areWaitedFor() throws IOException {
        try (FakeNode node = FakeNode.start(exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    try (OutputStream out = exchange.getResponseBody()) {
                        // Longer than other answers may stand still.
                        assertFalse(over.await(600, TimeUnit.MILLISECONDS));
                        out.write(row(1).getBytes(UTF_8));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                Archipel archipel = Archipel.builder(node.url())
                        .silence(Duration.ofMillis(100))
                        .connect();
                ChangeFeed feed = archipel.database("islands")
                        .changes(FeedOptions.fromTheStart().heartbeat(Duration.ofSeconds(20)))) {
            assertEquals("d1", feed.next().id());
            assertEquals(1, node.requests().size());
        }
    }

    @Test
    void hasNext_lineThatIsTooLong_saysSo() throws IOException {
        String end = "{\"last_seq\":\"1-abcdef01\",\"pending\":0}\n";
        try (FakeNode node = FakeNode.start(exchange -> send(exchange, row(1) + end, false));
                Archipel archipel =
                        Archipel.builder(node.url()).largestAnswer(30).connect();
                ChangeFeed feed = archipel.database("islands").changes(FeedOptions.fromTheStart())) {
            assertThrows(TooLargeException.class, feed::hasNext);
            assertEquals(1, node.requests().size());
        }
    }

    @Test
    void hasNext_lineThatIsNoJson_saysSo() throws IOException {
        try (FakeNode node = FakeNode.start(exchange -> send(exchange, "<html>\n", false));
                Archipel archipel = Archipel.connect(node.url());
                ChangeFeed feed = archipel.database("islands").changes(FeedOptions.fromTheStart())) {
            assertThrows(ServerFaultException.class, feed::hasNext);
            assertEquals(1, node.requests().size());
        }
    }

    @Test
    void close_whileItConnects_endsTheReader() throws Exception {
        try (FakeNode node = FakeNode.start(exchange -> {
                    try {
                        over.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                Archipel archipel = Archipel.connect(node.url())) {
            ChangeFeed feed = archipel.database("islands").changes(FeedOptions.fromTheStart());
            CompletableFuture<Boolean> reader = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> reader.complete(feed.hasNext()));
            Awaitility.await().until(() -> !node.requests().isEmpty());
            feed.close();
            // Sooner than a node is given up.
            assertFalse(reader.get(5, TimeUnit.SECONDS));
            over.countDown();
        }
    }

    @Test
    void hasNext_otherHistory_saysWhereToBegin() throws IOException {
        String refusal = "{\"error\":\"other_history\",\"reason\":\"no\",\"restart\":\"0\"}";
        try (FakeNode node = FakeNode.start(exchange -> FakeNode.answer(exchange, 409, refusal));
                Archipel archipel = Archipel.connect(node.url());
                ChangeFeed feed = archipel.database("islands").changes(FeedOptions.since("9-12345678"))) {
            assertEquals(
                    "0",
                    assertThrows(OtherHistoryException.class, feed::hasNext).restart());
        }
    }

    @Test
    void hasNext_allShown_ends() throws IOException {
        String end = "{\"last_seq\":\"1-abcdef01\",\"pending\":0}\n";
        try (FakeNode node = FakeNode.start(exchange -> send(exchange, row(1) + end, false));
                Archipel archipel = Archipel.connect(node.url());
                ChangeFeed feed = archipel.database("islands")
                        .changes(FeedOptions.fromTheStart().untilNow())) {
            assertEquals("d1", feed.next().id());
            assertFalse(feed.hasNext());
            assertEquals(1, node.requests().size());
        }
    }
}
