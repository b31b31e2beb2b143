package archipel.trees;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/** A session of ZooKeeper's own client, connected when it is given out. */
final class TreeSession implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ZooKeeper client;

    private TreeSession(ZooKeeper client) {
        this.client = client;
    }

    /** A request of a client. */
    interface Request<R> {
        R ask(ZooKeeper client) throws KeeperException, InterruptedException;
    }

    static TreeSession at(String addresses, Duration timeout) throws IOException {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper client = new ZooKeeper(addresses, Math.toIntExact(timeout.toMillis()), (WatchedEvent event) -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        TreeSession session = new TreeSession(client);
        try {
            if (!connected.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                session.close();
                throw new IOException("no session at " + addresses);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return session;
    }

    <R> R ask(Request<R> request) throws IOException {
        try {
            return request.ask(client);
        } catch (KeeperException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    String create(String path, CreateMode mode) throws IOException {
        byte[] data = path.getBytes(StandardCharsets.UTF_8);
        return ask(client -> client.create(path, data, Ids.OPEN_ACL_UNSAFE, mode));
    }

    @Override
    public void close() throws IOException {
        try {
            client.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
