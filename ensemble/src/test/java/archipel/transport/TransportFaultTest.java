package archipel.transport;

import static archipel.transport.Outcome.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Deadline;
import archipel.testkit.FaultProxy;
import archipel.transport.CallFailure.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Networks and processes that fail. */
class TransportFaultTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Timing QUICK = new Timing(
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofMillis(150),
            Duration.ofMillis(600),
            Duration.ofMillis(300),
            Duration.ofMillis(1500),
            Duration.ofMillis(20),
            Duration.ofMillis(100));

    /** Where nothing must be taken for dead: patient enough for a machine that is busy. */
    private static final Timing PATIENT = QUICK.withPings(
            Duration.ofMillis(300), Duration.ofMillis(1800), Duration.ofMillis(300), Duration.ofMillis(2500));

    private final Members members = new Members();
    private final FaultyNetwork network = new FaultyNetwork();

    @AfterEach
    void close() {
        network.healAll();
        members.close();
    }

    private static void awaitAnswered(Link link, Service service) {
        Awaitility.await()
                .until(() -> Outcome.of(link, service, bytes("x"), Duration.ofSeconds(2))
                        .isAnsweredSoon());
    }

    @Test
    void peer_stopsForwarding_isNoticedByCalls() throws Exception {
        Transport a = members.echo("a", options -> options.with(QUICK));
        Transport b = members.echo("b", options -> options.with(QUICK));
        try (FaultProxy proxy = FaultProxy.before(b.port())) {
            members.addresses().put("b", Members.loopback(proxy.port()));
            Link link = a.link("b");
            Outcome.of(link, Service.FORWARD, "x").answer();
            proxy.silence(true);
            CallFailure failure =
                    Outcome.of(link, Service.FORWARD, bytes("y"), LONG).failure();
            assertEquals(Kind.LOST, failure.kind());
            assertTrue(failure.mayHaveArrived());
            assertFalse(link.isConnected(Service.FORWARD));
            // The attempts that follow come to nothing, and hold up nobody.
            Awaitility.await()
                    .until(() -> Outcome.of(link, Service.FORWARD, bytes("z"), LONG)
                                    .failure()
                                    .kind()
                            == Kind.NOT_CONNECTED);
            // The other side lets the dead connection go as well.
            Awaitility.await().until(() -> b.counters().incoming() == 0);
            proxy.silence(false);
            awaitAnswered(link, Service.FORWARD);
        }
    }

    @Test
    void peer_stopsForwardingWhileNobodyCalls_isNoticedAsWell() throws Exception {
        Transport a = members.echo("a", options -> options.with(PATIENT));
        Transport b = members.echo("b", options -> options.with(PATIENT));
        try (FaultProxy proxy = FaultProxy.before(b.port())) {
            members.addresses().put("b", Members.loopback(proxy.port()));
            Link link = a.link("b");
            link.connect();
            Awaitility.await().until(() -> link.isConnected(Service.MEMBERS));
            awaitKept(a);
            proxy.silence(true);
            Awaitility.await().until(() -> !link.isConnected(Service.MEMBERS));
        }
    }

    // Pings keep it for several times as long as silence would be taken for death. On a busy machine one may be late.
    private static void awaitKept(Transport a) {
        AtomicLong lost = new AtomicLong(-1);
        AtomicReference<Deadline> kept = new AtomicReference<>(Deadline.after(Duration.ZERO));
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
            long now = a.counters().connectionsLost();
            if (lost.getAndSet(now) != now) {
                kept.set(Deadline.after(PATIENT.stalled().multipliedBy(2)));
            }
            return kept.get().hasPassed();
        });
    }

    @Test
    void connection_reset_failsWhatWasSentAndConnectsAgain() throws Exception {
        Transport a = members.echo("a", options -> options.with(QUICK));
        Transport b = members.add("b", options -> options.with(QUICK));
        List<Exchange> kept = new ArrayList<>();
        b.serve(Service.FORWARD, (member, service, request, exchange) -> kept.add(exchange));
        b.serve(Service.MEMBERS, (member, service, request, exchange) -> exchange.answer());
        b.start();
        try (FaultProxy proxy = FaultProxy.before(b.port())) {
            members.addresses().put("b", Members.loopback(proxy.port()));
            Outcome outcome = Outcome.of(a.link("b"), Service.FORWARD, bytes("x"), LONG);
            Awaitility.await().until(() -> !kept.isEmpty());
            proxy.cutAll();
            assertEquals(Kind.LOST, outcome.failure().kind());
            awaitAnswered(a.link("b"), Service.MEMBERS);
            // Nobody waits for it any more.
            kept.getFirst().answer(bytes("late"));
            assertEquals(1, outcome.times());
        }
    }

    @Test
    void network_cutOneWay_isNoticedAndHeals() throws Exception {
        Transport a = members.echo("a", options -> options.with(QUICK).with(network));
        members.echo("b", options -> options.with(QUICK).with(network));
        for (String[] way : new String[][] {{"a", "b"}, {"b", "a"}}) {
            awaitAnswered(a.link("b"), Service.FORWARD);
            network.cutOneWay(way[0], way[1]);
            assertEquals(
                    Kind.LOST,
                    Outcome.of(a.link("b"), Service.FORWARD, bytes("x"), LONG)
                            .failure()
                            .kind());
            Awaitility.await()
                    .until(() -> Outcome.of(a.link("b"), Service.FORWARD, bytes("x"), LONG)
                                    .failure()
                                    .kind()
                            == Kind.NOT_CONNECTED);
            network.heal("a", "b");
        }
        awaitAnswered(a.link("b"), Service.FORWARD);
    }

    @Test
    void network_killsOrDelays_isSurvived() throws Exception {
        Transport a = members.echo("a", options -> options.with(QUICK).with(network));
        members.echo("b", options -> options.with(QUICK).with(network));
        for (int i = 0; i < 5; i++) {
            awaitAnswered(a.link("b"), Service.RAFT_LOG);
            long lost = a.counters().connectionsLost();
            network.kill("a", "b");
            Awaitility.await().until(() -> a.counters().connectionsLost() > lost);
        }
        network.delay("a", "b", 100);
        awaitAnswered(a.link("b"), Service.RAFT_LOG);
        long start = System.nanoTime();
        assertEquals("x", Outcome.of(a.link("b"), Service.RAFT_LOG, "x").answerText());
        assertTrue(System.nanoTime() - start >= 100_000_000);
    }

    @Test
    void host_answersNothing_neverBlocksACaller() throws Exception {
        Transport a = members.echo("a", options -> options.with(QUICK));
        // A full queue of a port that nobody accepts from: the kernel leaves further connections without an answer.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> fillers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Socket filler = new Socket();
                fillers.add(filler);
                Thread.ofVirtual().start(() -> {
                    try {
                        filler.connect(full.getLocalSocketAddress());
                    } catch (IOException closed) {
                        // At the end of the test.
                    }
                });
            }
            Awaitility.await()
                    .until(() -> fillers.stream().filter(Socket::isConnected).count() >= 2);
            members.addresses().put("b", Members.loopback(full.getLocalPort()));
            List<Outcome> outcomes = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < 1000; i++) {
                outcomes.add(Outcome.of(a.link("b"), Service.FORWARD, bytes("x"), Duration.ofMillis(300)));
            }
            assertTrue(System.nanoTime() - start < 5_000_000_000L);
            for (Outcome outcome : outcomes) {
                assertFalse(outcome.failure().mayHaveArrived());
            }
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    @Test
    void request_largeAndSlow_isNotTakenForDeath() throws Exception {
        Transport a = members.echo("a", options -> options.with(PATIENT).with(network));
        members.echo("b", options -> options.with(PATIENT).with(network));
        awaitAnswered(a.link("b"), Service.IMAGE);
        long lost = a.counters().connectionsLost();
        List<Outcome> outcomes = new ArrayList<>();
        // Each takes 200 ms, all of them several times what is taken for death.
        network.delay("a", "b", 200);
        for (int i = 0; i < 20; i++) {
            outcomes.add(Outcome.of(a.link("b"), Service.IMAGE, ByteBuffer.allocate(200_000), LONG));
        }
        outcomes.forEach(Outcome::answer);
        assertEquals(lost, a.counters().connectionsLost());
    }

    @Test
    void member_connectsAgain_takesThePlaceOfItsFormerConnection() throws Exception {
        Transport b = members.echo("b");
        members.addresses().put("a", Members.loopback(1));
        try (RawMember former = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)
                        .introduce("b", Lane.LOG);
                RawMember other = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)
                        .introduce("b", Lane.BULK)) {
            Awaitility.await().until(() -> b.counters().incoming() == 2);
            try (RawMember newer = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)
                    .introduce("b", Lane.LOG)) {
                assertTrue(former.isEnded());
                newer.send(FrameKind.REQUEST, Service.RAFT_LOG.code(), 7, bytes("x"));
                assertEquals(7, newer.reader().next().id());
                other.send(FrameKind.REQUEST, Service.IMAGE.code(), 8, bytes("x"));
                assertEquals(8, other.reader().next().id());
            }
        }
    }

    @Test
    void member_connectsAgainWhileARequestIsTakenIn_staysInOrder() throws Exception {
        Transport b = members.add("b");
        Queue<Long> order = new ConcurrentLinkedQueue<>();
        CountDownLatch goOn = new CountDownLatch(1);
        b.serve(Service.RAFT_LOG, (member, service, request, exchange) -> {
            if (request.getLong(0) == 1) {
                awaitUninterrupted(goOn);
            }
            order.add(request.getLong(0));
            exchange.answer(request);
        });
        b.start();
        members.addresses().put("a", Members.loopback(1));
        try (RawMember former = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)
                .introduce("b", Lane.LOG)) {
            for (long number = 1; number < 4; number++) {
                former.send(FrameKind.REQUEST, Service.RAFT_LOG.code(), number, number(number));
            }
            Awaitility.await().until(() -> b.counters().bytesReceived() > 3 * 22);
            try (RawMember newer = RawMember.connect(b.port(), "a", Members.ENSEMBLE, Members.SECRET)
                    .introduce("b", Lane.LOG)) {
                newer.send(FrameKind.REQUEST, Service.RAFT_LOG.code(), 9, number(9));
                assertTrue(former.isEnded());
                goOn.countDown();
                assertEquals(9, newer.reader().next().id());
                assertEquals(List.of(1L, 9L), List.copyOf(order));
            }
        }
    }

    private static ByteBuffer number(long number) {
        return ByteBuffer.allocate(8).putLong(0, number);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
