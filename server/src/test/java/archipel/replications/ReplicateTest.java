package archipel.replications;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer;
import archipel.testkit.FaultProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** {@code _replicate} between two nodes over HTTP, in either direction, and between two databases of one. */
class ReplicateTest {
    private static TestServer here;
    private static TestServer there;
    private static int number;

    private String source;
    private String target;

    @BeforeAll
    static void start(@TempDir Path directory) {
        here = TestServer.start(directory.resolve("here"));
        there = TestServer.start(directory.resolve("there"));
    }

    @AfterAll
    static void stop() {
        here.close();
        there.close();
    }

    @BeforeEach
    void name() {
        source = "s" + ++number;
        target = "t" + number;
    }

    /** Where the ends are, seen from the node that replicates. */
    private enum Ends {
        LOCAL,
        PULL,
        PUSH
    }

    private TestServer sourceNode(Ends ends) {
        return ends == Ends.PULL ? there : here;
    }

    private TestServer targetNode(Ends ends) {
        return ends == Ends.PUSH ? there : here;
    }

    private static String url(TestServer server, int port, String database) {
        return "http://root:relax@127.0.0.1:" + (port == 0 ? server.server().port() : port) + "/" + database;
    }

    private String body(Ends ends, int proxy, String more) {
        String from = ends == Ends.PULL ? url(there, proxy, source) : source;
        String to = ends == Ends.PUSH ? url(there, proxy, target) : target;
        return "{\"source\":\"" + from + "\",\"target\":\"" + to + "\"" + more + "}";
    }

    private JsonNode replicate(Ends ends, String more) throws IOException {
        TestServer.Answer answer = here.post("/_replicate", body(ends, 0, more));
        assertEquals(200, answer.status(), answer.body());
        return answer.json();
    }

    private void make(Ends ends) throws IOException {
        assertEquals(201, sourceNode(ends).put("/" + source, "").status());
        assertEquals(201, targetNode(ends).put("/" + target, "").status());
    }

    private static void bulk(TestServer server, String database, List<String> documents) throws IOException {
        String body = "{\"docs\":[" + String.join(",", documents) + "]}";
        assertEquals(201, server.post("/" + database + "/_bulk_docs", body).status());
    }

    /** All of a database that is replicated, and when and where it came to be, to be compared. */
    private static List<String> contents(TestServer server, String database) throws IOException {
        List<String> leaves = new ArrayList<>();
        for (JsonNode row :
                server.get("/" + database + "/_changes?style=all_docs").json().get("results")) {
            for (JsonNode change : row.get("changes")) {
                leaves.add("{\"id\":" + row.get("id") + ",\"rev\":" + change.get("rev") + "}");
            }
        }
        TestServer.Answer answer = server.post(
                "/" + database + "/_bulk_get?revs=true&stamps=true&attachments=true",
                "{\"docs\":[" + String.join(",", leaves) + "]}");
        assertEquals(200, answer.status());
        List<String> contents = new ArrayList<>();
        answer.json().get("results").forEach(result -> contents.add(result.toString()));
        assertEquals(leaves.size(), contents.size());
        contents.sort(null);
        return contents;
    }

    private void assertSame(Ends ends) throws IOException {
        assertEquals(contents(sourceNode(ends), source), contents(targetNode(ends), target));
    }

    private static String text(SplittableRandom random, int bytes) {
        byte[] content = new byte[bytes];
        random.nextBytes(content);
        return Base64.getEncoder().encodeToString(content);
    }

