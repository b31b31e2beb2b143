package archipel.suites;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/** Makes the tree what it is on a new server: tests begin with one of their own. */
public final class EmptyTree {
    /** The name of an admin. */
    static final String SUPER = "super";
    /** The password that goes with it, which tests know as well. */
    static final String PASSWORD = "test";

    private static final int SESSION_MS = 20_000;
    private static final int AT_ONCE = 1000;
    private static final String SYSTEM = "/zookeeper";
    private static final List<String> KEPT = List.of(SYSTEM, SYSTEM + "/quota", SYSTEM + "/config");

    private EmptyTree() {}

    /**
     * Deletes all that a test has left; what other sessions delete meanwhile is no matter.
     *
     * @param port of the server that the next test begins with
     */
    public static void make(int port) throws IOException, InterruptedException, KeeperException {
        with(port, EmptyTree::empty);
    }

    /** Waits until the server at that port has what the others have. */
    public static void await(int port) throws IOException, InterruptedException, KeeperException {
        with(port, client -> client.sync("/"));
    }

    /** What is done by a client. */
    @FunctionalInterface
    interface Work {
        void run(ZooKeeper client) throws InterruptedException, KeeperException;
    }

    /** @throws IOException where nobody serves clients at that port */
    static void with(int port, Work work) throws IOException, InterruptedException, KeeperException {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper client = new ZooKeeper("127.0.0.1:" + port, SESSION_MS, event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        try {
            if (!connected.await(SESSION_MS, TimeUnit.MILLISECONDS)) {
                throw new IOException("nobody serves clients at port " + port);
            }
            work.run(client);
        } finally {
            client.close();
        }
    }

    private static void empty(ZooKeeper admin) throws InterruptedException, KeeperException {
        admin.addAuthInfo("digest", (SUPER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
        // The server may not know yet what the test has done through another one.
        admin.sync("/");
        admin.setACL("/", ZooDefs.Ids.OPEN_ACL_UNSAFE, -1);
        empty(admin, "/");
        admin.setData("/", new byte[0], -1);
        // Curator reads there where the servers are, and would go to them directly.
        if (admin.getData(ZooDefs.CONFIG_NODE, false, null).length > 0) {
            admin.setData(ZooDefs.CONFIG_NODE, new byte[0], -1);
        }
    }

    // Many at once: there are tests that leave tens of thousands.
    private static void empty(ZooKeeper admin, String path) throws InterruptedException, KeeperException {
        for (String name : admin.getChildren(path, false)) {
            String child = path.equals("/") ? "/" + name : path + "/" + name;
            if (KEPT.contains(child)) {
                empty(admin, child);
                continue;
            }
            // Not where something of it has gone by itself meanwhile.
            while (admin.exists(child, false) != null && !ZKUtil.deleteRecursive(admin, child, AT_ONCE)) {
                admin.sync(child);
            }
        }
    }
}
