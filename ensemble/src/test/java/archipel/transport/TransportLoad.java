package archipel.transport;

import archipel.changes.Threads;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures calls between two members in one process: {@code TransportLoad [seconds] [virtual]}. Prints a row for each
 * size and number of outstanding calls.
 */
final class TransportLoad {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private TransportLoad() {}

    public static void main(String[] arguments) throws Exception {
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        boolean virtual = arguments.length > 1 && arguments[1].equals("virtual");
        Threads threads =
                virtual ? (name, work) -> Thread.ofVirtual().name(name).unstarted(work) : Threads.PLATFORM;
        try (Members members = new Members(threads)) {
            Members.echoing(members.add("b"));
            Transport a = members.add("a");
            a.start();
            Link link = a.link("b");
            System.out.println((virtual ? "virtual" : "platform") + " threads, echo, TLS 1.3, one connection");
            new Load(link, Service.RAFT_LOG, 1024, 64).run(seconds);
            System.out.println("payload  outstanding    calls/s   MB/s each way   mean us");
            for (int outstanding : new int[] {1, 16, 256}) {
                row(link, 1024, outstanding, seconds);
            }
            row(link, 64, 256, seconds);
            row(link, 64 << 10, 16, seconds);
            row(link, 1 << 20, 4, seconds);
        }
    }

    private static void row(Link link, int bytes, int outstanding, int seconds) throws InterruptedException {
        double rate = new Load(link, Service.RAFT_LOG, bytes, outstanding).run(seconds);
        System.out.printf(
                "%7d  %11d  %9.0f  %14.1f  %8.1f%n",
                bytes, outstanding, rate, rate * bytes / 1e6, 1e6 * outstanding / rate);
    }

    /** Calls that each make the next one when they are answered. */
    private static final class Load implements Reply {
        private final Link link;
        private final Service service;
        private final ByteBuffer request;
        private final int outstanding;
        private final AtomicLong answered = new AtomicLong();
        private final CountDownLatch ended;
        private volatile boolean stopping;

        private Load(Link link, Service service, int bytes, int outstanding) {
            this.link = link;
            this.service = service;
            this.request = ByteBuffer.allocate(bytes);
            this.outstanding = outstanding;
            this.ended = new CountDownLatch(outstanding);
        }

        private double run(int seconds) throws InterruptedException {
            long start = System.nanoTime();
            for (int i = 0; i < outstanding; i++) {
                link.call(service, request, TIMEOUT, this);
            }
            // Never comes to zero before.
            boolean _ = ended.await(seconds, TimeUnit.SECONDS);
            stopping = true;
            ended.await();
            return answered.get() * 1e9 / (System.nanoTime() - start);
        }

        @Override
        public void answered(ByteBuffer answer) {
            answered.incrementAndGet();
            if (stopping) {
                ended.countDown();
            } else {
                link.call(service, request, TIMEOUT, this);
            }
        }

        @Override
        public void failed(CallFailure failure) {
            System.out.println(failure);
            ended.countDown();
        }
    }
}
