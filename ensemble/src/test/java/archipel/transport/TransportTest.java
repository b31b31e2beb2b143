package archipel.transport;

import static archipel.transport.Outcome.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.transport.CallFailure.Kind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls between members that do what they should. */
class TransportTest {
    private final Members members = new Members();

    @AfterEach
    void close() {
        members.close();
    }

    @Test
    void call_bothWays_isAnswered() throws Exception {
        Transport a = members.echo("a");
        Transport b = members.echo("b");
        for (Service service : Service.values()) {
            assertEquals("to b", Outcome.of(a.link("b"), service, "to b").answerText());
            assertEquals("to a", Outcome.of(b.link("a"), service, "to a").answerText());
        }
        assertTrue(a.link("b").isConnected(Service.RAFT_LOG));
        assertEquals(Lane.values().length, a.counters().outgoing());
        Awaitility.await().until(() -> a.counters().incoming() == Lane.values().length);
        assertEquals(Service.values().length, a.counters().callsAnswered());
        assertEquals(Service.values().length, b.counters().requestsHandled());
    }

    @Test
    void call_ofSeveralBuffers_leavesThemAsTheyAre() throws Exception {
        Transport a = members.echo("a");
        members.echo("b");
        ByteBuffer first = bytes("xone ").position(1);
        ByteBuffer second = ByteBuffer.allocateDirect(100_000).put(0, (byte) 7);
        Outcome outcome = new Outcome();
        a.link("b").call(Service.IMAGE, new ByteBuffer[] {first, second}, Duration.ofSeconds(20), outcome);
        first.position(3);
        ByteBuffer answer = outcome.answer();
        assertEquals(100_004, answer.remaining());
        assertEquals("one ", Outcome.text(answer.slice(0, 4)));
        assertEquals(7, answer.get(4));
        assertEquals(100_000, second.remaining());
    }

