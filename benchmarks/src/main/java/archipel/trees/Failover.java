package archipel.trees;

import archipel.report.Ticks;
import archipel.trios.TreeServers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;

/**
 * The leader is killed while clients write, one change after the other: for how long none is acknowledged to anybody,
 * and to the client that waits longest.
 */
final class Failover {
    private static final Duration SESSION = Duration.ofSeconds(10);
    private static final Duration CALM = Duration.ofSeconds(2);
    private static final Duration WATCHED = Duration.ofSeconds(10);
    private static final String PATH = "/failover";

    private Failover() {}

    /** Longest times without an acknowledgement, one of each failure. */
    record Gaps(Latencies anybody, Latencies worst) {}

    static Gaps measure(TreeServers servers, int runs) throws IOException {
        Gaps gaps = new Gaps(new Latencies(), new Latencies());
        try (TreeSession maker = TreeSession.at(String.join(",", servers.addresses()), SESSION)) {
            maker.create(PATH, CreateMode.PERSISTENT);
        }
        for (int run = 0; run < runs; run++) {
            one(servers, gaps);
        }
        return gaps;
    }

    private static void one(TreeServers servers, Gaps gaps) throws IOException {
        List<String> addresses = servers.addresses();
        int leader = Members.await(addresses).leader();
        List<Writer> writers = new ArrayList<>();
        for (String address : addresses) {
            writers.add(new Writer(address, addresses));
        }
        Ticks.pause(CALM);
        long failed = Ticks.now();
        servers.kill(leader);
        Ticks.pause(WATCHED);
        long end = Ticks.now();
        for (Writer writer : writers) {
            writer.close();
        }
        servers.restart(leader);
        List<Long> all = new ArrayList<>();
        long worst = 0;
        for (Writer writer : writers) {
            all.addAll(writer.acknowledged);
            worst = Math.max(worst, longest(writer.acknowledged, failed, end));
        }
        gaps.anybody.add(longest(all, failed, end));
        gaps.worst.add(worst);
    }

    private static long longest(Iterable<Long> acknowledged, long failed, long end) {
        List<Long> sorted = new ArrayList<>();
        acknowledged.forEach(at -> {
            if (at > failed && at < end) {
                sorted.add(at);
            }
        });
        sorted.sort(null);
        long longest = 0;
        long last = failed;
        for (long at : sorted) {
            longest = Math.max(longest, at - last);
            last = at;
        }
        return Math.max(longest, end - last);
    }

    /** Connected to one member first, and to any once that is gone. */
    private static final class Writer implements AutoCloseable {
        private final ConcurrentLinkedQueue<Long> acknowledged = new ConcurrentLinkedQueue<>();
        private final TreeSession first;
        private final Thread thread;
        private volatile boolean over;

        Writer(String own, List<String> all) throws IOException {
            first = TreeSession.at(own, SESSION);
            first.ask(client -> {
                // Where it goes when that one is gone.
                try {
                    client.updateServerList(own + "," + String.join(",", all));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
                return true;
            });
            thread = Thread.ofPlatform().daemon().start(this::run);
        }

        private void run() {
            while (!over) {
                try {
                    first.ask(client -> client.setData(PATH, new byte[100], -1));
                    acknowledged.add(Ticks.now());
                } catch (IOException e) {
                    if (!(e.getCause() instanceof KeeperException.ConnectionLossException)) {
                        return;
                    }
                }
            }
        }

        @Override
        public void close() throws IOException {
            over = true;
            try {
                thread.join(SESSION);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            first.close();
        }
    }
}
