package archipel.calls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.failures.AccessDeniedException;
import archipel.failures.BlockNotReachedException;
import archipel.failures.CallInterruptedException;
import archipel.failures.LockLostException;
import archipel.failures.OutcomeUnknownException;
import archipel.failures.TooLargeException;
import archipel.failures.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TransportTest {
    /** Nothing listens on it. */
    private static final String NOBODY = "http://127.0.0.1:1";

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private FakeNode node(com.sun.net.httpserver.HttpHandler handler) throws IOException {
        FakeNode node = FakeNode.start(handler);
        open.add(node);
        return node;
    }

    private FakeNode answering(int status, String body) throws IOException {
        return node(exchange -> FakeNode.answer(exchange, status, body));
    }

    /** One that takes requests and says nothing. */
    private FakeNode silent() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        FakeNode node = node(exchange -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                exchange.close();
            }
        });
        open.add(0, never::countDown);
        return node;
    }

    private Transport transport(boolean sessions, String... addresses) {
        TransportOptions options = new TransportOptions(
                Duration.ofSeconds(1),
                Duration.ofMillis(300),
                Duration.ofSeconds(2),
                Duration.ofMillis(300),
                1000,
                sessions,
                null);
        Transport transport = new Transport(Address.parse(String.join(",", addresses)), options, SteadyClock.machine());
        open.add(0, transport);
        return transport;
    }

    private static String text(Reply reply) {
        return new String(reply.body(), UTF_8);
    }

    @Test
    void send_firstNodeAway_asksTheSecondAndStaysWithIt() throws IOException {
        FakeNode second = answering(200, "{}");
        Transport transport = transport(false, NOBODY, second.url());

        assertEquals("{}", text(transport.send(Call.read("/a"))));
        assertEquals("{}", text(transport.send(Call.write("PUT", "/b"))));

        assertEquals(List.of("GET /a", "PUT /b"), second.requests());
        assertEquals(3, transport.counters().attempts());
    }

    @Test
    void send_readAtASilentNode_goesOnAtTheNext() throws IOException {
        FakeNode first = silent();
        FakeNode second = answering(200, "{}");

        Reply reply = transport(false, first.url(), second.url()).send(Call.read("/a"));

        assertEquals(200, reply.status());
        assertFalse(reply.repeated());
    }

    @Test
    void send_unavailableNode_isAskedAgainUntilItCan() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        FakeNode node = node(exchange -> FakeNode.answer(
                exchange,
                asked.incrementAndGet() < 4 ? 503 : 201,
                "{\"error\":\"service_unavailable\",\"reason\":\"soon\"}"));

        Reply reply = transport(false, node.url()).send(Call.once("POST", "/a"));

        assertEquals(201, reply.status());
        assertFalse(reply.repeated(), "a 503 of a node says that nothing was written");
    }

    @Test
    void send_writeWithoutAnswer_isRepeatedAndSaysSo() throws IOException {
        FakeNode first = silent();
        FakeNode second = answering(409, "{\"error\":\"conflict\",\"reason\":\"Document update conflict.\"}");

        Reply reply = transport(false, first.url(), second.url()).send(Call.write("PUT", "/a"));

        assertEquals(409, reply.status());
        assertTrue(reply.repeated());
    }

    @Test
    void send_writeThatMustNotBeRepeated_endsWithAnUnknownOutcome() throws IOException {
        FakeNode first = silent();
        FakeNode second = answering(201, "{}");
        Transport transport = transport(false, first.url(), second.url());

        assertThrows(OutcomeUnknownException.class, () -> transport.send(Call.once("POST", "/a")));

        assertEquals(List.of(), second.requests());
        assertEquals(1, transport.counters().unknownOutcomes());
    }

    @Test
    void send_undecidedWrite_endsWithAnUnknownOutcome() throws IOException {
        FakeNode node = answering(503, "{\"error\":\"write_undecided\",\"reason\":\"perhaps\"}");

        OutcomeUnknownException e = assertThrows(
                OutcomeUnknownException.class,
                () -> transport(false, node.url()).send(Call.once("POST", "/a")));

        assertEquals(503, e.status());
        assertEquals("write_undecided", e.error());
    }

    private static String storageError(String reason) {
        return "{\"error\":\"storage_error\",\"reason\":\"" + reason + "\"}";
    }

    @Test
    void send_diskFailedAtAWrite_asksAnotherNodeAndSaysSo() throws IOException {
        FakeNode first = answering(500, storageError("The disk failed; this write may or may not have been stored."));
        FakeNode second = answering(409, "{\"error\":\"conflict\",\"reason\":\"no\"}");
        assertTrue(transport(false, first.url(), second.url())
                .send(Call.write("PUT", "/a"))
                .repeated());
        assertThrows(
                OutcomeUnknownException.class,
                () -> transport(false, first.url()).send(Call.once("PUT", "/a")));
    }

    @Test
    void send_diskFullAtAWrite_isTheAnswer() throws IOException {
        FakeNode node = answering(500, storageError("The disk is full; nothing was written. Free some space."));
        Reply reply = transport(false, node.url()).send(Call.write("PUT", "/a"));
        assertEquals(500, reply.status());
        assertFalse(reply.repeated());
        assertEquals(1, node.requests().size());
    }

    @Test
    void send_nobodyThere_isUnavailableAndNamesTheNode() {
        UnavailableException e = assertThrows(
                UnavailableException.class,
                () -> transport(false, NOBODY).send(Call.write("PUT", "/a").within(Duration.ofMillis(200))));
        assertTrue(e.getMessage().contains(NOBODY), e.getMessage());
        assertEquals(0, e.status());
    }

    @Test
    void send_blockThatNobodyHas_saysHowFarTheNodeIs() throws IOException {
        FakeNode node = answering(503, "{\"error\":\"block_not_reached\",\"reason\":\"no\",\"head\":\"3-0xab\"}");
        BlockNotReachedException e = assertThrows(
                BlockNotReachedException.class,
                () -> transport(false, node.url()).send(Call.read("/a").within(Duration.ofMillis(100))));
        assertEquals("3-0xab", e.head());
    }

    @Test
    void send_longAnswer_isNotTakenIn() throws IOException {
        FakeNode node = answering(200, "x".repeat(1001));
        assertThrows(TooLargeException.class, () -> transport(false, node.url()).send(Call.read("/a")));
        assertEquals(1, node.requests().size());
    }

    @Test
    void send_sessions_logInOnceAndAgainWhenTheCookieEnds() throws IOException {
        AtomicReference<String> good = new AtomicReference<>("one");
        FakeNode node = node(exchange -> {
            if (exchange.getRequestURI().getPath().equals("/_session")) {
                exchange.getResponseHeaders().add("Set-Cookie", "AuthSession=" + good.get() + "; Path=/");
                FakeNode.answer(exchange, 200, "{}");
            } else {
                String cookie = exchange.getRequestHeaders().getFirst("Cookie");
                FakeNode.answer(exchange, ("AuthSession=" + good.get()).equals(cookie) ? 200 : 401, "{}");
            }
        });
        Transport transport = transport(true, node.url().replace("//", "//ann:secret@"));

        assertEquals(200, transport.send(Call.read("/a")).status());
        assertEquals(200, transport.send(Call.read("/b")).status());
        good.set("two");
        assertEquals(200, transport.send(Call.read("/c")).status());

        assertEquals(
                List.of("POST /_session", "GET /a", "GET /b", "GET /c", "POST /_session", "GET /c"), node.requests());
    }

    @Test
    void send_wrongPassword_isDeniedAtOnce() throws IOException {
        FakeNode node = answering(401, "{\"error\":\"unauthorized\",\"reason\":\"Name or password is incorrect.\"}");
        Transport transport = transport(true, node.url().replace("//", "//ann:secret@"));
        assertThrows(AccessDeniedException.class, () -> transport.send(Call.read("/a")));
        assertEquals(List.of("POST /_session"), node.requests());
    }

    @Test
    void open_bodyThatStandsStill_fails() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        open.add(over::countDown);
        FakeNode node = node(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("begin".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            try {
                over.await();
            } catch (InterruptedException e) {
                exchange.close();
            }
        });
        try (StreamedReply reply = transport(false, node.url()).open(Call.read("/a"))) {
            assertEquals("begin", new String(reply.body().readNBytes(5), UTF_8));
            assertThrows(IOException.class, () -> reply.body().read());
        }
    }

    @Test
    void open_longBody_comesWhole() throws IOException {
        byte[] content = new byte[3 << 20];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 31 >> 3);
        }
        FakeNode node = node(exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
            exchange.close();
        });
        try (StreamedReply reply = transport(false, node.url()).open(Call.read("/a"))) {
            assertArrayEquals(content, reply.body().readAllBytes());
        }
    }

    @Test
    void send_longUploadThatGoesOn_isNotGivenUp() throws IOException {
        FakeNode node = node(exchange -> FakeNode.answer(exchange, 201, "{}"));
        AtomicInteger taken = new AtomicInteger();
        InputStream slow = new InputStream() {
            @Override
            public int read() {
                // Slower as a whole than one attempt may take.
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
                return taken.incrementAndGet() < 10 ? 'x' : -1;
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                int one = read();
                target[offset] = (byte) one;
                return one < 0 ? -1 : 1;
            }
        };
        Call call = Call.write("PUT", "/a").within(Duration.ofSeconds(20)).body(new Content() {
            @Override
            public HttpRequest.BodyPublisher publisher() {
                return HttpRequest.BodyPublishers.ofInputStream(() -> slow);
            }

            @Override
            public long taken() {
                return taken.get();
            }
        });

        Reply reply = transport(false, node.url()).send(call);

        assertEquals(201, reply.status());
        assertEquals(1, node.requests().size());
    }

    /** What is lost as soon as something has happened. */
    private static Permit until(BooleanSupplier event) {
        return new Permit() {
            @Override
            public void require() {
                if (event.getAsBoolean()) {
                    throw new LockLostException("pier", "Its time is over.");
                }
            }

            @Override
            public long leftNanos() {
                return event.getAsBoolean() ? 0 : Duration.ofMillis(20).toNanos();
            }
        };
    }

    @Test
    void send_permitLostMeanwhile_isNotSentAgain() throws IOException {
        FakeNode node = silent();
        FakeNode other = silent();
        Transport transport = transport(false, node.url(), other.url());
        Call call = Call.write("PUT", "/a").under(until(() -> !node.requests().isEmpty()));

        OutcomeUnknownException e = assertThrows(OutcomeUnknownException.class, () -> transport.send(call));

        assertEquals("lock_lost", e.error());
        assertEquals(1, transport.counters().attempts());
        assertEquals(0, other.requests().size());
    }

    @Test
    void send_permitLostBeforeANodeWasReached_saysSo() {
        Transport transport = transport(false, NOBODY);
        Call call =
                Call.write("PUT", "/a").under(until(() -> transport.counters().failedAttempts() > 0));
        assertThrows(LockLostException.class, () -> transport.send(call));
    }

    @Test
    void send_interrupted_saysSoAndStaysInterrupted() throws Exception {
        FakeNode node = silent();
        Transport transport = transport(false, node.url());
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                transport.send(Call.read("/a"));
            } catch (CallInterruptedException e) {
                thrown.set(Thread.currentThread().isInterrupted() ? e : new IllegalStateException());
            }
        });
        Awaitility.await().until(() -> !node.requests().isEmpty());
        thread.interrupt();
        thread.join();
        assertEquals(CallInterruptedException.class, thrown.get().getClass());
    }

    @Test
    void close_whileSomebodyWaits_endsTheCallAndAllThreads() throws Exception {
        FakeNode node = silent();
        Transport transport = transport(false, node.url());
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                transport.send(Call.read("/a"));
            } catch (IllegalStateException e) {
                thrown.set(e);
            }
        });
        Awaitility.await().until(() -> !node.requests().isEmpty());
        transport.close();
        thread.join();
        assertEquals("the client is closed", thrown.get().getMessage());
        assertThrows(IllegalStateException.class, () -> transport.send(Call.read("/a")));
    }
}
