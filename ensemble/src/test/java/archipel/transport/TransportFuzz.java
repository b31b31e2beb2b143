package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.testkit.Seeded;
import archipel.transport.CallFailure.Kind;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Members call each other while their network is cut, delayed and healed, connections are killed, links closed and
 * members removed. Each call ends once; its answer is its own; what was told not to have arrived has not; and requests
 * of one lane never overtake each other.
 */
class TransportFuzz {
    private static final int STEPS = 300;
    private static final String[] NAMES = {"a", "b", "c"};
    private static final Timing QUICK = new Timing(
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofMillis(50),
            Duration.ofMillis(200),
            Duration.ofMillis(100),
            Duration.ofMillis(1000),
            Duration.ofMillis(5),
            Duration.ofMillis(20));

    /** One call: what was asked, and what became of it. */
    private record Made(long number, int bytes, Outcome outcome) {}

    @Test
    void calls_anyFaults_endOnceEach() {
        Seeded.check(8, random -> new Run(random).run());
    }

    private static final class Run {
        private final SplittableRandom random;
        private final FaultyNetwork network = new FaultyNetwork();
        private final Map<String, Transport> transports = new ConcurrentHashMap<>();
        private final List<Made> made = new ArrayList<>();
        private final Set<Long> arrived = ConcurrentHashMap.newKeySet();
        private final Map<String, Long> newest = new ConcurrentHashMap<>();
        private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
        private final Queue<Runnable> later = new ConcurrentLinkedQueue<>();

        private Run(SplittableRandom random) {
            this.random = random;
        }

        private void run() throws Exception {
            try (Members members = new Members()) {
                for (String name : NAMES) {
                    Transport transport = members.add(
                            name,
                            options -> options.with(QUICK)
                                    .with(network)
                                    .with(options.bounds().withBytes(1 << 20, 2 << 20, 1 << 20, 8 << 20)));
                    transports.put(name, transport);
                    for (Service service : Service.values()) {
                        transport.serve(
                                service,
                                (member, asked, request, exchange) ->
                                        handle(member + " to " + name + " by " + asked.lane(), request, exchange));
                    }
                    transport.start();
                }
                for (int step = 0; step < STEPS; step++) {
                    step(members);
                }
                network.healAll();
                answerAll();
            }
            check();
        }

        private void step(Members members) throws InterruptedException {
            String from = NAMES[random.nextInt(NAMES.length)];
            String to = NAMES[random.nextInt(NAMES.length)];
            if (from.equals(to)) {
                answerAll();
                return;
            }
            switch (random.nextInt(24)) {
                case 0 -> network.cut(from, to);
                case 1 -> network.cutOneWay(from, to);
                case 2, 3, 4 -> network.healAll();
                case 5 -> network.delay(from, to, random.nextInt(30));
                case 6, 7 -> network.kill(from, to);
                case 8 -> link(from, to).close();
                case 9 -> {
                    InetSocketAddress address = members.addresses().remove(to);
                    pause(random.nextInt(20));
                    if (address != null) {
                        members.addresses().put(to, address);
                    }
                }
                case 10, 11, 12 -> pause(random.nextInt(60));
                default -> calls(from, to, random.nextInt(1, 40));
            }
        }

        private static void pause(int ms) throws InterruptedException {
            boolean _ = new CountDownLatch(1).await(ms, TimeUnit.MILLISECONDS);
        }

        private Link link(String from, String to) {
            Transport transport = transports.get(from);
            if (transport == null) {
                throw new AssertionError(from);
            }
            return transport.link(to);
        }

        private void calls(String from, String to, int count) {
            Link link = link(from, to);
            for (int i = 0; i < count; i++) {
                Service service = Service.values()[random.nextInt(Service.values().length)];
                int bytes = 8 + random.nextInt(random.nextInt(10) == 0 ? 300_000 : 2000);
                long number = made.size();
                Outcome outcome = Outcome.of(
                        link,
                        service,
                        ByteBuffer.allocate(bytes).putLong(0, number),
                        Duration.ofMillis(random.nextInt(1, 500)));
                made.add(new Made(number, bytes, outcome));
            }
        }

        /** What becomes of a request follows from its number. */
        private void handle(String way, ByteBuffer request, Exchange exchange) {
            long number = request.getLong(0);
            Long before = newest.put(way, number);
            if (before != null && before >= number) {
                wrong.add(number + " came after " + before + " from " + way);
            }
            if (!arrived.add(number)) {
                wrong.add(number + " came twice");
            }
            switch ((int) (number % 10)) {
                case 0, 1 -> exchange.fail("refused " + number);
                case 2, 3 -> later.add(() -> exchange.answer(request));
                case 4 -> Thread.ofVirtual().start(() -> exchange.answer(request));
                default -> exchange.answer(request);
            }
        }

        private void answerAll() {
            for (Runnable answer = later.poll(); answer != null; answer = later.poll()) {
                answer.run();
            }
        }

        private void check() {
            assertEquals(List.of(), List.copyOf(wrong));
            int answered = 0;
            for (Made call : made) {
                assertEquals(1, call.outcome.times(), "outcomes of call " + call.number);
                if (call.outcome.isAnswered()) {
                    answered++;
                    assertEquals(call.bytes, call.outcome.answer().remaining());
                    assertEquals(call.number, call.outcome.answer().getLong(0));
                    assertTrue(call.number % 10 > 1);
                    continue;
                }
                CallFailure failure = call.outcome.failure();
                if (!failure.mayHaveArrived()) {
                    assertFalse(arrived.contains(call.number), failure.toString());
                }
                if (failure.kind() == Kind.REFUSED) {
                    assertTrue(call.number % 10 <= 1, failure.toString());
                    assertTrue(arrived.contains(call.number));
                }
            }
            assertTrue(answered > 0, "of " + made.size() + " calls none was answered");
        }
    }
}
