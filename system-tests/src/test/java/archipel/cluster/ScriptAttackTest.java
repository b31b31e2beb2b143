package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Checker;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Functions that take all they can get, on a small machine: what they cost the databases of others. */
final class ScriptAttackTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration MOST = Duration.ofMinutes(8);
    private static final int DOCUMENTS = 3000;
    private static final int WRITES = 40;
    /** Each fills the heap, in steps of its own size. */
    private static final List<String> HUNGRY = List.of(
            "var r=[];for(;;)r.push({a:1})",
            "var r=[];for(;;)r.push(new Uint8Array(1048576))",
            "var r=[];for(;;)r.push(new Array(9999999).fill({}))",
            "var a=[{}];for(;;)a=[...a,...a]",
            "var s='abcdefgh'.repeat(1000000);var r=[];for(;;)r.push([...s])",
            "var s='abcdefgh'.repeat(1000000);var r=[];for(;;)r.push(s.split(''))",
            "var s='a,'.repeat(4000000);var r=[];for(;;)r.push(s.match(/a/g))",
            "var s='['+'[],'.repeat(2600000)+'0]';var r=[];for(;;)r.push(JSON.parse(s))",
            "var r=[];for(;;){try{r.push(new Array(900000).fill({}))}finally{continue}}");

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private ServerProcess start() throws IOException {
        ServerOptions options = ServerOptions.in(directory).withJvm("-Xmx256m").with("script_time_ms", "500");
        return ServerProcess.start(options);
    }

    @Test
    void functionsThatNeverEnd_delayNoOtherDatabase() throws IOException, InterruptedException {
        try (ServerProcess server = start()) {
            List<CompletableFuture<HttpResponse<String>>> endless = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                fill(server, "/maps" + i);
                design(server, "/maps" + i, """
                    {"views":{"bad":{"map":"function(doc){ for(;;); }"},
                              "good":{"map":"function(doc){ emit(doc.n) }"}}}\
                    """);
                endless.add(ask(server, "/maps" + i + "/_design/d/_view/bad"));
            }
            put(server, "/validated", "");
            design(server, "/validated", "{\"validate_doc_update\":\"function(){ for(;;); }\"}");
            put(server, "/calm", "");
            design(
                    server,
                    "/calm",
                    "{\"validate_doc_update\":\"function(doc){ if (!doc.n) throw({forbidden:'n'}) }\"}");
            for (int i = 0; i < 4; i++) {
                endless.add(client.sendAsync(
                        server.request("/validated/" + i)
                                .PUT(BodyPublishers.ofString("{}"))
                                .build(),
                        BodyHandlers.ofString()));
            }

            for (int i = 0; i < WRITES; i++) {
                assertEquals(201, put(server, "/calm/" + i, "{\"n\":1}").statusCode());
            }
            assertFalse(
                    endless.stream().allMatch(CompletableFuture::isDone),
                    "the writes waited for functions that do not end");

            for (CompletableFuture<HttpResponse<String>> answer : endless) {
                assertTrue(answer.join().statusCode() >= 500, answer.join().body());
            }
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        DOCUMENTS,
                        json(get(server, "/maps" + i + "/_design/d/_view/good?limit=1"))
                                .get("total_rows")
                                .asInt());
                JsonNode bad = json(get(server, "/maps" + i + "/_design/d/_view/bad"));
                assertTrue(
                        bad.get("reason").asString().startsWith("The map of view 'bad' in _design/d"), bad.toString());
            }
            assertEquals(201, put(server, "/calm/last", "{\"n\":1}").statusCode());
        }
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    @Test
    void functionsThatFillTheHeap_endAlone() throws IOException, InterruptedException {
        try (ServerProcess server = start()) {
            put(server, "/calm", "");
            for (int i = 0; i < HUNGRY.size(); i++) {
                String database = "/hungry" + i;
                put(server, database, "");
                put(server, database + "/doc", "{}");
                design(
                        server,
                        database,
                        JSON.writeValueAsString(JSON.createObjectNode()
                                .set(
                                        "updates",
                                        JSON.createObjectNode()
                                                .put(
                                                        "u",
                                                        "function(doc, req){ " + HUNGRY.get(i)
                                                                + "; return [null, 'done'] }"))));
                List<CompletableFuture<HttpResponse<String>>> eaters = new ArrayList<>();
                for (int j = 0; j < 2; j++) {
                    eaters.add(client.sendAsync(
                            server.request(database + "/_design/d/_update/u")
                                    .timeout(MOST)
                                    .POST(BodyPublishers.noBody())
                                    .build(),
                            BodyHandlers.ofString()));
                }
                assertEquals(201, put(server, "/calm/" + i, "{}").statusCode(), HUNGRY.get(i));
                for (CompletableFuture<HttpResponse<String>> eater : eaters) {
                    assertTrue(
                            eater.join().statusCode() >= 500,
                            HUNGRY.get(i) + eater.join().body());
                }
            }
            assertEquals(200, get(server, "/_up").statusCode());
        }
    }

    private void fill(ServerProcess server, String database) throws IOException, InterruptedException {
        put(server, database, "");
        StringBuilder docs = new StringBuilder("{\"docs\":[");
        for (int i = 0; i < DOCUMENTS; i++) {
            docs.append(i == 0 ? "" : ",").append("{\"n\":").append(i).append('}');
        }
        HttpResponse<String> stored = client.send(
                server.request(database + "/_bulk_docs")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(docs.append("]}").toString()))
                        .build(),
                BodyHandlers.ofString());
        assertEquals(201, stored.statusCode(), stored.body());
    }

    private void design(ServerProcess server, String database, String json) throws IOException, InterruptedException {
        assertEquals(201, put(server, database + "/_design/d", json).statusCode());
    }

    private HttpResponse<String> put(ServerProcess server, String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                server.request(path)
                        .timeout(MOST)
                        .PUT(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> get(ServerProcess server, String path) throws IOException, InterruptedException {
        return client.send(server.request(path).timeout(MOST).build(), BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> ask(ServerProcess server, String path) {
        return client.sendAsync(server.request(path).timeout(MOST).build(), BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return JSON.readTree(answer.body());
    }
}
