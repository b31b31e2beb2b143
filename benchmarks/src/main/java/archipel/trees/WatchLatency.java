package archipel.trees;

import archipel.report.Ticks;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;

/** The time from a change at one member until a client of another one is told of it. */
final class WatchLatency {
    private static final Duration SESSION = Duration.ofSeconds(30);

    private WatchLatency() {}

    /**
     * @param writing the member that a client writes to
     * @param watching the one that a client watches at
     * @param path of a node that is not there yet
     */
    static Latencies measure(String writing, String watching, String path, int warmUp, int changes) throws IOException {
        Latencies taken = new Latencies();
        try (TreeSession writer = TreeSession.at(writing, SESSION);
                TreeSession watcher = TreeSession.at(watching, SESSION)) {
            writer.create(path, CreateMode.PERSISTENT);
            BlockingQueue<Long> told = new LinkedBlockingQueue<>();
            for (int i = 0; i < warmUp + changes; i++) {
                watcher.ask(client -> {
                    client.sync(path);
                    return client.getData(path, event -> told.add(Ticks.now()), null);
                });
                long began = Ticks.now();
                writer.ask(client -> client.setData(path, new byte[100], -1));
                long at = next(told);
                if (i >= warmUp) {
                    taken.add(at - began);
                }
            }
        }
        return taken;
    }

    private static long next(BlockingQueue<Long> told) throws IOException {
        try {
            Long at = told.poll(SESSION.toSeconds(), TimeUnit.SECONDS);
            if (at == null) {
                throw new IOException("a watch was not told");
            }
            return at;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