    /** Documents of all kinds: with conflicts, deleted, with long histories, with attachments of several sizes. */
    private void fill(TestServer from) throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        List<String> documents = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            documents.add("{\"_id\":\"doc-" + i + "\",\"n\":" + i + ",\"text\":\"Mol\\u00e8ne \\ud83d\\ude00\"}");
        }
        documents.add("{\"_id\":\"a/b c+d%25?\",\"x\":1}");
        documents.add("{\"_id\":\"_design/d\",\"language\":\"javascript\",\"views\":{}}");
        bulk(from, source, documents);
        // A conflict, a deletion, a long history.
        from.post(
                "/" + source + "/_bulk_docs",
                "{\"new_edits\":false,\"docs\":[{\"_id\":\"doc-1\",\"_rev\":\"1-0f\",\"other\":true},"
                        + "{\"_id\":\"doc-2\",\"_rev\":\"5-e\",\"_revisions\":{\"start\":5,\"ids\":"
                        + "[\"e\",\"d\",\"c\",\"b\",\"a\"]}}]}");
        String rev = from.get("/" + source + "/doc-3").json().get("_rev").asString();
        from.delete("/" + source + "/doc-3?rev=" + rev);
        // Attachments: small, larger than what goes within JSON, and one with an odd name.
        from.put(
                "/" + source + "/small",
                "{\"_attachments\":{\"a.txt\":{\"content_type\":\"text/plain\",\"data\":\"" + text(random, 900)
                        + "\"},\"b \\\"x\\\".bin\":{\"content_type\":\"a/b\",\"data\":\"" + text(random, 10) + "\"}}}");
        from.put(
                "/" + source + "/large",
                "{\"z\":1,\"_attachments\":{\"z.bin\":{\"content_type\":\"a/b\",\"data\":\"" + text(random, 300_000)
                        + "\"},\"a.bin\":{\"content_type\":\"a/b\",\"data\":\"" + text(random, 70_000) + "\"}}}");
    }

    @ParameterizedTest
    @EnumSource(Ends.class)
    void replicate_allKindsOfDocuments_makesTheDatabasesEqual(Ends ends) throws IOException {
        make(ends);
        TestServer from = sourceNode(ends);
        fill(from);
        JsonNode answer = replicate(ends, "");
        assertTrue(answer.get("ok").booleanValue());
        JsonNode history = answer.get("history").get(0);
        assertEquals(answer.get("session_id"), history.get("session_id"));
        assertEquals(0, history.get("start_last_seq").intValue());
        assertEquals(answer.get("source_last_seq"), history.get("recorded_seq"));
        assertEquals(4, answer.get("replication_id_version").intValue());
        assertEquals(0, history.get("doc_write_failures").intValue());
        assertEquals(history.get("missing_found"), history.get("docs_read"));
        assertEquals(history.get("docs_read"), history.get("docs_written"));
        assertSame(ends);

        // Nothing is done twice, and the checkpoint is at both ends.
        JsonNode again = replicate(ends, "");
        assertTrue(again.get("no_changes").booleanValue(), again.toString());
        assertEquals(answer.get("session_id"), again.get("session_id"));
        String log = "/_local_docs?include_docs=true";
        assertEquals(
                sourceNode(ends)
                        .get("/" + source + log)
                        .json()
                        .get("rows")
                        .get(0)
                        .get("doc")
                        .get("history"),
                targetNode(ends)
                        .get("/" + target + log)
                        .json()
                        .get("rows")
                        .get(0)
                        .get("doc")
                        .get("history"));

        // An edit of what has attachments sends no content again.
        JsonNode large = from.get("/" + source + "/large").json();
        from.put("/" + source + "/large", large.toString().replace("\"z\":1", "\"z\":2"));
        JsonNode third = replicate(ends, "");
        assertEquals(2, third.get("history").size());
        assertEquals(
                1,
                third.get("history").get(0).get("docs_written").intValue()
                        - history.get("docs_written").intValue());
        assertSame(ends);
    }

    @Test
    void replicate_unknownEnds_areCouchDbsErrors() throws IOException {
        TestServer.Answer answer = here.post("/_replicate", body(Ends.LOCAL, 0, ""));
        assertEquals(
                "500 {\"error\":\"db_not_found\",\"reason\":\"could not open " + source + "\"}", answer.toString());
        answer = here.post("/_replicate", body(Ends.PULL, 0, ""));
        assertEquals("db_not_found", answer.json().get("error").asString());
        assertFalse(answer.body().contains("relax"), answer.body());
        here.put("/" + source, "");
        String wrong = body(Ends.PUSH, 0, "").replace("relax", "wrong");
        answer = here.post("/_replicate", wrong);
        assertEquals(401, answer.status(), answer.body());
        assertFalse(answer.body().contains("wrong"), answer.body());
        answer = here.post("/_replicate", "{\"source\":\"http://u:secret@bad host/x\",\"target\":\"t\"}");
        assertEquals("400 {\"error\":\"bad_request\",\"reason\":\"endpoint has an invalid url\"}", answer.toString());
    }

    @Test
    void replicate_deniedAddress_isRefused() throws IOException {
        here.put("/" + target, "");
        for (String host : List.of("169.254.169.254", "[::ffff:169.254.169.254]", "0.0.0.0", "[fe80::1]")) {
            TestServer.Answer answer = here.post(
                    "/_replicate", "{\"source\":\"http://" + host + "/latest\",\"target\":\"" + target + "\"}");
            assertEquals("address_denied", answer.json().get("error").asString(), answer.body());
        }
    }

    @ParameterizedTest
    @EnumSource(Ends.class)
    void replicate_selections_takeWhatTheyName(Ends ends) throws IOException {
        make(ends);
        bulk(
                sourceNode(ends),
                source,
                List.of(
                        "{\"_id\":\"a\",\"n\":1}",
                        "{\"_id\":\"b\",\"n\":2}",
                        "{\"_id\":\"é\",\"n\":3}",
                        "{\"_id\":\"_design/f\",\"filters\":{\"over\":"
                                + "\"function(doc, req) { return doc.n > Number(req.query.n); }\"},"
                                + "\"views\":{\"v\":{\"map\":\"function(doc) { if (doc.n == 1) emit(1); }\"}}}"));
        JsonNode byIds = replicate(ends, ",\"doc_ids\":[\"%C3%A9\",\"none\"]");
        assertEquals(1, byIds.get("docs_written").intValue(), byIds.toString());
        assertEquals("[\"é\"]", ids(ends));
        replicate(ends, ",\"selector\":{\"n\":{\"$lt\":2}}");
        assertEquals("[\"a\",\"é\"]", ids(ends));
        replicate(ends, ",\"filter\":\"f/over\",\"query_params\":{\"n\":\"1\"}");
        assertEquals("[\"a\",\"b\",\"é\"]", ids(ends));
        replicate(ends, ",\"filter\":\"_design\"");
        assertEquals("[\"_design/f\",\"a\",\"b\",\"é\"]", ids(ends));
        TestServer.Answer none = here.post("/_replicate", body(ends, 0, ",\"filter\":\"f/none\""));
        assertEquals(404, none.status(), none.body());
    }

    private String ids(Ends ends) throws IOException {
        List<String> ids = new ArrayList<>();
        for (JsonNode row :
                targetNode(ends).get("/" + target + "/_all_docs").json().get("rows")) {
            ids.add("\"" + row.get("id").asString() + "\"");
        }
        return "[" + String.join(",", ids) + "]";
    }

    @ParameterizedTest
    @EnumSource(Ends.class)
    void replicate_whatTheTargetRefuses_isCountedAndLeftBehind(Ends ends) throws IOException {
        make(ends);
        targetNode(ends)
                .put(
                        "/" + target + "/_design/rule",
                        "{\"language\":\"query\",\"validate_doc_update\":{\"newDoc\":{\"n\":{\"$type\":\"number\"}}}}");
        bulk(sourceNode(ends), source, List.of("{\"_id\":\"a\",\"n\":1}", "{\"_id\":\"b\",\"n\":\"x\"}"));
        sourceNode(ends)
                .put(
                        "/" + source + "/c",
                        "{\"_attachments\":{\"c\":{\"data\":\"" + text(new SplittableRandom(1), 80_000) + "\"}}}");
        JsonNode history = replicate(ends, "").get("history").get(0);
        assertEquals(1, history.get("docs_written").intValue(), history.toString());
        assertEquals(2, history.get("doc_write_failures").intValue(), history.toString());
        assertEquals("[\"_design/rule\",\"a\"]", ids(ends));
        assertTrue(replicate(ends, "").get("no_changes").booleanValue());
    }

    @ParameterizedTest
    @EnumSource(Ends.class)
    void replicate_continuous_followsUntilItIsCancelled(Ends ends) throws IOException {
        sourceNode(ends).put("/" + source, "");
        bulk(sourceNode(ends), source, List.of("{\"_id\":\"a\"}"));
        String options = ",\"continuous\":true,\"create_target\":true,\"checkpoint_interval\":2000";
        TestServer.Answer started = here.post("/_replicate", body(ends, 0, options));
        assertEquals(202, started.status(), started.body());
        String id = started.json().get("_local_id").asString();
        assertTrue(id.endsWith("+continuous+create_target"), id);
        assertEquals(
                id,
                here.post("/_replicate", body(ends, 0, options))
                        .json()
                        .get("_local_id")
                        .asString());
        await().atMost(20, TimeUnit.SECONDS)
                .untilAsserted(() -> assertEquals(
                        200, targetNode(ends).get("/" + target + "/a").status()));
        // Before the source is asked again, with the next checkpoint.
        await().atMost(1_800, TimeUnit.MILLISECONDS)
                .untilAsserted(
                        () -> assertEquals(0, task(id).path("changes_pending").asInt(-1), task(id)::toString));
        bulk(sourceNode(ends), source, List.of("{\"_id\":\"b\"}"));
        await().atMost(20, TimeUnit.SECONDS)
                .untilAsserted(() -> assertEquals(
                        200, targetNode(ends).get("/" + target + "/b").status()));
        await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> {
            JsonNode task = task(id);
            assertEquals("replication", task.path("type").asString(""), task.toString());
            assertEquals(2, task.path("docs_written").intValue(), task.toString());
            assertEquals(task.path("source_seq"), task.path("checkpointed_source_seq"), task.toString());
            assertEquals("root", task.path("user").asString(""));
            assertFalse(task.toString().contains("relax"), task.toString());
        });
        String cancel = "{\"replication_id\":\"" + id + "\",\"cancel\":true}";
        assertEquals(
                401,
                here.send("POST", "/_replicate", cancel, "Content-Type", "application/json")
                        .status());
        TestServer.Answer cancelled = here.post("/_replicate", cancel);
        assertEquals("200 {\"ok\":true,\"_local_id\":\"" + id + "\"}", cancelled.toString());
        assertEquals(
                "404 {\"error\":\"not_found\",\"reason\":\"missing\"}",
                here.post("/_replicate", body(ends, 0, options + ",\"cancel\":true"))
                        .toString());
        assertTrue(task(id).isMissingNode());
        bulk(sourceNode(ends), source, List.of("{\"_id\":\"c\"}"));
        assertEquals(404, targetNode(ends).get("/" + target + "/c").status());
    }

    private static JsonNode task(String id) throws IOException {
        for (JsonNode task : here.get("/_active_tasks").json()) {
            if (task.path("replication_id").asString("").equals(id)) {
                return task;
            }
        }
        return here.get("/_up").json().path("none");
    }

    @ParameterizedTest
    @EnumSource(
            value = Ends.class,
            names = {"PULL", "PUSH"})
    void replicate_connectionsCutAndAnswersOf503_copiesAll(Ends ends) throws IOException {
        make(ends);
        SplittableRandom random = new SplittableRandom(3);
        List<String> documents = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            documents.add("{\"_id\":\"d" + i + "\",\"text\":\"" + text(random, 300) + "\"}");
        }
        bulk(sourceNode(ends), source, documents);
        sourceNode(ends)
                .put(
                        "/" + source + "/big",
                        "{\"_attachments\":{\"b\":{\"data\":\"" + text(random, 2_000_000) + "\"}}}");
        try (FaultProxy proxy = FaultProxy.before(there.server().port())) {
            proxy.unavailable(2);
            Thread cutting = Thread.ofVirtual().start(() -> {
                for (int cut = 1; cut <= 8; cut++) {
                    int cuts = cut;
                    proxy.cutAfter(5_000 + (ends == Ends.PULL ? cut * 100_000L : cut * 300L));
                    await().atMost(30, TimeUnit.SECONDS)
                            .pollInterval(5, TimeUnit.MILLISECONDS)
                            .until(() -> proxy.cuts() >= cuts);
                }
            });
            TestServer.Answer answer = here.post(
                    "/_replicate", body(ends, proxy.port(), ",\"retries_per_request\":20,\"worker_batch_size\":300"));
            cutting.interrupt();
            assertEquals(200, answer.status(), answer.body());
            JsonNode history = answer.json().get("history").get(0);
            assertEquals(3_001, history.get("docs_written").intValue(), history.toString());
            assertTrue(proxy.cuts() >= 3, () -> proxy.cuts() + " cuts");
            assertSame(ends);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Ends.class,
            names = {"PULL", "PUSH"})
    void replicate_continuousThroughSilenceAndCuts_catchesUp(Ends ends) throws IOException {
        make(ends);
        try (FaultProxy proxy = FaultProxy.before(there.server().port())) {
            String options = ",\"continuous\":true,\"connection_timeout\":1000,\"checkpoint_interval\":500";
            assertEquals(
                    202,
                    here.post("/_replicate", body(ends, proxy.port(), options)).status());
            await().atMost(20, TimeUnit.SECONDS).until(() -> proxy.answerBytes() > 500);
            proxy.silence(true);
            bulk(sourceNode(ends), source, List.of("{\"_id\":\"a\"}"));
            // Longer than the other side may be silent.
            await().pollDelay(1500, TimeUnit.MILLISECONDS).until(() -> true);
            proxy.cutAll();
            proxy.silence(false);
            await().atMost(30, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertEquals(
                            200, targetNode(ends).get("/" + target + "/a").status()));
            proxy.cutAll();
            bulk(sourceNode(ends), source, List.of("{\"_id\":\"b\"}"));
            await().atMost(30, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertEquals(
                            200, targetNode(ends).get("/" + target + "/b").status()));
            assertEquals(
                    200,
                    here.post("/_replicate", body(ends, proxy.port(), options + ",\"cancel\":true"))
                            .status());
        }
    }

    @Test
    void replicate_byUsers_readsAndWritesWithTheirRights() throws IOException {
        make(Ends.LOCAL);
        here.put(
                "/_users/org.couchdb.user:ann",
                "{\"name\":\"ann\",\"password\":\"apple\",\"roles\":[],\"type\":\"user\"}");
        String ann = TestServer.basic("ann", "apple");
        bulk(here, source, List.of("{\"_id\":\"a\"}", "{\"_id\":\"_design/d\"}"));
        String body = body(Ends.LOCAL, 0, "");
        String[] headers = {"Authorization", ann, "Content-Type", "application/json"};
        assertEquals(
                401,
                here.send("POST", "/_replicate", body, "Content-Type", "application/json")
                        .status());
        assertEquals(403, here.send("POST", "/_replicate", body, headers).status());
        String members = "{\"members\":{\"names\":[\"ann\"]}}";
        here.put("/" + source + "/_security", members);
        assertEquals(403, here.send("POST", "/_replicate", body, headers).status());
        here.put("/" + target + "/_security", members);
        TestServer.Answer answer = here.send("POST", "/_replicate", body, headers);
        assertEquals(200, answer.status(), answer.body());
        // A design document takes an admin of the database.
        assertEquals(
                1, answer.json().get("history").get(0).get("doc_write_failures").intValue());
        assertEquals("[\"a\"]", ids(Ends.LOCAL));
        String create = "{\"source\":\"" + source + "\",\"target\":\"new" + target + "\",\"create_target\":true}";
        assertEquals(401, here.send("POST", "/_replicate", create, headers).status());
    }

    @Test
    void replicate_malformedOptions_are400() throws IOException {
        for (Map.Entry<String, String> each : Map.of(
                        ",\"continuous\":1", "parameter `continuous` must be a boolean",
                        ",\"doc_ids\":5", "parameter `doc_ids` must be an array",
                        ",\"selector\":[]", "parameter `selector` must be a JSON object",
                        ",\"query_params\":{\"a\":1}", "a value must be a string.",
                        ",\"filter\":\"x\"", "Invalid filter. Must match `ddocname/filtername`.",
                        ",\"doc_ids\":[],\"filter\":\"a/b\"", "`doc_ids`,`filter`,`selector` are mutually exclusive",
                        ",\"worker_processes\":\"x\"",
                                "parameter `worker_processes` must be a whole number of at least 1")
                .entrySet()) {
            TestServer.Answer answer = here.post("/_replicate", body(Ends.LOCAL, 0, each.getKey()));
            assertEquals(400, answer.status(), answer.body());
            assertEquals(each.getValue(), answer.json().get("reason").asString());
        }
    }
}
