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
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The node replicates from and to PouchDB Server, once and continuously. */
final class PouchServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration MOST = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private ServerProcess node;
    private PouchServer pouch;
    private String pouchUrl;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        node = ServerProcess.start(ServerOptions.in(directory.resolve("server")));
        pouch = PouchServer.inMemory(directory.resolve("pouch"));
        pouchUrl = pouch.url();
    }

    @AfterEach
    void stop() {
        pouch.close();
        node.close();
        client.close();
    }

    private JsonNode get(String url) throws IOException, InterruptedException {
        return send("GET", url, null);
    }

    private JsonNode send(String method, String url, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                url.startsWith(pouchUrl) ? HttpRequest.newBuilder(URI.create(url)) : node.request(url);
        request.header("Content-Type", "application/json").header("Accept", "application/json");
        request.method(
                method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        return JSON.readTree(
                client.send(request.build(), BodyHandlers.ofString()).body());
    }

    private JsonNode replicate(String source, String target, String more) throws IOException, InterruptedException {
        return send("POST", "/_replicate", "{\"source\":\"" + source + "\",\"target\":\"" + target + "\"" + more + "}");
    }

    /** By id and revision: the whole document, with its attachments. */
    private TreeMap<String, JsonNode> contents(String database) throws IOException, InterruptedException {
        TreeMap<String, JsonNode> contents = new TreeMap<>();
        for (JsonNode row : get(database + "/_changes?style=all_docs").get("results")) {
            for (JsonNode change : row.get("changes")) {
                String rev = change.get("rev").asString();
                String id = row.get("id").asString();
                contents.put(id + " " + rev, get(database + "/" + id + "?revs=true&attachments=true&rev=" + rev));
            }
        }
        return contents;
    }

    private void fill(String database, String prefix) throws IOException, InterruptedException {
        List<String> documents = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            documents.add("{\"_id\":\"" + prefix + i + "\",\"n\":" + i + "}");
        }
        send("POST", database + "/_bulk_docs", "{\"docs\":[" + String.join(",", documents) + "]}");
        send(
                "POST",
                database + "/_bulk_docs",
                "{\"new_edits\":false,\"docs\":[{\"_id\":\"" + prefix + "1\",\"_rev\":\"1-0f\",\"other\":true},"
                        + "{\"_id\":\"" + prefix + "gone\",\"_rev\":\"2-b\",\"_deleted\":true,"
                        + "\"_revisions\":{\"start\":2,\"ids\":[\"b\",\"a\"]}}]}");
        SplittableRandom random = new SplittableRandom(5);
        for (int bytes : new int[] {10, 200_000}) {
            byte[] content = new byte[bytes];
            random.nextBytes(content);
            send(
                    "PUT",
                    database + "/" + prefix + "file" + bytes,
                    "{\"_attachments\":{\"f.bin\":{\"content_type\":\"application/x-test\",\"data\":\""
                            + Base64.getEncoder().encodeToString(content) + "\"}}}");
        }
    }

    @Test
    void replicate_bothWays_makesBothEqual() throws IOException, InterruptedException {
        send("PUT", pouchUrl + "/islands", null);
        send("PUT", "/islands", null);
        fill(pouchUrl + "/islands", "p");
        fill("/islands", "n");
        JsonNode pulled = replicate(pouchUrl + "/islands", "islands", "");
        assertTrue(pulled.path("ok").asBoolean(), pulled.toString());
        assertEquals(604, pulled.get("history").get(0).get("docs_written").asInt(), pulled.toString());
        JsonNode pushed = replicate("islands", pouchUrl + "/islands", "");
        assertTrue(pushed.path("ok").asBoolean(), pushed.toString());
        assertEquals(0, pushed.get("history").get(0).get("doc_write_failures").asInt(), pushed.toString());
        TreeMap<String, JsonNode> here = contents("/islands");
        assertEquals(1208, here.size());
        assertEquals(here, contents(pouchUrl + "/islands"));
        assertTrue(replicate(pouchUrl + "/islands", "islands", "")
                        .path("no_changes")
                        .asBoolean()
                || replicate(pouchUrl + "/islands", "islands", "")
                        .path("no_changes")
                        .asBoolean());
    }

    @Test
    void replicate_continuously_bringsWhatComes() throws IOException, InterruptedException {
        send("PUT", pouchUrl + "/from", null);
        String options = ",\"continuous\":true,\"create_target\":true";
        assertTrue(replicate(pouchUrl + "/from", "middle", options).path("ok").asBoolean());
        assertTrue(replicate("middle", pouchUrl + "/to", options).path("ok").asBoolean());
        for (int i = 0; i < 3; i++) {
            String path = "/d" + i;
            send("PUT", pouchUrl + "/from" + path, "{\"n\":" + i + "}");
            await().atMost(MOST).until(() -> get(pouchUrl + "/to" + path).has("n"));
        }
        assertEquals(get(pouchUrl + "/from/d2"), get("/middle/d2"));
    }
}
