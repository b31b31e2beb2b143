package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.identity.NodeIdentity;
import archipel.identity.NodeTls;
import archipel.transport.CallFailure.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Strangers, and members that behave as none should. */
class TransportAttackTest {
    private static final MemberSecret OTHER_SECRET =
            MemberSecret.ofBytes("another secret of 32 bytes, yes!".getBytes(StandardCharsets.US_ASCII));

    private final Members members = new Members();
    private final AtomicInteger handled = new AtomicInteger();
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private Transport b;

    @BeforeEach
    void open() throws IOException {
        b = members.add(
                "b",
                options -> options.with(Timing.DEFAULT.withProve(Duration.ofSeconds(2)))
                        .with((Admission) (member, fingerprint) -> !member.equals("denied")));
        b.serve(Service.FORWARD, (member, service, request, exchange) -> {
            handled.incrementAndGet();
            exchange.answer(request);
        });
        b.watch(new Listener() {
            @Override
            public void refused(InetAddress address, String reason) {
                refused.add(reason);
            }
        });
        b.start();
        members.addresses().put("a", Members.loopback(1));
    }

    @AfterEach
    void close() {
        members.close();
        assertEquals(0, b.unproved());
    }

    private void awaitRefused(String reason) {
        Awaitility.await().until(() -> refused.stream().anyMatch(each -> each.contains(reason)));
        assertEquals(0, handled.get());
        assertEquals(0, b.counters().incoming());
    }

    /** That a member with the right secret is still let in. */
    private void assertServes() throws IOException {
        Transport a = members.add("a");
        a.start();
        Awaitility.await()
                .until(() -> Outcome.of(a.link("b"), Service.FORWARD, "x").isAnsweredSoon());
        a.close();
    }

    @Test
    void connect_wrongSecret_isRefusedOnBothSides() throws Exception {
        Queue<String> unreachable = new ConcurrentLinkedQueue<>();
        Transport a = members.add("a", options -> options, NodeIdentity.make(), OTHER_SECRET);
        a.watch(new Listener() {
            @Override
            public void unreachable(String member, String reason) {
                unreachable.add(reason);
            }
        });
        a.start();
        CallFailure failure = Outcome.of(a.link("b"), Service.FORWARD, "x").failure();
        assertEquals(Kind.NOT_CONNECTED, failure.kind());
        assertFalse(failure.mayHaveArrived());
        awaitRefused("the proof of the ensemble's secret is wrong");
        Awaitility.await().until(() -> !unreachable.isEmpty());
        assertEquals("refused by the other side: the proof of the ensemble's secret is wrong", unreachable.peek());
        assertTrue(b.counters().proofsFailed() >= 1);
        a.close();
        assertServes();
    }

    @Test
    void connect_noProof_getsNothing() throws Exception {
        for (FrameKind kind : FrameKind.values()) {
            try (RawMember raw = RawMember.connect(b.port(), "a", Members.ENSEMBLE, OTHER_SECRET)) {
                raw.send(kind, Service.FORWARD.code(), 1, ByteBuffer.allocate(100));
                assertTrue(raw.isEnded(), kind.toString());
            }
        }
        awaitRefused("a frame REQUEST instead of HELLO");
        assertServes();
    }

    @Test
    void connect_repeatedProofOfTheOther_isWrong() throws Exception {
        // Somebody who answers with what the caller has proved.
        try (ServerSocket mirror = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            members.addresses().put("mirror", Members.loopback(mirror.getLocalPort()));
            Thread.ofVirtual().start(() -> {
                SSLContext tls = NodeTls.answering(NodeIdentity.make());
                while (!mirror.isClosed()) {
                    try (Socket plain = mirror.accept();
                            SSLSocket socket = TlsSockets.answering(plain, tls)) {
                        socket.startHandshake();
                        FrameReader reader =
                                new FrameReader(socket.getInputStream(), 4096, () -> 0, new TransportCounters());
                        reader.next();
                        write(socket.getOutputStream(), FrameKind.CHALLENGE, ByteBuffer.allocate(32));
                        write(
                                socket.getOutputStream(),
                                FrameKind.ACCEPT,
                                reader.next().payload());
                        assertEquals(-1, socket.getInputStream().read());
                    } catch (IOException ended) {
                        // The next one.
                    }
                }
            });
            CallFailure failure =
                    Outcome.of(b.link("mirror"), Service.FORWARD, "x").failure();
            assertTrue(failure.message().contains("does not know the ensemble's secret"), failure.message());
            assertFalse(failure.mayHaveArrived());
        }
    }

