package archipel.coordination;

import archipel.engine.Node;
import archipel.engine.NodeOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.jspecify.annotations.Nullable;

/** A node on its own that serves clients, in this process. */
final class RunningTree implements AutoCloseable {
    static final int REQUEST_BYTES = 1 << 20;

    private final Node node;
    private final Coordination coordination;
    private final List<ZooKeeper> clients = new ArrayList<>();

    /** How it is set up; open, and without TLS, unless told otherwise. */
    static final class Setup {
        private boolean open = true;
        private int perAddress;
        private Duration tick = Duration.ofSeconds(2);
        private @Nullable Accounts accounts;
        private ConnectionOptions connections = ConnectionOptions.DEFAULT;

        Setup closedTo(Accounts known) {
            open = false;
            accounts = known;
            return this;
        }

        Setup with(Accounts known) {
            accounts = known;
            return this;
        }

        Setup tick(Duration time) {
            tick = time;
            return this;
        }

        Setup perAddress(int most) {
            perAddress = most;
            return this;
        }

        Setup tls(Supplier<SSLEngine> engines) {
            connections =
                    new ConnectionOptions(engines, connections.commands(), connections.most(), connections.watches());
            return this;
        }

        Setup commands(String... words) {
            connections =
                    new ConnectionOptions(connections.tls(), List.of(words), connections.most(), connections.watches());
            return this;
        }

        Setup watches(int most) {
            connections = new ConnectionOptions(connections.tls(), connections.commands(), connections.most(), most);
            return this;
        }

        RunningTree start(Path directory) throws Exception {
            return new RunningTree(this, directory);
        }
    }

    private RunningTree(Setup setup, Path directory) throws Exception {
        coordination = Coordination.of(new CoordinationOptions(
                () -> "one",
                new InetSocketAddress("127.0.0.1", 0),
                setup.open,
                setup.tick,
                Duration.ofMillis(400),
                Duration.ofSeconds(20),
                setup.perAddress,
                REQUEST_BYTES,
                64 << 20,
                Duration.ofMillis(200),
                () -> "leader",
                setup.connections));
        if (setup.accounts != null) {
            coordination.use(setup.accounts);
        }
        coordination.protect(new byte[] {1, 2, 3});
        node = Node.open(directory.resolve("node"), NodeOptions.DEFAULT, null, coordination.extension());
        coordination.begin(node);
    }

    Node node() {
        return node;
    }

    Coordination coordination() {
        return coordination;
    }

    int port() {
        return coordination.port();
    }

    Coordination.Figures figures() {
        return coordination.figures();
    }

    ZooKeeper connect() throws Exception {
        return connect(new LinkedBlockingQueue<>(), new ZKClientConfig());
    }

    ZooKeeper connect(BlockingQueue<WatchedEvent> events, ZKClientConfig config) throws Exception {
        ZooKeeper client = new ZooKeeper("127.0.0.1:" + port(), 20_000, events::add, config);
        clients.add(client);
        return client;
    }

    @Override
    public void close() {
        try {
            for (ZooKeeper client : clients) {
                client.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        coordination.close();
        node.close();
    }
}
