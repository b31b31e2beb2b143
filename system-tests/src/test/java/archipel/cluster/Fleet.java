package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Nodes of one mesh, each a process on a host of its own, and what can happen to them. */
final class Fleet implements AutoCloseable {
    private static final Duration MOST = Duration.ofSeconds(Integer.getInteger("fleet.patience", 120));
    private static final String SECRET = "a-secret-of-twenty-characters";

    private final Hosts hosts;
    private final FleetClients clients;
    private final Path directory;
    private final int heartbeatMs;
    private final List<ServerProcess> nodes = new ArrayList<>();
    private final Set<Integer> dead = new LinkedHashSet<>();
    private final Set<Integer> frozen = new LinkedHashSet<>();
    /** Milliseconds until all were equal, by what had happened. */
    private final Map<String, Long> tookMs = new LinkedHashMap<>();

    Fleet(Hosts hosts, FleetClients clients, Path directory, int heartbeatMs) {
        this.hosts = hosts;
        this.clients = clients;
        this.directory = directory;
        this.heartbeatMs = heartbeatMs;
    }

    private ServerOptions options(int host) {
        return ServerOptions.in(directory.resolve("node" + host))
                .withJvm("-Xmx256m")
                .withJvm("-XX:TieredStopAtLevel=1")
                .with("peer_secret", SECRET)
                .with("peer_heartbeat_ms", Integer.toString(heartbeatMs))
                // Some are told where they are, the others find out from those that see them.
                .withPlace(hosts.place(host, host % 2 == 1));
    }

    /**
     * Starts so many, each of which knows the address of one other: the one before it, or the first.
     *
     * @param chain whether it is the one before
     */
    void start(int count, boolean chain) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ServerProcess>> starting = new ArrayList<>();
            for (int host = 0; host < count; host++) {
                String known = "http://" + hosts.address(chain ? Math.max(0, host - 1) : 0) + ":5984";
                ServerOptions options = host == 0 ? options(0) : options(host).with("peer", known);
                starting.add(threads.submit(() -> ServerProcess.start(options)));
            }
            for (Future<ServerProcess> one : starting) {
                nodes.add(one.get());
            }
        }
    }

    /** Starts one more that knows nobody. @return its number */
    int add() throws IOException {
        nodes.add(ServerProcess.start(options(nodes.size())));
        return nodes.size() - 1;
    }

    ServerProcess node(int number) {
        return nodes.get(number);
    }

    int size() {
        return nodes.size();
    }

    /** Those that answer. */
    List<Integer> alive() {
        return IntStream.range(0, nodes.size())
                .filter(each -> !dead.contains(each) && !frozen.contains(each))
                .boxed()
                .toList();
    }

    Set<Integer> dead() {
        return dead;
    }

    Set<Integer> frozen() {
        return frozen;
    }

    /** Writes so often, each time at a node that answers. */
    void write(SplittableRandom random, int times) throws IOException, InterruptedException {
        List<Integer> alive = alive();
        for (int i = 0; i < times; i++) {
            clients.write(nodes.get(alive.get(random.nextInt(alive.size()))));
        }
    }

    /** As {@code kill -9}. */
    void kill(int number) {
        nodes.get(number).kill();
        dead.add(number);
    }

    void restart(int number) throws IOException {
        nodes.get(number).restart();
        dead.remove(number);
    }

    /** Has it run no more, while its connections stay open. */
    void freeze(int number) throws IOException, InterruptedException {
        signal(number, "STOP");
        frozen.add(number);
    }

    void thaw(int number) throws IOException, InterruptedException {
        signal(number, "CONT");
        frozen.remove(number);
    }

    private void signal(int number, String name) throws IOException, InterruptedException {
        String pid = Long.toString(nodes.get(number).pid());
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor());
    }

    /** Ends one that is not dead, and starts it again where its host has another address. */
    void move(int number) throws IOException, InterruptedException {
        if (!dead.contains(number)) {
            nodes.get(number).stop();
        }
        hosts.readdress(number);
        // What it was told at its first start is of no use any more: it knows the mesh by itself.
        nodes.set(number, ServerProcess.start(options(number)));
        dead.remove(number);
    }

    /** Lets everything run and pass again. */
    void mend() throws IOException, InterruptedException {
        hosts.heal();
        for (int number : List.copyOf(frozen)) {
            thaw(number);
        }
        for (int number : List.copyOf(dead)) {
            restart(number);
        }
    }

    /** Until each is connected with every other one. */
    void awaitPeers(String what) {
        long begun = System.nanoTime();
        Awaitility.await().atMost(MOST).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            for (ServerProcess node : nodes) {
                JsonNode peers = clients.json(node, "GET", "/_peers", "").get("peers");
                assertEquals(nodes.size() - 1, peers.size(), peers::toString);
                for (JsonNode peer : peers) {
                    assertEquals("connected", peer.path("state").asString(), peers::toString);
                }
            }
        });
        note(what, begun);
    }

    /** Until all have the same documents, winners and conflicts in the same databases. */
    void awaitEqual(String what) {
        long begun = System.nanoTime();
        Awaitility.await().atMost(MOST).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            Map<String, Map<String, String>> first = FleetContents.leaves(clients, nodes.getFirst());
            for (ServerProcess node : nodes) {
                assertSame(first, FleetContents.leaves(clients, node), node);
            }
        });
        note(what, begun);
    }

    private void assertSame(
            Map<String, Map<String, String>> first, Map<String, Map<String, String>> other, ServerProcess node)
            throws IOException, InterruptedException {
        if (!first.equals(other)) {
            assertEquals(
                    first,
                    other,
                    node.url() + " " + clients.send(node, "GET", "/_peers", "").body());
        }
    }

    private void note(String what, long begunNanos) {
        long ms = (System.nanoTime() - begunNanos) / 1_000_000;
        tookMs.put(what, ms);
        System.out.println("FleetTest: " + what + ": " + ms + " ms");
    }

    Map<String, Long> tookMs() {
        return tookMs;
    }

    /** Whether two of them do not have the same. */
    boolean differ(int one, int other) throws IOException, InterruptedException {
        return !FleetContents.leaves(clients, nodes.get(one)).equals(FleetContents.leaves(clients, nodes.get(other)));
    }

    /** Fails unless all have the same to the byte, and all that was acknowledged by any of them. */
    void assertSame() throws IOException, InterruptedException {
        Map<String, String> first = FleetContents.whole(clients, nodes.getFirst());
        assertTrue(
                first.values().stream().anyMatch(text -> text.contains("\"conflicts\":[")), "there are no conflicts");
        for (ServerProcess node : nodes) {
            Map<String, String> other = FleetContents.whole(clients, node);
            assertEquals(first.keySet(), other.keySet(), node::url);
            first.forEach((what, text) -> assertEquals(text, other.get(what), () -> node.url() + " " + what));
            clients.assertNothingLost(node);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            for (int number : List.copyOf(frozen)) {
                thaw(number);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        nodes.forEach(ServerProcess::terminate);
        nodes.forEach(ServerProcess::close);
    }
}
