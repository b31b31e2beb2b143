package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Checker;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The first build of a view, seen from outside. */
final class IndexBuildTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final int DOCUMENTS = 50_000;
    private static final int BULK = 1000;
    private static final int SOME = 2000;
    private static final String VIEW = "/tasks/_design/slow/_view/sums";

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    @Test
    void kill_duringTheBuild_goesOnFromThere() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory))) {
            fill(server);
            CompletableFuture<HttpResponse<String>> broken = ask(server);
            JsonNode before = task(server, SOME);
            // The second file that comes after this has all that was there.
            Set<Path> files = files();
            for (int more = 0; more < 2; more++) {
                Set<Path> known = Set.copyOf(files);
                Awaitility.await().atMost(MOST).until(() -> !known.containsAll(files()));
                files.addAll(files());
            }
            assertTrue(before.path("total_changes").asLong() >= DOCUMENTS, before.toString());
            assertEquals("_design/slow", before.path("design_document").asString());
            assertEquals(
                    "{\"total_rows\":0,\"offset\":0,\"rows\":[]}",
                    get(server, VIEW + "?reduce=false&update=false").body().replaceAll("\\s", ""));
            server.kill();
            assertTrue(broken.handle((answer, failure) -> failure != null).join(), "it was answered");
            server.restart();
            CompletableFuture<HttpResponse<String>> asked = ask(server);
            JsonNode after = task(server, 1);
            assertTrue(
                    after.path("changes_done").asLong()
                            >= before.path("changes_done").asLong(),
                    "it began anew: " + before + " then " + after);
            assertEquals(
                    DOCUMENTS * (DOCUMENTS - 1L) / 2,
                    JSON.readTree(asked.join().body()).at("/rows/0/value").asLong());
            assertEquals(
                    DOCUMENTS,
                    JSON.readTree(get(server, VIEW + "?reduce=false&limit=1").body())
                            .path("total_rows")
                            .asInt());
        }
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    private Set<Path> files() throws IOException {
        try (Stream<Path> all =
                Files.list(directory.resolve("data").resolve("index").resolve("1"))) {
            return all.filter(file -> file.toString().endsWith(".sst")).collect(Collectors.toCollection(HashSet::new));
        }
    }

    private void fill(ServerProcess server) throws IOException, InterruptedException {
        assertEquals(201, put(server, "/tasks", "").statusCode());
        for (int first = 0; first < DOCUMENTS; first += BULK) {
            StringBuilder docs = new StringBuilder("{\"docs\":[");
            for (int i = first; i < first + BULK; i++) {
                docs.append(i == first ? "" : ",").append("{\"n\":").append(i).append('}');
            }
            HttpResponse<String> stored = client.send(
                    server.request("/tasks/_bulk_docs")
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(docs.append("]}").toString()))
                            .build(),
                    BodyHandlers.ofString());
            assertEquals(201, stored.statusCode(), stored.body());
        }
        String map = "function (doc) { for (var i = 0, x = 0; i < 15000; i++) { x += i; } emit(doc.n, doc.n); }";
        String design = "{\"views\":{\"sums\":{\"map\":\"" + map + "\",\"reduce\":\"_sum\"}}}";
        assertEquals(201, put(server, "/tasks/_design/slow", design).statusCode());
    }

    private HttpResponse<String> put(ServerProcess server, String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                server.request(path).PUT(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(ServerProcess server, String path) throws IOException, InterruptedException {
        return client.send(server.request(path).build(), BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> ask(ServerProcess server) {
        return client.sendAsync(server.request(VIEW).build(), BodyHandlers.ofString());
    }

    /** The build, once so many changes are in. */
    private JsonNode task(ServerProcess server, int done) {
        return Awaitility.await()
                .atMost(MOST)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> JSON.readTree(get(server, "/_active_tasks").body())
                                .path(0),
                        task -> task.path("type").asString("").equals("indexer")
                                && task.path("changes_done").asInt() >= done);
    }
}
