package archipel.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.health.Health;
import archipel.health.Problem;
import archipel.http.RawClient.Answer;
import archipel.testkit.RawHttp2;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that take what others need: connections, memory for heads, time. */
class ClientLimitsTest {
    private final Health health = new Health();
    private final AtomicReference<Throwable> handlerFailed = new AtomicReference<>();
    private final CountDownLatch writerEnded = new CountDownLatch(1);
    private HttpServer server;

    private void start(HttpSettings settings) {
        server = BareServer.start(settings, health, router -> {
            router.server("_ok", Access.ANYONE, "GET").get((_, answer) -> answer.ok(200));
            router.server("_body", Access.ANYONE, "POST")
                    .post((request, answer) ->
                            answer.text(200, "text/plain", request.body().bytes()));
            router.server("_endless", Access.ANYONE, "GET").get(this::endless);
        });
    }

    private void endless(Request request, archipel.http.Answer answer) throws IOException {
        try (OutputStream out = answer.open(200, -1)) {
            while (true) {
                out.write(new byte[100_000]);
            }
        } catch (IOException e) {
            handlerFailed.set(e);
            throw e;
        } finally {
            writerEnded.countDown();
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Settings small enough to be reached. */
    private static class Small implements HttpSettings {
        @Override
        public int maximumConnections() {
            return 20;
        }

        @Override
        public long transferTimeoutMs() {
            return 300;
        }
    }

    @Test
    void connections_asManyAsMayBe_othersGet503UntilSomeLeave() throws IOException {
        start(new Small() {
            @Override
            public boolean isTrustedProxy(InetAddress address) {
                return true;
            }
        });
        List<RawClient> held = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            RawClient client = new RawClient(server.port());
            client.get("/_ok");
            held.add(client);
        }
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.read(false);
            assertEquals(503, answer.status());
            assertEquals(
                    "{\"error\":\"service_unavailable\",\"reason\":\"Too many open connections; try again later.\"}\n",
                    answer.text());
            assertTrue(client.isClosed());
        }
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> health.has(Problem.DESCRIPTORS_SHORT));
        // Crowded, so that those that wait for a request make room without their doing.
        Awaitility.await().atMost(Duration.ofMinutes(1)).ignoreExceptions().until(() -> {
            try (RawClient client = new RawClient(server.port())) {
                return client.get("/_ok").status() == 200;
            }
        });
        for (RawClient client : held) {
            client.close();
        }
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !health.has(Problem.DESCRIPTORS_SHORT));
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> server.connections() == 0);
    }

    @Test
    void connections_perAddress_areBounded() throws IOException {
        start(new HttpSettings() {
            @Override
            public int maximumConnectionsPerAddress() {
                return 3;
            }
        });
        List<RawClient> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            RawClient client = new RawClient(server.port());
            assertEquals(200, client.get("/_ok").status());
            held.add(client);
        }
        try (RawClient client = new RawClient(server.port())) {
            assertEquals(503, client.read(false).status());
        }
        held.getFirst().close();
        Awaitility.await().atMost(Duration.ofMinutes(1)).ignoreExceptions().until(() -> {
            try (RawClient client = new RawClient(server.port())) {
                return client.get("/_ok").status() == 200;
            }
        });
        for (RawClient client : held) {
            client.close();
        }
    }

    /** Where the process has few descriptors, or the setting is low, others find room all the same. */
    @Test
    void connections_ofOneClient_leaveAQuarterWhateverTheMaximum() throws IOException {
        start(new Small());
        List<RawClient> held = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            RawClient client = new RawClient(server.port());
            assertEquals(200, client.get("/_ok").status());
            held.add(client);
        }
        try (RawClient client = new RawClient(server.port())) {
            assertEquals(503, client.read(false).status());
        }
        assertEquals(15, server.connections());
        for (RawClient client : held) {
            client.close();
        }
    }

    @Test
    void http2Head_unfinished_isClosedInTime() throws IOException {
        start(new HttpSettings() {
            @Override
            public long headTimeoutMs() {
                return 1_000;
            }
        });
        try (RawHttp2 client = RawHttp2.to(server.port())) {
            // Well before an idle connection is closed.
            client.timeoutMs(15_000);
            client.write(RawHttp2.get(1, "/_ok"));
            assertEquals(0, client.awaitEnds(1));
            client.send(RawHttp2.HEADERS, RawHttp2.END_STREAM, 3, RawHttp2.fields(":method", "GET"));
            assertTrue(client.awaitClose());
        }
        // Half a frame is half a head as well.
        try (RawHttp2 client = RawHttp2.to(server.port())) {
            client.timeoutMs(15_000);
            client.write(Arrays.copyOf(RawHttp2.get(1, "/_ok"), 20));
            assertTrue(client.awaitClose());
        }
    }

    @Test
    void http2Heads_tooMuchMemoryTogether_areRefusedAndTheRestServed() throws IOException {
        start(HttpSettings.DEFAULT);
        long budget = Runtime.getRuntime().maxMemory() / 32;
        byte[] part = new byte[16 << 10];
        int needed = (int) (budget / part.length / 6) + 10;
        List<RawHttp2> held = new ArrayList<>();
        int failed = 0;
        for (int i = 0; i < needed; i++) {
            RawHttp2 client = RawHttp2.to(server.port());
            held.add(client);
            try {
                client.send(RawHttp2.HEADERS, 0, 1, part);
                for (int more = 0; more < 6; more++) {
                    client.send(RawHttp2.CONTINUATION, 0, 1, part);
                }
            } catch (IOException e) {
                failed++;
            }
        }
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> server.connections() < needed);
        assertTrue(failed < needed / 2);
        for (RawHttp2 client : held) {
            client.close();
        }
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> server.connections() == 0);
        try (RawHttp2 client = RawHttp2.to(server.port())) {
            client.write(RawHttp2.get(1, "/_ok"));
            assertEquals(0, client.awaitEnds(1));
        }
    }

    /** A PING, or an empty line, is no request. */
    @Test
    void connection_thatSendsNoRequest_isClosedWhenIdle() throws Exception {
        start(new HttpSettings() {
            @Override
            public long idleTimeoutMs() {
                return 1_500;
            }
        });
        try (RawHttp2 client = RawHttp2.to(server.port());
                RawClient old = new RawClient(server.port())) {
            client.write(RawHttp2.get(1, "/_ok"));
            assertEquals(0, client.awaitEnds(1));
            assertEquals(200, old.get("/_ok").status());
            CountDownLatch ended = new CountDownLatch(1);
            Thread sends = Thread.ofVirtual().start(() -> {
                while (true) {
                    try {
                        if (ended.await(200, TimeUnit.MILLISECONDS)) {
                            return;
                        }
                        client.send(RawHttp2.PING, 0, 0, new byte[8]);
                    } catch (IOException | InterruptedException e) {
                        // Closed, as it should be.
                    }
                    try {
                        old.send("\r\n");
                    } catch (IOException e) {
                        // This one as well.
                    }
                }
            });
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> server.connections() == 0);
            ended.countDown();
            sends.join();
        }
    }

    @Test
    void head_unfinishedOrNeverBegun_isClosed() throws IOException {
        start(new HttpSettings() {
            @Override
            public long headTimeoutMs() {
                return 1_000;
            }
        });
        for (String begun : List.of("", "G", "GET /_ok HTTP/1.1\r\nHost: h\r\nX: y")) {
            try (RawClient client = new RawClient(server.port())) {
                client.send(begun);
                assertTrue(client.isClosed(), begun);
            }
        }
        try (RawClient client = new RawClient(server.port())) {
            assertEquals(200, client.get("/_ok").status());
            client.send("GET /_ok HT");
            assertTrue(client.isClosed());
        }
    }

    @Test
    void heads_tooMuchMemoryTogether_areRefusedAndTheRestServed() throws IOException {
        start(HttpSettings.DEFAULT);
        long budget = Runtime.getRuntime().maxMemory() / 32;
        String part = "GET /_ok HTTP/1.1\r\nHost: h\r\nX: " + "y".repeat(60_000);
        int needed = (int) (budget / part.length()) + 50;
        List<RawClient> held = new ArrayList<>();
        for (int i = 0; i < needed; i++) {
            RawClient client = new RawClient(server.port());
            try {
                client.send(part);
            } catch (IOException e) {
                // Refused before it had said all.
            }
            held.add(client);
        }
        // Some are told so, and closed, before any has said all.
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> server.connections() < needed);
        int refused = 0;
        for (RawClient client : held) {
            try {
                client.send("\r\n\r\n");
                if (client.read(false).status() != 200) {
                    refused++;
                }
            } catch (IOException e) {
                refused++;
            }
            client.close();
        }
        assertTrue(refused > 0);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> server.connections() == 0);
        try (RawClient client = new RawClient(server.port())) {
            assertEquals(200, client.send(part + "\r\n\r\n").read(false).status());
        }
    }

    @Test
    void body_staysAway_is408() throws IOException {
        start(new Small());
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\nhi");
            Answer answer = client.read(false);
            assertEquals(408, answer.status());
            assertTrue(client.isClosed());
        }
    }

    @Test
    void body_dripping_is408() throws Exception {
        start(new Small());
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
            CountDownLatch answered = new CountDownLatch(1);
            Thread drips = Thread.ofVirtual().start(() -> {
                try {
                    while (!answered.await(100, TimeUnit.MILLISECONDS)) {
                        client.send("x");
                    }
                } catch (IOException | InterruptedException e) {
                    // The server has had enough.
                }
            });
            assertEquals(408, client.read(false).status());
            answered.countDown();
            drips.join();
        }
    }

    /** The library takes an extension byte by byte, and trailers, without returning anything of the body. */
    @Test
    void body_drippingWithoutContent_isBrokenOff() throws Exception {
        start(new Small());
        for (String begun : List.of("5;x=", "1\r\na\r\n0\r\nTrailer: ")) {
            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /_body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + begun);
                CountDownLatch ended = new CountDownLatch(1);
                Thread drips = Thread.ofVirtual().start(() -> {
                    try {
                        while (!ended.await(100, TimeUnit.MILLISECONDS)) {
                            client.send("x");
                        }
                    } catch (IOException | InterruptedException e) {
                        // The server has had enough.
                    }
                });
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> server.running() == 0 && server.connections() == 0);
                ended.countDown();
                drips.join();
            }
        }
    }

    /** Only its stream ends: the connection is good for others. */
    @Test
    void http2Answer_notTaken_endsTheHandlerAndKeepsTheConnection() throws Exception {
        start(new Small());
        try (RawHttp2 client = RawHttp2.to(server.port())) {
            client.write(RawHttp2.get(1, "/_endless"));
            assertTrue(writerEnded.await(20, TimeUnit.SECONDS));
            assertEquals(1, client.awaitEnds(1));
            client.send(RawHttp2.WINDOW_UPDATE, 0, 0, new byte[] {0, 16, 0, 0});
            client.write(RawHttp2.get(3, "/_ok"));
            assertEquals(0, client.awaitEnds(1));
        }
    }

    @Test
    void answer_notTaken_endsTheHandler() throws Exception {
        start(new Small());
        try (RawClient client = new RawClient(server.port())) {
            client.send("GET /_endless HTTP/1.1\r\nHost: h\r\n\r\n");
            assertTrue(writerEnded.await(20, TimeUnit.SECONDS));
            assertTrue(handlerFailed.get() instanceof IOException);
        }
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> server.connections() == 0);
    }

    @Test
    void feed_silentForLongerThanTransfersMayBe_goesOn() throws Exception {
        server = BareServer.start(
                new Small(),
                health,
                router -> router.server("_feed", Access.ANYONE, "GET").get((_, answer) -> {
                    try (OutputStream out = answer.open(200, -1)) {
                        out.write('a');
                        try {
                            new CountDownLatch(1).await(1_500, TimeUnit.MILLISECONDS);
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                        out.write('b');
                    }
                }));
        try (RawClient client = new RawClient(server.port())) {
            assertEquals("ab", client.get("/_feed").text());
        }
    }

    /** Between requests another time counts. */
    @Test
    void connection_quietForLongerThanTransfersMayBe_isServed() throws Exception {
        start(new Small());
        try (RawHttp2 client = RawHttp2.to(server.port());
                RawClient old = new RawClient(server.port())) {
            for (int stream = 1; stream < 6; stream += 2) {
                client.write(RawHttp2.get(stream, "/_ok"));
                assertEquals(0, client.awaitEnds(1));
                assertEquals(200, old.get("/_ok").status());
                assertFalse(new CountDownLatch(1).await(800, TimeUnit.MILLISECONDS));
            }
        }
    }
}
