package archipel.tree;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/**
 * A client of ZooKeeper with a task of its own while others attack: it has a session and a node that ends with it,
 * writes and reads this, and remembers for how long it was without success. Its session must not end.
 */
public final class TreeBystander implements AutoCloseable {
    private static final int SESSION_MS = 30_000;
    private static final long PAUSE_MS = 20;

    private final ZooKeeper client;
    private final String node;
    private final Thread thread = Thread.ofPlatform().unstarted(this::run);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile long longestMs;
    private volatile int rounds;
    private volatile String failure = "none";

    private TreeBystander(ZooKeeper client, String node) {
        this.client = client;
        this.node = node;
    }

    public static TreeBystander start(int port) throws IOException, InterruptedException, KeeperException {
        ZooKeeper client = new ZooKeeper("127.0.0.1:" + port, SESSION_MS, TreeBystander::ignore);
        String node = client.create("/bystander-", new byte[8], Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL);
        TreeBystander bystander = new TreeBystander(client, node);
        bystander.thread.start();
        return bystander;
    }

    private static void ignore(WatchedEvent event) {}

    public ZooKeeper client() {
        return client;
    }

    private void run() {
        long last = System.nanoTime();
        while (ended.getCount() > 0) {
            try {
                byte[] number = ByteBuffer.allocate(8).putLong(rounds).array();
                client.setData(node, number, -1);
                if (ByteBuffer.wrap(client.getData(node, false, new Stat())).getLong() == rounds) {
                    longestMs = Math.max(longestMs, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - last));
                    last = System.nanoTime();
                    rounds++;
                }
                boolean _ = ended.await(PAUSE_MS, TimeUnit.MILLISECONDS);
            } catch (KeeperException e) {
                failure = e.toString();
            } catch (InterruptedException e) {
                return;
            }
        }
        longestMs = Math.max(longestMs, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - last));
    }

    /** Ends it, and fails if it was without success for longer than that, or lost its session. */
    public void assertServed(Duration most) throws InterruptedException, KeeperException {
        ended.countDown();
        thread.join();
        System.out.println("the tree's bystander: " + rounds + " rounds, longest wait " + longestMs
                + " ms, last failure: " + failure);
        assertTrue(rounds > 0 && longestMs <= most.toMillis(), () -> longestMs + " ms, " + failure);
        assertTrue(client.exists(node, false).getEphemeralOwner() == client.getSessionId(), "its session ended");
    }

    @Override
    public void close() {
        ended.countDown();
        try {
            thread.join();
            client.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
