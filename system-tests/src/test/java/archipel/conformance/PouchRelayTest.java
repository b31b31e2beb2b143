package archipel.conformance;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Two nodes that know a PouchDB Server and not each other: documents of {@code _replicator} of both keep all three
 * equal in both directions, over kills of the one in the middle.
 */
final class PouchRelayTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final String DATABASE = "/islands";

    private final HttpClient client = HttpClient.newHttpClient();
    private final SplittableRandom random = new SplittableRandom(11);
    private final List<ServerProcess> nodes = new ArrayList<>();
    private PouchServer pouch;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        for (String name : List.of("a", "b")) {
            nodes.add(ServerProcess.start(
                    ServerOptions.in(directory.resolve(name)).with("replicator_startup_jitter", "0")));
        }
        pouch = PouchServer.onDisk(directory.resolve("pouch"));
    }

    @AfterEach
    void stop() {
        pouch.close();
        nodes.forEach(ServerProcess::close);
        client.close();
    }

    /** One of the three. */
    private interface Place {
        HttpRequest.Builder request(String path);
    }

    private List<Place> places() {
        return List.of(
                nodes.get(0)::request,
                path -> HttpRequest.newBuilder(URI.create(pouch.url() + path)),
                nodes.get(1)::request);
    }

    private JsonNode send(Place at, String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = at.request(path)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        assertTrue(
                answer.statusCode() < 400 || answer.statusCode() == 404 || answer.statusCode() == 409,
                () -> method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        return JSON.readTree(answer.body());
    }

    /** What its clients do at one of the three: new documents, edits and deletions of what all have, attachments. */
    private void write(Place at, String prefix) throws IOException, InterruptedException {
        for (int i = 0; i < 10; i++) {
            send(at, "PUT", DATABASE + "/" + prefix + i, "{\"n\":" + i + ",\"text\":\"Molène\"}");
        }
        for (int i = 0; i < 6; i++) {
            String path = DATABASE + "/shared" + i;
            String revision = send(at, "GET", path, "").path("_rev").asString("");
            String same = revision.isEmpty() ? "" : "\"_rev\":\"" + revision + "\",";
            String deleted = i == 5 && !revision.isEmpty() ? "\"_deleted\":true," : "";
            send(at, "PUT", path, "{" + same + deleted + "\"by\":\"" + prefix + "\"}");
        }
        for (int bytes : new int[] {20, 1_500, 90_000}) {
            byte[] content = new byte[bytes];
            random.nextBytes(content);
            String data = Base64.getEncoder().encodeToString(content);
            send(
                    at,
                    "PUT",
                    DATABASE + "/" + prefix + "file" + bytes,
                    "{\"_attachments\":{\"f.bin\":{\"content_type\":\"application/x-test\",\"data\":\"" + data
                            + "\"}}}");
        }
        String gone = DATABASE + "/" + prefix + "0";
        String revision = send(at, "GET", gone, "").path("_rev").asString();
        send(at, "DELETE", gone + "?rev=" + revision, "");
    }

    /** By document: the winner, and all leaves. */
    private Map<String, String> leaves(Place at) throws IOException, InterruptedException {
        Map<String, String> leaves = new TreeMap<>();
        for (JsonNode row :
                send(at, "GET", DATABASE + "/_changes?style=all_docs", "").path("results")) {
            List<String> revisions = new ArrayList<>();
            row.get("changes").forEach(change -> revisions.add(change.get("rev").asString()));
            revisions.sort(null);
            leaves.put(row.get("id").asString(), "leaves " + revisions);
        }
        for (JsonNode row : send(at, "GET", DATABASE + "/_all_docs", "").path("rows")) {
            leaves.merge(row.get("id").asString(), " winner " + row.get("value").get("rev"), String::concat);
        }
        return leaves;
    }

    /** Every leaf with its history, body and attachments. */
    private Map<String, JsonNode> documents(Place at) throws IOException, InterruptedException {
        Map<String, JsonNode> documents = new TreeMap<>();
        for (JsonNode row :
                send(at, "GET", DATABASE + "/_changes?style=all_docs", "").path("results")) {
            String id = row.get("id").asString();
            for (JsonNode change : row.get("changes")) {
                String revision = change.get("rev").asString();
                documents.put(
                        id + " " + revision,
                        send(at, "GET", DATABASE + "/" + id + "?revs=true&attachments=true&rev=" + revision, ""));
            }
        }
        return documents;
    }

    private long awaitEqual(String what) {
        long begun = System.nanoTime();
        await().atMost(MOST).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            Map<String, String> first = leaves(places().getFirst());
            for (Place at : places()) {
                assertEquals(first, leaves(at));
            }
        });
        long tookMs = (System.nanoTime() - begun) / 1_000_000;
        System.out.println("PouchRelayTest: " + what + ": " + tookMs + " ms");
        return tookMs;
    }

    @Test
    void replicatorDocuments_serverInTheMiddleKilled_allAreEqualInTheEnd() throws Exception {
        for (Place at : places()) {
            send(at, "PUT", DATABASE, "");
        }
        for (ServerProcess node : nodes) {
            String there = pouch.url() + DATABASE;
            for (String ends : List.of(
                    "\"source\":\"islands\",\"target\":\"" + there + "\"",
                    "\"source\":\"" + there + "\",\"target\":\"islands\"")) {
                send(node::request, "POST", "/_replicator", "{" + ends + ",\"continuous\":true}");
            }
        }
        for (int i = 0; i < 3; i++) {
            write(places().get(i), "first" + i);
        }
        awaitEqual("equal after writes on all");
        for (int round = 0; round < 2; round++) {
            write(places().get(1), "before" + round);
            pouch.kill();
            write(places().get(0), "a" + round);
            write(places().get(2), "b" + round);
            pouch.restart();
            write(places().get(1), "after" + round);
            awaitEqual("equal after kill -9 of PouchDB Server and its restart");
        }
        Map<String, JsonNode> first = documents(places().getFirst());
        assertTrue(first.size() > 100, () -> first.size() + " leaves");
        assertTrue(leaves(places().getFirst()).values().stream().anyMatch(text -> text.contains(", ")), "no conflicts");
        for (Place at : places()) {
            assertEquals(first, documents(at));
        }
    }
}
