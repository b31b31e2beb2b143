package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.Sha256;
import archipel.engine.FailingNode;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.raft.RaftHost;
import archipel.storage.FailingStore;
import archipel.storage.StorageException;
import archipel.testkit.Directories;
import archipel.transport.MemberSecret;
import archipel.transport.TransportOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Nodes of one ensemble in this process, each with a data directory, on free ports of the loopback. */
final class Cluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path directory;
    private final int dataGroups;
    // Of this one alone: the library has the groups of all ensembles of a process by their names.
    private final MemberSecret secret;
    private final UnaryOperator<TransportOptions> transport;
    private final SortedMap<String, MemberAddress> members = new TreeMap<>();
    private final Map<String, Running> running = new TreeMap<>();

    Cluster(Path directory, int dataGroups, UnaryOperator<TransportOptions> transport, String... names) {
        this.directory = directory;
        this.dataGroups = dataGroups;
        this.secret =
                MemberSecret.ofBytes(Sha256.begin().digest(directory.toString().getBytes(StandardCharsets.UTF_8)));
        this.transport = transport;
        List<Integer> ports = freePorts(names.length);
        for (int i = 0; i < names.length; i++) {
            members.put(names[i], new MemberAddress(names[i], "127.0.0.1", ports.get(i)));
        }
    }

    /** A member that runs. */
    record Running(Node node, Ensemble ensemble, FailingStore store) {}

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

    /** Takes a free port for one more member, which is not started. */
    MemberAddress reserve(String name) {
        MemberAddress address =
                new MemberAddress(name, "127.0.0.1", freePorts(1).getFirst());
        members.put(name, address);
        return address;
    }

    Path data(String name) {
        return directory.resolve(name);
    }

    Node start(String name) {
        return start(name, members, false);
    }

    /** Starts a member on a disk on which nothing can be stored but its log. */
    Node startFull(String name) {
        return start(name, members, false, store -> store.failCommit(StorageException.Kind.FULL));
    }

    /** @param given the members as they are given to that node */
    Node start(String name, SortedMap<String, MemberAddress> given, boolean observer) {
        return start(name, given, observer, store -> {});
    }

    private Node start(
            String name, SortedMap<String, MemberAddress> given, boolean observer, Consumer<FailingStore> opened) {
        Path data = directory.resolve(name);
        EnsembleOptions options = new EnsembleOptions(
                name,
                given,
                () -> secret,
                name.hashCode(),
                observer,
                dataGroups,
                8 << 20,
                0,
                RaftHost.Timing.DEFAULT,
                ReplicatedLog.Patience.DEFAULT,
                "test",
                transport);
        Ensemble ensemble = Ensemble.of(data, options);
        AtomicReference<FailingStore> store = new AtomicReference<>();
        Node node = FailingNode.open(data, NodeOptions.DEFAULT, ensemble, store::set);
        opened.accept(store.get());
        ensemble.begin(shared(node));
        running.put(name, new Running(node, ensemble, store.get()));
        return node;
    }

    private static SharedFacts shared(Node node) {
        return new SharedFacts() {
            @Override
            public @Nullable String get(String key) {
                return node.fact(key);
            }

            @Override
            public void put(long term, String key, String value) {
                node.inTerm(term, () -> node.putFact(key, value));
            }
        };
    }

    void stop(String name) {
        Running stopped = running.remove(name);
        if (stopped != null) {
            stopped.ensemble().close();
            stopped.node().close();
        }
    }

    /** Keeps a copy of the rows that a member has now, which does not run. */
    void keepRows(String name) {
        copy(data(name).resolve("store"), directory.resolve(name + "-rows"));
    }

    /** Gives a member that does not run the rows that were kept, as a crash would: its log has what came since. */
    void restoreRows(String name) {
        Path store = data(name).resolve("store");
        try {
            Directories.delete(store);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        copy(directory.resolve(name + "-rows"), store);
    }

    private static void copy(Path from, Path to) {
        try {
            Directories.copy(from, to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Node node(String name) {
        Running found = running.get(name);
        if (found == null) {
            throw new IllegalArgumentException(name + " does not run");
        }
        return found.node();
    }

    /** Of a member that runs, on a disk that can fail. */
    FailingStore store(String name) {
        Running found = running.get(name);
        if (found == null) {
            throw new IllegalArgumentException(name + " does not run");
        }
        return found.store();
    }

    Ensemble ensemble(String name) {
        Running found = running.get(name);
        if (found == null) {
            throw new IllegalArgumentException(name + " does not run");
        }
        return found.ensemble();
    }

    SortedMap<String, MemberAddress> members(String... names) {
        SortedMap<String, MemberAddress> some = new TreeMap<>(members);
        some.keySet().retainAll(List.of(names));
        return some;
    }

    JsonNode status(String name) {
        JsonBuffer json = new JsonBuffer(4096);
        ensemble(name).appendStatus(json);
        return JsonTree.parse(json.toByteArray(), JsonLimits.DEFAULT);
    }

    /** Waits until all that run know that the members of all groups are what they are to be: these. */
    void awaitMembers(String... names) {
        Awaitility.await().atMost(PATIENCE.multipliedBy(2)).untilAsserted(() -> {
            for (String name : names) {
                JsonNode status = status(name);
                assertEquals(true, status.path("settled").asBoolean(false), status::toString);
                List<String> known = new ArrayList<>();
                status.path("members")
                        .forEach(member -> known.add(member.path("name").asString()));
                assertEquals(List.of(names), known);
                for (JsonNode group : status.path("groups")) {
                    List<String> all = new ArrayList<>();
                    group.path("voters").forEach(member -> all.add(member.asString()));
                    group.path("observers").forEach(member -> all.add(member.asString()));
                    assertEquals(List.of(names), all.stream().sorted().toList());
                }
            }
        });
    }

    List<String> names() {
        return List.copyOf(running.keySet());
    }

    /** Waits until one member leads the group, and says which. */
    String leader(int group) {
        AtomicReference<String> leader = new AtomicReference<>("");
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            for (Map.Entry<String, Running> one : running.entrySet()) {
                if (one.getValue().ensemble().leads(group)) {
                    leader.set(one.getKey());
                    return;
                }
            }
            fail(names().stream().map(name -> status(name).toString()).collect(Collectors.joining("\n")));
        });
        return leader.get();
    }

    @Override
    public void close() {
        names().forEach(this::stop);
    }
}
