package archipel.trees;

import archipel.report.Ticks;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;

/** From a change at one member until a client at another one is told of it. */
final class WatchLatency {
    private static final Duration SESSION = Duration.ofSeconds(30);
    private static final String PATH = "/watched";

    private WatchLatency() {}

    /** @param members where they serve clients */
    static Latencies measure(List<String> members, int warmUp, int changes) throws IOException {
        Latencies taken = new Latencies();
        try (TreeSession writer = TreeSession.at(members.getFirst(), SESSION);
                TreeSession watcher = TreeSession.at(members.get(1), SESSION)) {
            writer.create(PATH, CreateMode.PERSISTENT);
            BlockingQueue<Long> told = new LinkedBlockingQueue<>();
            for (int i = 0; i < warmUp + changes; i++) {
                watcher.ask(client -> {
                    client.sync(PATH);
                    return client.getData(PATH, event -> told.add(Ticks.now()), null);
                });
                long began = Ticks.now();
                writer.ask(client -> client.setData(PATH, new byte[100], -1));
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