    @Test
    void connect_answererShowsAnotherKeyThanTheMembers_isProvedNothing() throws Exception {
        Transport d = members.add(
                "d",
                options -> options.with(new Admission() {
                    @Override
                    public boolean admits(String member, String fingerprint) {
                        return false;
                    }

                    @Override
                    public boolean mayHave(String member, String fingerprint) {
                        return false;
                    }
                }));
        d.start();
        Queue<FrameKind> said = new ConcurrentLinkedQueue<>();
        try (ServerSocket mirror = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            members.addresses().put("mirror", Members.loopback(mirror.getLocalPort()));
            Thread listening = Thread.ofVirtual().start(() -> {
                try (Socket plain = mirror.accept();
                        SSLSocket socket = TlsSockets.answering(plain, NodeTls.answering(NodeIdentity.make()))) {
                    socket.startHandshake();
                    FrameReader reader =
                            new FrameReader(socket.getInputStream(), 4096, () -> 0, new TransportCounters());
                    said.add(reader.next().kind());
                    write(socket.getOutputStream(), FrameKind.CHALLENGE, ByteBuffer.allocate(32));
                    said.add(reader.next().kind());
                } catch (IOException ended) {
                    // As it is to be.
                }
            });
            CallFailure failure =
                    Outcome.of(d.link("mirror"), Service.FORWARD, "x").failure();
            assertTrue(failure.message().matches("member mirror with the key [0-9a-f]{32} is not admitted here"));
            listening.join();
            assertTrue(said.isEmpty(), said::toString);
        }
    }

    private static void write(OutputStream out, FrameKind kind, ByteBuffer payload) throws IOException {
        Frame frame = new Frame(kind, (byte) 0, 0, payload);
        ByteBuffer bytes = ByteBuffer.allocate(frame.bytes());
        frame.putHead(bytes);
        out.write(bytes.put(payload.duplicate()).array());
    }