    @Test
    void call_oneLane_arrivesInOrder() throws Exception {
        Transport a = members.add("a");
        a.start();
        Queue<Integer> seen = new ConcurrentLinkedQueue<>();
        Transport b = members.add("b");
        for (Service service : new Service[] {Service.RAFT_CONTROL, Service.MEMBERSHIP, Service.MEMBERS}) {
            b.serve(service, (member, asked, request, exchange) -> {
                seen.add(request.getInt());
                exchange.answer();
            });
        }
        b.start();
        SplittableRandom random = new SplittableRandom(1);
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            ByteBuffer request =
                    ByteBuffer.allocate(random.nextInt(10) == 0 ? 50_000 : 20).putInt(0, i);
            Service service = i % 3 == 0 ? Service.RAFT_CONTROL : i % 3 == 1 ? Service.MEMBERSHIP : Service.MEMBERS;
            outcomes.add(Outcome.of(a.link("b"), service, request, Duration.ofSeconds(20)));
        }
        outcomes.forEach(Outcome::answer);
        List<Integer> order = new ArrayList<>(seen);
        for (int i = 0; i < 3000; i++) {
            assertEquals(i, order.get(i));
        }
    }

    @Test
    void call_answersInAnotherOrder_areThoseOfTheirRequests() throws Exception {
        Transport a = members.add("a");
        a.start();
        Transport b = members.add("b");
        List<Exchange> waiting = new ArrayList<>();
        b.serve(Service.FORWARD, (member, service, request, exchange) -> {
            byte[] copy = new byte[request.remaining()];
            request.get(copy);
            waiting.add(new Exchange() {
                @Override
                public void answer(ByteBuffer... answer) {
                    exchange.answer(ByteBuffer.wrap(copy), answer[0]);
                }

                @Override
                public void fail(String message) {
                    exchange.fail(message);
                }
            });
            if (waiting.size() == 10) {
                for (Exchange each : waiting.reversed()) {
                    each.answer(bytes("!"));
                }
            }
        });
        b.start();
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            outcomes.add(Outcome.of(a.link("b"), Service.FORWARD, "call " + i));
        }
        for (int i = 0; i < 10; i++) {
            assertEquals("call " + i + "!", outcomes.get(i).answerText());
        }
    }

    @Test
    void call_manySmallOnes_areAllAnswered() throws Exception {
        Transport a = members.echo("a");
        members.echo("b");
        Link link = a.link("b");
        int calls = 100_000;
        AtomicInteger made = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(calls);
        class Next implements Reply {
            private int expected;

            void call() {
                expected = made.getAndIncrement();
                if (expected < calls) {
                    link.call(
                            Service.RAFT_LOG,
                            ByteBuffer.allocate(64).putInt(0, expected),
                            Duration.ofSeconds(60),
                            this);
                }
            }

            @Override
            public void answered(ByteBuffer answer) {
                if (answer.remaining() != 64 || answer.getInt() != expected) {
                    wrong.incrementAndGet();
                }
                left.countDown();
                call();
            }

            @Override
            public void failed(CallFailure failure) {
                wrong.incrementAndGet();
                left.countDown();
            }
        }
        long start = System.nanoTime();
        for (int i = 0; i < 256; i++) {
            new Next().call();
        }
        assertTrue(left.await(120, TimeUnit.SECONDS));
        System.out.printf(
                "TransportTest: %d calls of 64 bytes, 256 outstanding: %.0f calls/s%n",
                calls, calls * 1e9 / (System.nanoTime() - start));
        assertEquals(0, wrong.get());
    }

    @Test
    void call_smallOnesBesideLargeOnes_doNotWaitForThem() throws Exception {
        Transport a = members.echo("a");
        members.echo("b");
        byte[] large = new byte[6 << 20];
        new SplittableRandom(3).nextBytes(large);
        Outcome whole = Outcome.of(a.link("b"), Service.IMAGE, ByteBuffer.wrap(large), Duration.ofSeconds(60));
        int before = 0;
        while (!whole.isOver()) {
            Outcome.of(a.link("b"), Service.RAFT_CONTROL, "vote").answer();
            before++;
        }
        assertTrue(before > 1, before + " small calls");
        assertArrayEquals(large, whole.answer().array());
    }

    @Test
    void call_tooLarge_failsAndLeavesTheConnection() throws Exception {
        Transport a =
                members.echo("a", options -> options.with(options.bounds().withBytes(1000, 1 << 20, 1 << 20, 1 << 20)));
        members.echo("b");
        CallFailure failure = Outcome.of(
                        a.link("b"), Service.FORWARD, ByteBuffer.allocate(1001), Duration.ofSeconds(20))
                .failure();
        assertEquals(Kind.TOO_LARGE, failure.kind());
        assertFalse(failure.mayHaveArrived());
        assertEquals(
                1000,
                Outcome.of(a.link("b"), Service.FORWARD, ByteBuffer.allocate(1000), Duration.ofSeconds(20))
                        .answer()
                        .remaining());
    }

    @Test
    void answer_tooLarge_failsTheCallAlone() throws Exception {
        Transport a = members.add("a");
        a.start();
        Transport b =
                members.add("b", options -> options.with(options.bounds().withBytes(1000, 1 << 20, 1 << 20, 1 << 20)));
        b.serve(
                Service.FORWARD,
                (member, service, request, exchange) -> exchange.answer(ByteBuffer.allocate(request.getInt())));
        b.start();
        CallFailure failure = Outcome.of(
                        a.link("b"), Service.FORWARD, ByteBuffer.allocate(4).putInt(0, 1001), Duration.ofSeconds(20))
                .failure();
        assertEquals(Kind.REFUSED, failure.kind());
        assertEquals("the answer has 1001 bytes, where 1000 are allowed", failure.message());
        assertEquals(
                1000,
                Outcome.of(a.link("b"), Service.FORWARD, ByteBuffer.allocate(4).putInt(0, 1000), Duration.ofSeconds(20))
                        .answer()
                        .remaining());
    }

    @Test
    void handler_failsOrThrowsOrIsMissing_isToldToTheCaller() throws Exception {
        Transport a = members.add("a");
        a.start();
        Transport b = members.add("b");
        b.serve(Service.FORWARD, (member, service, request, exchange) -> exchange.fail("not today, " + member));
        b.serve(Service.IMAGE, (member, service, request, exchange) -> {
            throw new IllegalArgumentException("thrown");
        });
        b.serve(Service.MEMBERS, (member, service, request, exchange) -> {
            exchange.answer(bytes("once"));
            assertThrows(IllegalStateException.class, () -> exchange.fail("twice"));
        });
        b.start();
        Link link = a.link("b");
        CallFailure failure = Outcome.of(link, Service.FORWARD, "x").failure();
        assertEquals(new CallFailure(Kind.REFUSED, true, "not today, a"), failure);
        assertEquals(
                "the handler failed: java.lang.IllegalArgumentException: thrown",
                Outcome.of(link, Service.IMAGE, "x").failure().message());
        assertEquals(
                "nobody answers RAFT_LOG here",
                Outcome.of(link, Service.RAFT_LOG, "x").failure().message());
        assertEquals("once", Outcome.of(link, Service.MEMBERS, "x").answerText());
    }

    @Test
    void call_noAnswer_timesOut() throws Exception {
        Transport a = members.add("a");
        a.start();
        Transport b = members.add("b");
        List<Exchange> kept = new ArrayList<>();
        b.serve(Service.FORWARD, (member, service, request, exchange) -> kept.add(exchange));
        b.serve(Service.MEMBERS, (member, service, request, exchange) -> exchange.answer());
        b.start();
        Outcome.of(a.link("b"), Service.MEMBERS, "connects").answer();
        Outcome late = Outcome.of(a.link("b"), Service.FORWARD, bytes("x"), Duration.ofMillis(100));
        assertEquals(Kind.TIMED_OUT, late.failure().kind());
        assertTrue(late.failure().mayHaveArrived());
        kept.getFirst().answer();
        Outcome.of(a.link("b"), Service.MEMBERS, "comes after it").answer();
        assertEquals(1, late.times());
        assertEquals(1, a.counters().callsTimedOut());
    }

    @Test
    void call_moreThanMayWait_failsAtOnce() throws Exception {
        FaultyNetwork network = new FaultyNetwork();
        Transport a = members.add(
                "a",
                options -> options.with(network).with(options.bounds().withBytes(1 << 20, 10_000, 1 << 20, 1 << 20)));
        a.start();
        members.echo("b");
        Link link = a.link("b");
        Outcome.of(link, Service.RAFT_LOG, "connects").answer();
        network.cutOneWay("a", "b");
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            outcomes.add(Outcome.of(link, Service.RAFT_LOG, ByteBuffer.allocate(1000), Duration.ofSeconds(20)));
        }
        CallFailure failure = outcomes.getLast().failure();
        assertEquals(Kind.OVERLOADED, failure.kind());
        assertFalse(failure.mayHaveArrived());
        // The others go once there is room.
        network.healAll();
        assertEquals(1000, outcomes.getFirst().answer().remaining());
        Awaitility.await()
                .until(() ->
                        Outcome.of(link, Service.RAFT_LOG, "x").answerText().equals("x"));
    }

    @Test
    void call_unknownMember_failsAtOnce() throws Exception {
        Transport a = members.echo("a");
        Outcome outcome = Outcome.of(a.link("nobody"), Service.FORWARD, "x");
        assertTrue(outcome.isOver());
        assertEquals(
                new CallFailure(Kind.NOT_CONNECTED, false, "nobody is not connected: it is not a member"),
                outcome.failure());
        assertThrows(IllegalArgumentException.class, () -> a.link("a"));
        assertThrows(IllegalArgumentException.class, () -> a.link("no name"));
        assertSame(a.link("b"), a.link("b"));
    }

    @Test
    void call_beforeStart_fails() throws Exception {
        Transport a = members.add("a");
        members.echo("b");
        assertEquals(
                Kind.NOT_CONNECTED,
                Outcome.of(a.link("b"), Service.FORWARD, "x").failure().kind());
        a.start();
        assertEquals("x", Outcome.of(a.link("b"), Service.FORWARD, "x").answerText());
        assertThrows(IllegalStateException.class, a::start);
        assertThrows(IllegalStateException.class, () -> a.serve(Service.FORWARD, (m, s, r, e) -> e.answer()));
    }

    @Test
    void call_addressChanges_findsTheMemberThere() throws Exception {
        Transport a = members.echo("a");
        Transport former = members.echo("b");
        Link link = a.link("b");
        assertEquals("x", Outcome.of(link, Service.FORWARD, "x").answerText());
        former.close();
        Outcome lost = Outcome.of(link, Service.FORWARD, "y");
        assertFalse(lost.failure().kind() == Kind.REFUSED);
        // Of another port and another key.
        members.echo("b");
        Awaitility.await().until(() -> Outcome.of(link, Service.FORWARD, "z").isAnsweredSoon());
        assertTrue(a.counters().connectionsMade() >= 2);
    }

    @Test
    void member_removed_isCutOffAndLetInAgain() throws Exception {
        Transport a = members.echo("a");
        Transport b = members.echo("b");
        Outcome.of(a.link("b"), Service.FORWARD, "x").answer();
        Outcome.of(b.link("a"), Service.FORWARD, "x").answer();
        var address = members.addresses().remove("a");
        Awaitility.await()
                .until(() -> b.counters().incoming() == 0
                        && b.counters().outgoing() == 0
                        && !a.link("b").isConnected(Service.FORWARD));
        String message = Outcome.of(b.link("a"), Service.FORWARD, "x").failure().message();
        assertTrue(message.startsWith("a is not connected: it is not a member"), message);
        members.addresses().put("a", address);
        Awaitility.await()
                .until(() -> Outcome.of(a.link("b"), Service.FORWARD, "x").isAnsweredSoon());
        Awaitility.await()
                .until(() -> Outcome.of(b.link("a"), Service.FORWARD, "x").isAnsweredSoon());
    }

    @Test
    void connect_beforeCalls_tellsListeners() throws Exception {
        Queue<String> events = new ConcurrentLinkedQueue<>();
        Transport a = members.add("a");
        a.watch(new Listener() {
            @Override
            public void connected(String member) {
                events.add("+" + member);
            }

            @Override
            public void disconnected(String member) {
                events.add("-" + member);
            }

            @Override
            public void unreachable(String member, String reason) {
                events.add("?" + member);
            }
        });
        a.start();
        Transport b = members.echo("b");
        assertFalse(a.link("b").isConnected(Service.MEMBERS));
        a.link("b").connect();
        Awaitility.await().until(() -> a.link("b").isConnected(Service.MEMBERS));
        a.link("b").connect(Service.IMAGE);
        Awaitility.await().until(() -> a.link("b").isConnected(Service.IMAGE));
        assertFalse(a.link("b").isConnected(Service.RAFT_LOG));
        b.close();
        Awaitility.await().until(() -> events.contains("-b") && events.contains("?b"));
        assertEquals(1, events.stream().filter("+b"::equals).count());
        assertEquals("+b", events.peek());
    }

    @Test
    void close_callsOutstanding_endsAllOfThemOnce() throws Exception {
        Transport a = members.add("a");
        a.start();
        Transport b = members.add("b");
        AtomicLong arrived = new AtomicLong();
        b.serve(Service.FORWARD, (member, service, request, exchange) -> arrived.incrementAndGet());
        b.start();
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            outcomes.add(Outcome.of(a.link("b"), Service.FORWARD, "x"));
        }
        Awaitility.await().until(() -> arrived.get() > 0);
        a.close();
        for (Outcome outcome : outcomes) {
            assertEquals(1, outcome.times());
            assertEquals(Kind.CLOSED, outcome.failure().kind());
        }
        long sent = outcomes.stream()
                .filter(each -> each.failure().mayHaveArrived())
                .count();
        assertTrue(sent >= arrived.get(), sent + " may have arrived, " + arrived.get() + " have");
        assertEquals(
                Kind.CLOSED,
                Outcome.of(a.link("b"), Service.FORWARD, "x").failure().kind());
    }

    @Test
    void close_ofALink_endsItsCallsAndAnotherIsMade() throws Exception {
        Transport a = members.echo("a");
        members.echo("b");
        Link first = a.link("b");
        Outcome.of(first, Service.FORWARD, "x").answer();
        first.close();
        assertEquals(
                Kind.CLOSED, Outcome.of(first, Service.FORWARD, "x").failure().kind());
        assertEquals("x", Outcome.of(a.link("b"), Service.FORWARD, "x").answerText());
    }

    @Test
    void handler_slow_holdsUpItsLaneAndIsNotTakenForDead() throws Exception {
        Timing quick = Timing.DEFAULT.withPings(
                Duration.ofMillis(200), Duration.ofMillis(1200), Duration.ofMillis(300), Duration.ofSeconds(3));
        Transport a = members.add("a", options -> options.with(quick));
        a.start();
        Transport b = members.add(
                "b",
                options -> options.with(quick).with(options.bounds().withBytes(1 << 20, 64 << 20, 200_000, 64 << 20)));
        Queue<Exchange> waiting = new ConcurrentLinkedQueue<>();
        b.serve(Service.RAFT_LOG, (member, service, request, exchange) -> waiting.add(exchange));
        b.start();
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            outcomes.add(
                    Outcome.of(a.link("b"), Service.RAFT_LOG, ByteBuffer.allocate(100_000), Duration.ofSeconds(60)));
        }
        Awaitility.await().until(() -> waiting.size() == 1);
        // Several times what is taken for death passes.
        Awaitility.await()
                .pollDelay(Duration.ofSeconds(3))
                .until(() -> a.link("b").isConnected(Service.RAFT_LOG));
        assertEquals(1, waiting.size(), "no more is read than may be in work");
        assertEquals(0, a.counters().connectionsLost());
        Awaitility.await().until(() -> {
            for (Exchange exchange = waiting.poll(); exchange != null; exchange = waiting.poll()) {
                exchange.answer();
            }
            return outcomes.stream().allMatch(Outcome::isAnswered);
        });
    }
}
