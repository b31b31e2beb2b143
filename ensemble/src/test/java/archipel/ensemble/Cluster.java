package archipel.ensemble;

import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.raft.RaftHost;
import archipel.transport.MemberSecret;
import archipel.transport.TransportOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** Nodes of one ensemble in this process, each with a data directory, on free ports of the loopback. */
final class Cluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final MemberSecret SECRET = MemberSecret.ofBytes(new byte[MemberSecret.BYTES]);

    private final Path directory;
    private final int dataGroups;
    private final UnaryOperator<TransportOptions> transport;
    private final SortedMap<String, MemberAddress> members = new TreeMap<>();
    private final Map<String, Running> running = new TreeMap<>();

    Cluster(Path directory, int dataGroups, UnaryOperator<TransportOptions> transport, String... names) {
        this.directory = directory;
        this.dataGroups = dataGroups;
        this.transport = transport;
        List<Integer> ports = freePorts(names.length);
        for (int i = 0; i < names.length; i++) {
            members.put(names[i], new MemberAddress(names[i], "127.0.0.1", ports.get(i)));
        }
    }

    /** A member that runs. */
    record Running(Node node, Ensemble ensemble) {}

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            List<Integer> ports =
                    sockets.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Cluster start() {
        members.keySet().forEach(this::start);
        return this;
    }

    Node start(String name) {
        Path data = directory.resolve(name);
        EnsembleOptions options = new EnsembleOptions(
                name,
                members,
                () -> SECRET,
                name.hashCode(),
                false,
                dataGroups,
                8 << 20,
                RaftHost.Timing.DEFAULT,
                ReplicatedLog.Patience.DEFAULT,
                "test",
                transport);
        Ensemble ensemble = Ensemble.of(data, options);
        Node node = Node.open(data, NodeOptions.DEFAULT, ensemble);
        running.put(name, new Running(node, ensemble));
        return node;
    }

    void stop(String name) {
        Running stopped = running.remove(name);
        if (stopped != null) {
            stopped.ensemble().close();
            stopped.node().close();
        }
    }

    Node node(String name) {
        Running found = running.get(name);
        if (found == null) {
            throw new IllegalArgumentException(name + " does not run");
        }
        return found.node();
    }

    Ensemble ensemble(String name) {
        Running found = running.get(name);
        if (found == null) {
            throw new IllegalArgumentException(name + " does not run");
        }
        return found.ensemble();
    }

    List<String> names() {
        return List.copyOf(running.keySet());
    }

    /** Waits until one member leads the group, and says which. */
    String leader(int group) {
        return Awaitility.await()
                .atMost(PATIENCE)
                .until(
                        () -> running.entrySet().stream()
                                .filter(one -> one.getValue().ensemble().leads(group))
                                .map(Map.Entry::getKey)
                                .findFirst()
                                .orElse(""),
                        name -> !name.isEmpty());
    }

    @Override
    public void close() {
        names().forEach(this::stop);
    }
}