    @Test
    void connect_manInTheMiddle_failsOnBothSides() throws Exception {
        NodeIdentity own = NodeIdentity.make();
        try (ServerSocket middle = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!middle.isClosed()) {
                    relay(middle, own, b.port());
                }
            });
            Transport a = members.add("a");
            Members.echoing(a);
            members.addresses().put("b", Members.loopback(middle.getLocalPort()));
            Outcome outcome = Outcome.of(a.link("b"), Service.FORWARD, "x");
            assertEquals(Kind.NOT_CONNECTED, outcome.failure().kind());
            awaitRefused("the proof of the ensemble's secret is wrong");
            assertEquals(0, a.counters().outgoing());
        }
    }

    /** Passes on all that two members say, between a TLS connection of its own with each. */
    private static void relay(ServerSocket middle, NodeIdentity own, int port) {
        try (Socket from = middle.accept();
                Socket to = RawMember.socket(port);
                SSLSocket caller = TlsSockets.answering(from, NodeTls.answering(own));
                SSLSocket answerer =
                        TlsSockets.calling(to, NodeTls.askingAnybody(own).context())) {
            caller.startHandshake();
            answerer.startHandshake();
            InputStream answers = answerer.getInputStream();
            OutputStream back = caller.getOutputStream();
            Thread answering = Thread.ofVirtual().start(() -> {
                try {
                    answers.transferTo(back);
                    TlsSockets.close(from);
                } catch (IOException ended) {
                    // As the other direction does.
                }
            });
            caller.getInputStream().transferTo(answerer.getOutputStream());
            answering.join();
        } catch (IOException | InterruptedException ended) {
            // The next one.
        }
    }

    @Test
    void connect_strangersOfAnyKind_areRefused() throws Exception {
        try (Socket http = RawMember.socket(b.port())) {
            http.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            http.setSoTimeout(20_000);
            byte[] answer = http.getInputStream().readAllBytes();
            assertFalse(new String(answer, StandardCharsets.ISO_8859_1).contains("archipel"));
        }
        awaitRefused("Unsupported or unrecognized SSL message");
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 20; i++) {
            try (Socket garbage = RawMember.socket(b.port())) {
                byte[] bytes = new byte[random.nextInt(1, 5000)];
                random.nextBytes(bytes);
                if (i % 2 == 0) {
                    // As if a TLS handshake began.
                    System.arraycopy(new byte[] {22, 3, 1, 64, 0, 1}, 0, bytes, 0, Math.min(6, bytes.length));
                }
                garbage.getOutputStream().write(bytes);
                garbage.shutdownOutput();
                garbage.setSoTimeout(20_000);
                garbage.getInputStream().readAllBytes();
            } catch (IOException reset) {
                // As good.
            }
        }
        Awaitility.await().until(() -> b.unproved() == 0);
        assertServes();
    }

    @Test
    void connect_tlsWithoutACertificate_isRefused() throws Exception {
        SSLContext anonymous = SSLContext.getInstance("TLSv1.3");
        anonymous.init(null, new TrustManager[] {new TrustsAnybody()}, null);
        try (Socket plain = RawMember.socket(b.port())) {
            SSLSocket socket = TlsSockets.calling(plain, anonymous);
            plain.setSoTimeout(20_000);
            assertThrows(IOException.class, () -> {
                socket.startHandshake();
                socket.getInputStream().read();
            });
        }
        Awaitility.await().until(() -> b.counters().proofsFailed() == 1);
        assertServes();
    }

    @Test
    void connect_longFrameBeforeTheProof_isCutOff() throws Exception {
        for (int length : new int[] {4097 + Frame.HEAD_BYTES, 64 << 20, Integer.MAX_VALUE, -1}) {
            try (RawMember raw = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)) {
                raw.out()
                        .write(ByteBuffer.allocate(14)
                                .putInt(length)
                                .put(FrameKind.HELLO.code())
                                .array());
                assertTrue(raw.isEnded());
            }
        }
        awaitRefused("where 4096 are allowed");
        assertServes();
    }

    @Test
    void request_ofAMemberThatIsNone_endsItsConnection() throws Exception {
        for (int length : new int[] {(64 << 20) + Frame.HEAD_BYTES + 1, Integer.MAX_VALUE, -1, 3}) {
            try (RawMember raw = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)
                    .introduce("b", Lane.CONTROL)) {
                raw.out()
                        .write(ByteBuffer.allocate(14)
                                .putInt(length)
                                .put(FrameKind.REQUEST.code())
                                .array());
                assertTrue(raw.isEnded());
            }
        }
        // Another lane's service, and what only the answering side says.
        for (Object[] wrong :
                new Object[][] {{FrameKind.REQUEST, (int) Service.RAFT_LOG.code()}, {FrameKind.ANSWER, 0}}) {
            try (RawMember raw = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)
                    .introduce("b", Lane.CONTROL)) {
                raw.send((FrameKind) wrong[0], (int) wrong[1], 1, ByteBuffer.allocate(3));
                assertTrue(raw.isEnded());
            }
        }
        assertEquals(0, handled.get());
        assertServes();
    }

    /** A later version may have services that this one has not. */
    @Test
    void request_ofAServiceThatThereIsNot_isAnsweredAndTheConnectionGoesOn() throws Exception {
        try (RawMember raw = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)
                .introduce("b", Lane.WRITE)) {
            for (int service : new int[] {99, -1}) {
                raw.send(FrameKind.REQUEST, service, 7, ByteBuffer.allocate(3));
                FrameReader.Received answer = raw.reader().next();
                assertEquals(FrameKind.FAILURE, answer.kind());
                assertEquals(7, answer.id());
                byte[] message = new byte[answer.payload().remaining()];
                answer.payload().get(message);
                assertEquals(
                        "nobody answers service " + service + " here", new String(message, StandardCharsets.UTF_8));
            }
            raw.send(FrameKind.REQUEST, Service.FORWARD.code(), 8, ByteBuffer.allocate(3));
            assertEquals(FrameKind.ANSWER, raw.reader().next().kind());
        }
        assertEquals(1, handled.get());
        assertServes();
    }

    @Test
    void connect_secretButNoMember_isToldWhy() throws Exception {
        members.addresses().put("denied", Members.loopback(1));
        assertRefused(
                "stranger", "b", Members.ENSEMBLE, "member stranger with the key [0-9a-f]{32} is not admitted here");
        assertRefused("denied", "b", Members.ENSEMBLE, "member denied with the key [0-9a-f]{32} is not admitted here");
        assertRefused("a", "c", Members.ENSEMBLE, "this is member b, not c");
        assertRefused("b", "b", Members.ENSEMBLE, "this is member b as well");
        assertRefused("a", "b", "other", "this is a member of ensemble test, not of other");
        assertEquals(0, b.counters().proofsFailed());
        assertEquals(5, b.counters().connectionsRefused());
        assertServes();
    }

    private void assertRefused(String name, String answerer, String ensemble, String reason) throws IOException {
        try (RawMember raw = RawMember.connect(b.port(), name, ensemble, Members.SECRET)) {
            IOException refusal = assertThrows(RefusedException.class, () -> raw.introduce(answerer, Lane.LOG));
            String message = String.valueOf(refusal.getMessage());
            assertTrue(message.matches("refused by the other side: " + reason), message);
        }
        Awaitility.await().until(() -> refused.stream().anyMatch(each -> each.matches(reason)));
    }

    @Test
    void connect_nothingOrSlowly_isCutOffInTime() throws Exception {
        try (Socket silent = RawMember.socket(b.port());
                RawMember halfWay = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET);
                RawMember slow = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)) {
            Awaitility.await().until(() -> b.unproved() == 3);
            // A byte at a time never is a frame, however long it goes on.
            Thread dripping = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; ; i++) {
                        slow.out().write(i < 3 ? 0 : 1);
                        new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS);
                    }
                } catch (IOException | InterruptedException cut) {
                    // As it should be.
                }
            });
            assertTrue(halfWay.isEnded());
            silent.setSoTimeout(20_000);
            assertEquals(-1, silent.getInputStream().read());
            dripping.join();
            Awaitility.await().until(() -> b.unproved() == 0);
        }
        awaitRefused("it did not prove itself in time");
        assertServes();
    }

    @Test
    void connect_flood_holdsAFewConnectionsAlone() throws Exception {
        List<Socket> flood = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                try {
                    flood.add(RawMember.socket(b.port()));
                } catch (SocketException reset) {
                    // So soon that connecting has failed.
                }
                assertTrue(b.unproved() <= 16);
            }
            for (Socket socket : flood) {
                assertTrue(isClosed(socket));
            }
            Awaitility.await().until(() -> b.unproved() == 0);
        } finally {
            for (Socket socket : flood) {
                socket.close();
            }
        }
        assertTrue(refused.size() <= 60, refused.size() + " refusals were told");
        assertTrue(b.counters().connectionsRefused() >= 184);
        assertServes();
    }

    private static boolean isClosed(Socket socket) throws IOException {
        try {
            socket.setSoTimeout(20_000);
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void member_callsAndNeverReads_isCutOff() throws Exception {
        Transport c = members.add(
                "c",
                options -> options.with(options.bounds().withBytes(1 << 20, 1 << 20, 512 << 20, 8 << 20))
                        .with(Timing.DEFAULT.withPings(
                                Duration.ofMillis(200),
                                Duration.ofMillis(600),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2))));
        c.serve(Service.FORWARD, (member, service, request, exchange) -> exchange.answer(ByteBuffer.allocate(1 << 20)));
        c.start();
        try (RawMember raw = RawMember.connect(c.port(), "a", Members.ENSEMBLE, Members.SECRET)
                .introduce("c", Lane.WRITE)) {
            Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; ; i++) {
                        raw.send(FrameKind.REQUEST, Service.FORWARD.code(), i, ByteBuffer.allocate(10));
                    }
                } catch (IOException cut) {
                    // As it should be.
                }
            });
            Awaitility.await().until(() -> c.counters().connectionsLost() == 1);
        }
    }

    @Test
    void member_asksOnceAndNeverReads_isCutOffAsWell() throws Exception {
        Transport c = members.add(
                "c",
                options -> options.with(Timing.DEFAULT.withPings(
                        Duration.ofMillis(200), Duration.ofMillis(600), Duration.ofSeconds(1), Duration.ofSeconds(2))));
        c.serve(
                Service.FORWARD,
                (member, service, request, exchange) -> exchange.answer(ByteBuffer.allocate(32 << 20)));
        c.start();
        try (RawMember raw = RawMember.connect(c.port(), "a", Members.ENSEMBLE, Members.SECRET)
                .introduce("c", Lane.WRITE)) {
            raw.send(FrameKind.REQUEST, Service.FORWARD.code(), 1, ByteBuffer.allocate(10));
            Awaitility.await().until(() -> {
                if (c.counters().connectionsLost() == 0) {
                    raw.send(FrameKind.PING, 0, 1, ByteBuffer.allocate(0));
                }
                return c.counters().connectionsLost() == 1;
            });
        }
    }

    @Test
    void member_connectsAgainWhileAHandlerHangs_takesNoMoreThreads() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        Transport c = members.add(
                "c",
                options -> options.with(Timing.DEFAULT.withPings(
                        Duration.ofMillis(200), Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(20))));
        c.serve(Service.FORWARD, (member, service, request, exchange) -> {
            try {
                hang.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.answer(request);
        });
        c.start();
        List<RawMember> all = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                RawMember raw = RawMember.connect(c.port(), "a", Members.ENSEMBLE, Members.SECRET)
                        .introduce("c", Lane.WRITE);
                all.add(raw);
                raw.send(FrameKind.REQUEST, Service.FORWARD.code(), i, ByteBuffer.allocate(10));
            }
            // One of which the handler hangs, and at the most one that waits.
            Awaitility.await().until(() -> c.counters().incoming() <= 2);
            assertTrue(all.getLast().isEnded());
            hang.countDown();
            try (RawMember after = RawMember.connect(c.port(), "a", Members.ENSEMBLE, Members.SECRET)
                    .introduce("c", Lane.WRITE)) {
                after.send(FrameKind.REQUEST, Service.FORWARD.code(), 7, ByteBuffer.allocate(10));
                assertEquals(7, after.reader().next().id());
            }
            assertEquals(2, c.counters().requestsHandled());
        } finally {
            hang.countDown();
            for (RawMember raw : all) {
                raw.close();
            }
        }
    }

    @Test
    void connect_strangersOfFourAddressesTakeAllPlaces_membersAreLetIn() throws Exception {
        Transport c = members.echo("c", options -> options.with(Timing.DEFAULT.withProve(Duration.ofMinutes(2))));
        // It has looked for a member, as it does from its start on: in vain so far.
        assertEquals(
                Kind.NOT_CONNECTED,
                Outcome.of(c.link("a"), Service.FORWARD, "x").failure().kind());
        List<Socket> flood = new ArrayList<>();
        try {
            for (int i = 0; i < 64; i++) {
                flood.add(new Socket(
                        InetAddress.getLoopbackAddress(),
                        c.port(),
                        InetAddress.getByName("127.0.0." + (2 + i / 16)),
                        0));
            }
            Awaitility.await().until(() -> c.unproved() == 64);
            try (Socket another =
                    new Socket(InetAddress.getLoopbackAddress(), c.port(), InetAddress.getByName("127.0.0.6"), 0)) {
                assertTrue(isClosed(another));
            }
            Transport a = members.add("a");
            a.start();
            assertTrue(Outcome.of(a.link("c"), Service.FORWARD, "x").isAnsweredSoon());
        } finally {
            for (Socket socket : flood) {
                socket.close();
            }
        }
    }
}
