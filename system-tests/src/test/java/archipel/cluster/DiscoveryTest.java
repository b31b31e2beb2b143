package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import archipel.testkit.MulticastFlood;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Nodes on hosts of one network, of which none is told of another one. */
final class DiscoveryTest {
    private static final Duration MOST = Duration.ofSeconds(120);
    private static final String SECRET = "a-secret-of-twenty-characters";
    private static final int HOSTS = 4;

    private final JsonMapper json = new JsonMapper();
    private final List<Process> processes = new ArrayList<>();
    private LocalHosts hosts;

    @TempDir
    private Path directory;

    @BeforeEach
    void begin() throws IOException {
        assumeTrue(LocalHosts.arePossible(), "network namespaces cannot be had");
        hosts = LocalHosts.start(HOSTS);
    }

    @AfterEach
    void end() throws Exception {
        for (Process process : processes) {
            process.destroy();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        if (hosts != null) {
            hosts.close();
        }
    }

    private Process launch(int host, List<String> command, ServerOptions options) throws IOException {
        Files.createDirectories(options.log().getParent());
        ProcessBuilder builder = new ProcessBuilder(LocalHosts.on(host, command))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(options.log().toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("ARCHIPEL_"));
        builder.environment().putAll(options.environment());
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        processes.add(process);
        return process;
    }

    /** A node on a host, which answers. */
    private Process start(int host, boolean secret) throws IOException {
        ServerOptions plain = ServerOptions.in(directory.resolve("node" + host))
                .withJvm("-Xmx256m")
                .with("peer_heartbeat_ms", "1000");
        ServerOptions options = secret ? plain.with("peer_secret", SECRET) : plain;
        List<String> command = options.archipel(
                "serve",
                "--host",
                "0.0.0.0",
                "--discover",
                "--data",
                options.data().toString(),
                "--admin",
                ServerProcess.ADMIN);
        Process process = launch(host, command, options);
        Awaitility.await()
                .atMost(MOST)
                .ignoreExceptions()
                .until(() -> !fingerprint(host).isEmpty());
        return process;
    }

    private JsonNode ask(int host, String method, String path, String body) throws IOException {
        List<String> curl = List.of(
                "curl",
                "-s",
                "-m",
                "20",
                "-X",
                method,
                "-H",
                "Content-Type: application/json",
                "-d",
                body,
                "http://" + ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD + "@127.0.0.1:5984" + path);
        return json.readTree(LocalHosts.run(LocalHosts.on(host, curl).toArray(String[]::new)));
    }

    private JsonNode get(int host, String path) throws IOException {
        return ask(host, "GET", path, "");
    }

    private String fingerprint(int host) throws IOException {
        return get(host, "/").path("fingerprint").asString("");
    }

    private Set<String> connected(int host) throws IOException {
        Set<String> ids = new TreeSet<>();
        for (JsonNode peer : get(host, "/_peers").path("peers")) {
            if (peer.path("state").asString().equals("connected")) {
                ids.add(peer.path("id").asString());
            }
        }
        return ids;
    }

    /** Where a host's peers are, as it knows. */
    private Set<String> urls(int host) throws IOException {
        Set<String> urls = new TreeSet<>();
        get(host, "/_peers")
                .path("peers")
                .forEach(peer -> urls.add(peer.path("url").asString()));
        return urls;
    }

    private static String url(int address) {
        return "http://" + LocalHosts.address(address) + ":5984/";
    }

    private void awaitConnected(int... numbers) throws IOException {
        Set<String> all = new TreeSet<>();
        for (int host : numbers) {
            all.add(fingerprint(host));
        }
        Awaitility.await().atMost(MOST).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> {
            for (int host : numbers) {
                Set<String> others = new TreeSet<>(all);
                others.remove(fingerprint(host));
                assertEquals(others, connected(host), () -> "host " + host);
            }
        });
    }

    private Set<String> discovered(int host) throws IOException {
        Set<String> ids = new TreeSet<>();
        get(host, "/_peers")
                .path("discovered")
                .forEach(one -> ids.add(one.path("fingerprint").asString()));
        return ids;
    }

    @Test
    @Tag("soak") // It waits for addresses to be forgotten; the server's tests find each other in one process.
    void nodes_withASecret_findEachOtherAndAgainAtOtherAddresses() throws Exception {
        start(1, true);
        start(2, true);
        start(3, true);
        start(4, false);
        awaitConnected(1, 2, 3);
        assertEquals(Set.of(), connected(4));
        Awaitility.await()
                .atMost(MOST)
                .until(() -> discovered(4).size() == 3 && discovered(1).size() == 1);
        ask(1, "PUT", "/islands", "");
        ask(1, "PUT", "/islands/molene", "{}");
        Awaitility.await().atMost(MOST).until(() -> get(3, "/islands/molene").has("_rev"));
        // All get other addresses while they run: what they knew of each other is of no use any more.
        hosts.move(1, 101);
        hosts.move(2, 102);
        hosts.move(3, 103);
        Set<String> moved = Set.of(url(102), url(103));
        Awaitility.await()
                .atMost(MOST)
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> assertEquals(moved, urls(1)));
        awaitConnected(1, 2, 3);
        ask(3, "PUT", "/islands/sein", "{}");
        Awaitility.await().atMost(MOST).until(() -> get(1, "/islands/sein").has("_rev"));
    }

    @Test
    @Tag("soak")
    void flood_fromAHostOfTheNetwork_costsLittle() throws Exception {
        ServerOptions plain = ServerOptions.in(directory.resolve("flood"));
        List<String> command = new ArrayList<>(plain.archipel());
        command.set(command.size() - 1, MulticastFlood.class.getName());
        command.add(LocalHosts.address(4));
        Process flood = launch(4, command, plain);
        Process node = start(1, true);
        Awaitility.await().atMost(MOST).until(() -> !discovered(1).isEmpty());
        Duration before = node.info().totalCpuDuration().orElseThrow();
        long begunMs = System.currentTimeMillis();
        for (int i = 0; i < 20; i++) {
            assertTrue(ask(1, "PUT", "/d" + i, "").path("ok").asBoolean());
            assertTrue(discovered(1).size() <= 16, "of one sender");
            Awaitility.await().pollDelay(Duration.ofMillis(500)).until(() -> true);
        }
        double busy = (double) node.info()
                        .totalCpuDuration()
                        .orElseThrow()
                        .minus(before)
                        .toMillis()
                / (System.currentTimeMillis() - begunMs);
        assertTrue(busy < 0.6, "busy for " + busy + " of the time");
        assertEquals(0, get(1, "/_peers").path("peers").size());
        assertTrue(flood.isAlive());
        flood.destroy();
        start(2, true);
        awaitConnected(1, 2);
    }
}
