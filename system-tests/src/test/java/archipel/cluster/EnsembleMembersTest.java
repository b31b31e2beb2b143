package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node in a process of its own grows into an ensemble, loses a machine and a majority, by the commands alone. */
final class EnsembleMembersTest {
    private static final Duration MOST = Duration.ofSeconds(120);

    private final Map<String, ServerProcess> nodes = new HashMap<>();
    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        nodes.values().forEach(ServerProcess::close);
        client.close();
    }

    private ServerOptions options(String name) {
        return ServerOptions.in(directory.resolve(name)).withJvm("-Xmx256m").with("ensemble_groups", "4");
    }

    private ServerProcess start(String name, ServerOptions options) throws IOException {
        ServerProcess started = ServerProcess.start(options);
        nodes.put(name, started);
        return started;
    }

    private void run(String... words) throws IOException, InterruptedException {
        ServerOptions options = options("commands");
        Command.run(
                "cannot run archipel",
                directory,
                MOST,
                Map.of("ARCHIPEL_ADMIN_PASSWORD", ServerProcess.PASSWORD),
                options.archipel(words).toArray(String[]::new));
    }

    private void join(ServerProcess through, String name) throws IOException, InterruptedException {
        ServerOptions options = options(name);
        Files.createDirectories(options.data());
        run(
                "ensemble",
                "join",
                through.url(),
                name + "=127.0.0.1:" + LoopbackPort.free(),
                "--data",
                options.data().toString());
        start(name, options);
    }

    private String get(ServerProcess node, String path) throws IOException, InterruptedException {
        return client.send(node.request(path).build(), BodyHandlers.ofString()).body();
    }

    private void put(ServerProcess node, String path) throws IOException, InterruptedException {
        HttpRequest request = node.request(path)
                .header("Content-Type", "application/json")
                .method("PUT", HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        assertEquals(201, client.send(request, BodyHandlers.ofString()).statusCode(), path);
    }

    private void change(ServerProcess node, String path, String json) throws IOException, InterruptedException {
        HttpRequest request = node.request(path)
                .header("Content-Type", "application/json")
                .method("PUT", HttpRequest.BodyPublishers.ofString(json))
                .build();
        assertEquals(200, client.send(request, BodyHandlers.ofString()).statusCode(), path);
    }

    /** The cookie of a session of the admin. */
    private String logIn(ServerProcess node) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.url() + "/_session"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"name\":\"" + ServerProcess.ADMIN + "\",\"password\":\"" + ServerProcess.PASSWORD + "\"}"))
                .build();
        return client.send(request, BodyHandlers.ofString())
                .headers()
                .firstValue("Set-Cookie")
                .orElseThrow()
                .replaceAll(";.*", "");
    }

    private void awaitSession(String cookie, boolean valid, ServerProcess... all) {
        Awaitility.await().atMost(MOST).untilAsserted(() -> {
            for (ServerProcess node : all) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(node.url() + "/_session"))
                        .header("Cookie", cookie)
                        .build();
                String body = client.send(request, BodyHandlers.ofString()).body();
                assertEquals(valid, body.contains("\"name\":\"" + ServerProcess.ADMIN + "\""), body);
            }
        });
    }

    private void awaitMembers(ServerProcess node, String... names) {
        Awaitility.await().atMost(MOST).untilAsserted(() -> {
            String status = get(node, "/_ensemble");
            assertEquals(true, status.contains("\"settled\":true"), status);
            List<String> known = new ArrayList<>();
            for (String name : List.of("a", "b", "c", "d")) {
                if (status.contains("{\"name\":\"" + name + "\"")) {
                    known.add(name);
                }
            }
            assertEquals(List.of(names), known, status);
        });
    }

    private void assertSame(String path, ServerProcess... all) throws IOException, InterruptedException {
        String expected = get(all[0], path);
        for (ServerProcess one : all) {
            assertEquals(expected, get(one, path), path);
        }
    }

    private static void delete(Path data) throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void node_grownToThree_survivesLosses() throws IOException, InterruptedException {
        ServerProcess alone = start("a", options("a"));
        put(alone, "/islands");
        put(alone, "/islands/ouessant");
        put(alone, "/islands/_local/note");
        put(alone, "/islands/_design/views");
        String blocks = get(alone, "/islands/_blocks");
        String session = logIn(alone);
        alone.close();
        ServerProcess a = start("a", options("a").with("ensemble", "a=127.0.0.1:" + LoopbackPort.free()));
        awaitMembers(a, "a");
        assertEquals(blocks, get(a, "/islands/_blocks"));
        join(a, "b");
        awaitMembers(a, "a", "b");
        join(nodes.get("b"), "c");
        awaitMembers(a, "a", "b", "c");
        ServerProcess b = nodes.get("b");
        ServerProcess c = nodes.get("c");
        for (String path : List.of(
                "/islands/_blocks",
                "/islands/_changes?include_docs=true",
                "/islands/_local/note",
                "/islands/_all_docs?include_docs=true")) {
            assertSame(path, a, b, c);
        }
        put(c, "/islands/sein");
        assertSame("/islands/_blocks", a, b, c);
        awaitSession(session, true, a, b, c);
        change(b, "/_node/_local/_config/chttpd_auth/secret", "\"another-one\"");
        awaitSession(session, false, a, b, c);
        awaitSession(logIn(c), true, a, b, c);

        c.kill();
        delete(c.data());
        run("ensemble", "remove", "c", "--url", a.url());
        awaitMembers(a, "a", "b");
        join(a, "c");
        awaitMembers(a, "a", "b", "c");
        c = nodes.get("c");
        put(c, "/islands/molene");
        assertSame("/islands/_blocks", a, b, c);

        b.kill();
        c.kill();
        a.close();
        run("recover", "--force-new-ensemble", "--data", a.data().toString());
        a = start("a", options("a"));
        awaitMembers(a, "a");
        put(a, "/islands/hoedic");
        join(a, "d");
        awaitMembers(a, "a", "d");
        assertSame("/islands/_blocks", a, nodes.get("d"));
    }
}
