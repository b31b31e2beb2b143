package archipel.tree;

import archipel.cluster.EnsembleProcesses;
import archipel.cluster.LoopbackPort;
import archipel.cluster.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Three members in processes of their own that serve clients of ZooKeeper, and the clients that were made of it. */
final class TreeEnsemble implements AutoCloseable {
    static final Duration MOST = Duration.ofSeconds(40);

    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final List<ZooKeeper> clients = new ArrayList<>();
    private final EnsembleProcesses members;

    /** Starts them, with ticks short enough for sessions of a second. */
    TreeEnsemble(Path directory) throws IOException {
        members = EnsembleProcesses.start(directory, 3, options -> {
            try {
                int port = LoopbackPort.free();
                ports.put(options.data().getParent().getFileName().toString(), port);
                return options.withJvm("-Xmx256m")
                        .with("coordination_port", Integer.toString(port))
                        .with("coordination_tick_ms", "400")
                        .with("coordination_least_timeout_ms", "500")
                        .with("coordination_longest_timeout_ms", "20000");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    static ConditionFactory await() {
        return Awaitility.await().atMost(MOST).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(30));
    }

    List<String> names() {
        return members.names();
    }

    ServerProcess member(String name) {
        return members.member(name);
    }

    /** Where one serves clients. */
    String address(String name) {
        return "127.0.0.1:" + ports.get(name);
    }

    /** All of them, as clients are told them. */
    String addresses() {
        return String.join(",", names().stream().map(this::address).toList());
    }

    /** A client whose session has begun, which it does once the members have met. */
    ZooKeeper connect(int sessionMs, Watcher events, String... to) throws IOException {
        String addresses =
                String.join(",", List.of(to).stream().map(this::address).toList());
        ZooKeeper client = new ZooKeeper(addresses, sessionMs, events);
        clients.add(client);
        await().ignoreException(KeeperException.ConnectionLossException.class)
                .until(() -> client.exists("/", false) != null);
        return client;
    }

    /** The role that one says it has; empty where it does not answer. */
    String role(String name) {
        try (Socket socket = new Socket("127.0.0.1", ports.get(name))) {
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith("Mode: "))
                    .map(line -> line.substring("Mode: ".length()))
                    .findFirst()
                    .orElse("");
        } catch (IOException down) {
            return "";
        }
    }

    /** Who leads, once somebody does. */
    String leader() {
        return await().until(
                        () -> names().stream()
                                .filter(name -> role(name).equals("leader"))
                                .findFirst()
                                .orElse(""),
                        leader -> !leader.isEmpty());
    }

    /** Those that do not lead. */
    List<String> followers() {
        String leader = leader();
        return names().stream().filter(name -> !name.equals(leader)).toList();
    }

    /** Starts those again that were killed, and waits until all serve. */
    void mend() throws IOException {
        for (String name : names()) {
            if (!member(name).isAlive()) {
                member(name).restart();
            }
        }
        await().until(() -> names().stream().noneMatch(name -> role(name).isEmpty()));
    }

    /** Ends all clients. */
    void disconnect() throws InterruptedException {
        for (ZooKeeper client : clients) {
            client.close(0);
        }
        clients.clear();
    }

    @Override
    public void close() {
        names().forEach(name -> member(name).terminate());
        members.close();
    }
}
