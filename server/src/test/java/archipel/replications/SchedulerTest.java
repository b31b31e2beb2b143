package archipel.replications;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Documents of {@code _replicator}, from being written to being completed, between real nodes. */
class SchedulerTest {
    @TempDir
    Path directory;

    private TestServer here;
    private TestServer there;

    @BeforeEach
    void start() {
        there = TestServer.start(directory.resolve("there"));
        here = start(Map.of());
    }

    private TestServer start(Map<String, String> more) {
        Map<String, String> flags = new HashMap<>(Map.of("replicator_interval", "200"));
        flags.putAll(more);
        return TestServer.start(directory.resolve("here"), flags);
    }

    private void restart(Map<String, String> more) {
        here.close();
        here = start(more);
    }

    @AfterEach
    void stop() {
        here.close();
        there.close();
    }

    private static void eventually(ThrowingRunnable condition) {
        await().atMost(90, TimeUnit.SECONDS)
                .pollInterval(20, TimeUnit.MILLISECONDS)
                .untilAsserted(condition);
    }

    private String url(String database) {
        return "http://root:relax@127.0.0.1:" + there.server().port() + "/" + database;
    }

    private void ask(String database, String id, String source, String target, String more) throws IOException {
        String body = "{\"source\":\"" + source + "\",\"target\":\"" + target + "\"" + more + "}";
        TestServer.Answer answer = here.put("/" + database + "/" + id, body);
        assertEquals(201, answer.status(), answer.body());
    }

    private void ask(String id, String source, String target, String more) throws IOException {
        ask("_replicator", id, source, target, more);
    }

    private JsonNode shown(String id) throws IOException {
        return here.get("/_scheduler/docs/_replicator/" + id).json();
    }

    private String state(String id) throws IOException {
        return shown(id).path("state").asString("");
    }

    private void awaitState(String id, String state) {
        eventually(() -> assertEquals(state, state(id), shown(id).toString()));
    }

    private static void bulk(TestServer server, String database, int from, int to) throws IOException {
        List<String> documents = new ArrayList<>();
        for (int i = from; i < to; i++) {
            documents.add("{\"_id\":\"d" + i + "\"}");
        }
        String body = "{\"docs\":[" + String.join(",", documents) + "]}";
        assertEquals(201, server.post("/" + database + "/_bulk_docs", body).status());
    }

    private static int count(TestServer server, String database) throws IOException {
        return server.get("/" + database).json().path("doc_count").asInt(-1);
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.forEachEntry((name, _) -> names.add(name));
        return names;
    }

    @Test
    void document_thatEnds_isCompletedAndSaysSo() throws IOException {
        there.put("/s", "");
        bulk(there, "s", 0, 30);
        ask("job", url("s"), "t", ",\"create_target\":true,\"note\":{\"a\":1}");
        awaitState("job", "completed");
        assertEquals(30, count(here, "t"));
        JsonNode document = here.get("/_replicator/job").json();
        assertEquals("root", document.path("owner").asString(""));
        assertEquals("completed", document.path("_replication_state").asString(""));
        assertTrue(document.path("_replication_state_time").asString("").endsWith("Z"));
        assertFalse(document.has("_replication_state_reason") || document.has("_replication_id"));
        JsonNode statistics = document.path("_replication_stats");
        assertEquals(30, statistics.path("docs_written").asInt(), document.toString());
        assertEquals(0, statistics.path("changes_pending").asInt(-1), document.toString());
        assertEquals(1, document.path("note").path("a").asInt());
        JsonNode shown = shown("job");
        assertEquals(
                List.of(
                        "database",
                        "doc_id",
                        "id",
                        "source",
                        "target",
                        "state",
                        "error_count",
                        "info",
                        "start_time",
                        "last_updated"),
                names(shown));
        assertEquals(statistics.path("start_time"), shown.path("start_time"));
        assertEquals(30, shown.path("info").path("docs_written").asInt());
        assertFalse(shown.toString().contains("relax"));
        // It is done, and is not done again.
        eventually(() -> assertEquals(
                0, here.get("/_scheduler/jobs").json().path("total_rows").asInt(-1)));
        restart(Map.of());
        bulk(there, "s", 30, 31);
        ask("other", url("s"), "u", ",\"create_target\":true");
        awaitState("other", "completed");
        assertEquals(30, count(here, "t"));
        // Until somebody takes the state away.
        String again = "{\"_rev\":\"" + document.path("_rev").asString("") + "\",\"source\":\"" + url("s")
                + "\",\"target\":\"t\"}";
        assertEquals(201, here.put("/_replicator/job", again).status());
        eventually(() -> assertEquals(31, count(here, "t")));
    }

    @Test
    void document_continuous_isShownWithItsHistoryAndAmongTheTasks() throws IOException {
        there.put("/s", "");
        bulk(there, "s", 0, 5);
        ask("job", url("s"), "t", ",\"create_target\":true,\"continuous\":true,\"checkpoint_interval\":200");
        eventually(() -> assertEquals(5, count(here, "t")));
        JsonNode list = here.get("/_scheduler/jobs").json();
        assertEquals(1, list.path("total_rows").asInt());
        assertEquals(0, list.path("offset").asInt());
        JsonNode job = list.path("jobs").get(0);
        assertEquals(
                List.of(
                        "database",
                        "id",
                        "pid",
                        "source",
                        "target",
                        "user",
                        "doc_id",
                        "info",
                        "history",
                        "node",
                        "start_time"),
                names(job));
        assertEquals("started", job.path("history").get(0).path("type").asString(""));
        assertEquals("added", job.path("history").get(1).path("type").asString(""));
        assertEquals("n1@here", job.path("node").asString(""));
        assertTrue(job.path("pid").asString("").startsWith("<0."));
        assertFalse(list.toString().contains("relax"));
        String id = job.path("id").asString("");
        assertEquals(job.path("id"), here.get("/_scheduler/jobs/" + id).json().path("id"));
        assertEquals(404, here.get("/_scheduler/jobs/none").status());
        JsonNode shown = shown("job");
        assertEquals("running", shown.path("state").asString(""), shown.toString());
        assertEquals(
                List.of(
                        "database",
                        "doc_id",
                        "id",
                        "node",
                        "source",
                        "target",
                        "state",
                        "info",
                        "error_count",
                        "last_updated",
                        "start_time",
                        "source_proxy",
                        "target_proxy"),
                names(shown));
        JsonNode task = here.get("/_active_tasks").json().get(0);
        assertEquals("job", task.path("doc_id").asString(""));
        assertEquals("_replicator", task.path("database").asString(""));
        assertFalse(here.get("/_replicator/job").json().has("_replication_state"));
        // Deleting the document ends it.
        String rev = here.get("/_replicator/job").json().path("_rev").asString("");
        assertEquals(200, here.delete("/_replicator/job?rev=" + rev).status());
        eventually(() -> assertEquals(
                0, here.get("/_scheduler/jobs").json().path("total_rows").asInt(-1)));
        eventually(() -> assertEquals(0, here.get("/_active_tasks").json().size()));
        bulk(there, "s", 5, 6);
        assertEquals(404, here.get("/_scheduler/docs/_replicator/job").status());
        assertEquals(5, count(here, "t"));
    }

    @Test
    void document_thatChanges_runsAnewWhereItAsksForSomethingElse() throws IOException {
        there.put("/s", "");
        bulk(there, "s", 0, 3);
        String options = ",\"create_target\":true,\"continuous\":true";
        ask("job", url("s"), "t", options);
        eventually(() -> assertEquals(3, count(here, "t")));
        JsonNode before = here.get("/_scheduler/jobs").json().path("jobs").get(0);
        JsonNode document = here.get("/_replicator/job").json();
        TestServer.Answer noted = here.put(
                "/_replicator/job", document.toString().replace("\"create_target\"", "\"note\":5,\"create_target\""));
        assertEquals(201, noted.status(), noted.body());
        bulk(there, "s", 3, 4);
        eventually(() -> assertEquals(4, count(here, "t")));
        JsonNode after = here.get("/_scheduler/jobs").json().path("jobs").get(0);
        assertEquals(before.path("pid"), after.path("pid"), "what has nothing to do with it changes nothing");
        String rev = noted.json().path("rev").asString("");
        ask("job", url("s"), "u", options + ",\"_rev\":\"" + rev + "\"");
        eventually(() -> assertEquals(4, count(here, "u")));
        JsonNode list = here.get("/_scheduler/jobs").json();
        assertEquals(1, list.path("total_rows").asInt(), list.toString());
        assertNotEquals(before.path("id"), list.path("jobs").get(0).path("id"));
        bulk(there, "s", 4, 5);
        eventually(() -> assertEquals(5, count(here, "u")));
        assertEquals(4, count(here, "t"));
    }

    @Test
    void document_thatFails_rests() throws IOException {
        ask("job", url("none"), "t", "");
        awaitState("job", "crashing");
        JsonNode shown = shown("job");
        assertEquals(1, shown.path("error_count").asInt(), shown.toString());
        String error = shown.path("info").path("error").asString("");
        assertTrue(error.startsWith("db_not_found: could not open http://127.0.0.1:"), error);
        JsonNode job = here.get("/_scheduler/jobs").json().path("jobs").get(0);
        assertTrue(job.path("pid").isNull());
        assertEquals("crashed", job.path("history").get(0).path("type").asString(""));
        assertEquals(error, job.path("history").get(0).path("reason").asString(""));
        assertFalse(here.get("/_replicator/job").json().has("_replication_state"), "it is tried again");
        assertEquals(1, docs("?states=crashing,failed").size());
        assertEquals(0, docs("?states=running").size());
        assertEquals(
                "400 {\"error\":\"query_parse_error\",\"reason\":\"Unknown states [sleeping]. Choose from: "
                        + "[initializing,error,running,pending,crashing,completed,failed]\"}",
                here.get("/_scheduler/docs?states=sleeping,running").toString());
        // A change of the document tries it at once.
        there.put("/none", "");
        bulk(there, "none", 0, 1);
        String rev = here.get("/_replicator/job").json().path("_rev").asString("");
        ask("job", url("none"), "t", ",\"create_target\":true,\"_rev\":\"" + rev + "\"");
        awaitState("job", "completed");
    }

    private JsonNode docs(String query) throws IOException {
        return here.get("/_scheduler/docs" + query).json().path("docs");
    }

    @Test
    void documents_moreThanMayRun_allMakeProgressInTurns() throws IOException {
        restart(Map.of("replicator_max_jobs", "10", "replicator_interval", "100", "replicator_max_churn", "10"));
        here.put("/s", "");
        bulk(here, "s", 0, 2);
        List<String> documents = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            documents.add("{\"_id\":\"j" + i + "\",\"source\":\"s\",\"target\":\"t" + i
                    + "\",\"create_target\":true,\"continuous\":true}");
        }
        String body = "{\"docs\":[" + String.join(",", documents) + "]}";
        assertEquals(201, here.post("/_replicator/_bulk_docs", body).status());
        eventually(() -> assertEquals(
                200, here.get("/_scheduler/jobs").json().path("total_rows").asInt()));
        int most = 0;
        for (int look = 0; look < 20; look++) {
            most = Math.max(most, metric("archipel_replications_running"));
        }
        assertTrue(most <= 10 && most > 0, most + " run");
        await().atMost(120, TimeUnit.SECONDS)
                .pollInterval(500, TimeUnit.MILLISECONDS)
                .untilAsserted(() -> {
                    for (int i = 0; i < 200; i++) {
                        assertEquals(2, count(here, "t" + i), "t" + i);
                    }
                });
        JsonNode page = here.get("/_scheduler/docs?skip=3&limit=2").json();
        assertEquals(200, page.path("total_rows").asInt());
        assertEquals(3, page.path("offset").asInt());
        assertEquals("j100", page.path("docs").get(0).path("doc_id").asString(""));
        assertEquals("j101", page.path("docs").get(1).path("doc_id").asString(""));
        JsonNode jobs = here.get("/_scheduler/jobs?skip=199&limit=7").json();
        assertEquals(1, jobs.path("jobs").size());
        assertEquals(199, jobs.path("offset").asInt());
        assertEquals(100, here.get("/_scheduler/jobs").json().path("jobs").size(), "a hundred unless asked otherwise");
    }

    private void setMostJobs(int most) throws IOException {
        TestServer.Answer answer = here.put("/_node/_local/_config/replicator/max_jobs", "\"" + most + "\"");
        assertEquals(200, answer.status(), answer.body());
    }

    private int metric(String name) throws IOException {
        return here.get("/_node/_local/_prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void node_thatRestarts_goesOnWithItsDocuments() throws IOException {
        there.put("/s", "");
        bulk(there, "s", 0, 10);
        ask("job", url("s"), "t", ",\"create_target\":true,\"continuous\":true,\"checkpoint_interval\":200");
        eventually(() -> assertEquals(10, count(here, "t")));
        restart(Map.of("replicator_max_jobs", "0"));
        bulk(there, "s", 10, 20);
        awaitState("job", "pending");
        ask("once", url("s"), "u", ",\"create_target\":true");
        awaitState("once", "pending");
        assertEquals(10, count(here, "t"));
        restart(Map.of());
        eventually(() -> assertEquals(20, count(here, "t")));
        awaitState("once", "completed");
        JsonNode task = here.get("/_active_tasks").json().get(0);
        assertTrue(task.path("docs_written").asInt() >= 20, "the checkpoint's counts go on: " + task);
        // The setting takes effect at once.
        setMostJobs(0);
        awaitState("job", "pending");
        setMostJobs(5);
        awaitState("job", "running");
    }

    @Test
    void requests_andDocuments_shareThePlaces() throws IOException {
        restart(Map.of("replicator_max_jobs", "1", "replicator_interval", "60000"));
        here.put("/s", "");
        here.put("/t", "");
        here.put("/u", "");
        ask("job", "s", "t", ",\"continuous\":true");
        awaitState("job", "running");
        String body = "{\"source\":\"s\",\"target\":\"u\",\"continuous\":true}";
        TestServer.Answer asked = here.post("/_replicate", body);
        assertEquals(202, asked.status(), asked.body());
        String id = asked.json().path("_local_id").asString("");
        JsonNode request = here.get("/_scheduler/jobs/" + id).json();
        assertTrue(request.path("database").isNull() && request.path("doc_id").isNull(), request.toString());
        assertTrue(request.path("pid").isNull(), "it waits");
        // The same as a document is an error for now.
        ask("same", "s", "u", ",\"continuous\":true");
        awaitState("same", "error");
        assertTrue(
                shown("same").path("info").path("error").asString("").contains("running as a transient replication"));
        assertEquals(
                200,
                here.post("/_replicate", "{\"cancel\":true,\"id\":\"" + id + "\"}")
                        .status());
        assertEquals(404, here.get("/_scheduler/jobs/" + id).status());
        // One of the same ends and selection as another document's fails for good.
        ask("twin", "s", "t", ",\"continuous\":true");
        awaitState("twin", "failed");
        String reason = here.get("/_replicator/twin")
                .json()
                .path("_replication_state_reason")
                .asString("");
        assertTrue(reason.endsWith("already started, triggered by document `job` from db `_replicator`"), reason);
    }

    @Test
    void document_malformed_isRefused() throws IOException {
        Map<String, String> refusals = new HashMap<>(Map.of(
                "{}", "Missing replicator database",
                "{\"source\":\"a\"}", "Missing replicator database",
                "{\"source\":\"http://u:p@bad host/a\",\"target\":\"b\"}", "endpoint has an invalid url",
                "{\"source\":\"a\",\"target\":\"b\",\"continuous\":1}", "parameter `continuous` must be a boolean",
                "{\"source\":\"a\",\"target\":\"b\",\"doc_ids\":3}", "parameter `doc_ids` must be an array",
                "{\"source\":\"a\",\"target\":\"b\",\"filter\":\"x\"}",
                        "Invalid filter. Must match `ddocname/filtername`."));
        for (Map.Entry<String, String> each : refusals.entrySet()) {
            assertEquals(
                    "403 {\"error\":\"forbidden\",\"reason\":\"" + each.getValue() + "\"}",
                    here.put("/_replicator/bad", each.getKey()).toString());
        }
        TestServer.Answer failed = here.put("/_replicator/bad", "{\"_replication_state\":\"failed\"}");
        assertEquals(201, failed.status(), failed.body());
        assertEquals("failed", state("bad"));
    }

    private TestServer.Answer as(String user, String method, String path, String body) throws IOException {
        return here.send(
                method,
                path,
                body,
                "Authorization",
                TestServer.basic(user, "apple"),
                "Content-Type",
                "application/json");
    }

    private void makeUsers() throws IOException {
        for (String name : new String[] {"ann", "bob"}) {
            here.put(
                    "/_users/org.couchdb.user:" + name,
                    "{\"name\":\"" + name + "\",\"password\":\"apple\",\"roles\":[\"crew\"],\"type\":\"user\"}");
        }
        here.put("/team%2F_replicator", "");
        here.put("/team%2F_replicator/_security", "{\"members\":{\"roles\":[\"crew\"]}}");
    }

    @Test
    void document_ofSomebodyElse_showsNoCredentialsAndCannotBeChanged() throws IOException {
        makeUsers();
        String job =
                "{\"source\":\"http://u:secret@127.0.0.1:1/x\",\"target\":{\"url\":\"http://v:secret@127.0.0.1:1/y\","
                        + "\"headers\":{\"X\":\"secret\"},"
                        + "\"auth\":{\"basic\":{\"username\":\"v\",\"password\":\"secret\"}}}}";
        String path = "/team%2F_replicator/job";
        assertEquals(201, as("ann", "PUT", path, job).status());
        assertEquals("ann", here.get(path).json().path("owner").asString(""));
        assertTrue(here.get(path).body().contains("secret"));
        assertTrue(as("ann", "GET", path, null).body().contains("secret"));
        for (String read : new String[] {path, path + "?revs=true&open_revs=all", path + "?conflicts=true"}) {
            TestServer.Answer shown = as("bob", "GET", read, null);
            assertEquals(200, shown.status());
            assertFalse(shown.body().contains("secret"), shown.body());
            assertTrue(shown.body().contains("http://127.0.0.1:1/x"), shown.body());
        }
        assertFalse(as("bob", "POST", "/team%2F_replicator/_bulk_get", "{\"docs\":[{\"id\":\"job\"}]}")
                .body()
                .contains("secret"));
        for (String list : new String[] {"_all_docs?include_docs=true", "_changes?include_docs=true"}) {
            assertFalse(
                    as("bob", "GET", "/team%2F_replicator/" + list, null).body().contains("secret"), list);
        }
        assertFalse(as("bob", "POST", "/team%2F_replicator/_find", "{\"selector\":{\"_id\":\"job\"}}")
                .body()
                .contains("secret"));
        String rev = here.get(path).json().path("_rev").asString("");
        String forged = job.replace("{\"source\"", "{\"_rev\":\"" + rev + "\",\"owner\":\"ann\",\"source\"");
        assertEquals(
                "403 {\"error\":\"forbidden\",\"reason\":\"Can't update replication documents from other users.\"}",
                as("bob", "PUT", path, forged).toString());
        assertEquals(
                403,
                as("bob", "PUT", "/team%2F_replicator/n?new_edits=false", forged.replace(rev, "1-a"))
                        .status());
        assertEquals(401, here.send("GET", "/_scheduler/jobs", null).status());
        assertEquals(401, as("ann", "GET", "/_scheduler/docs", null).status());
        JsonNode shown = here.get("/_scheduler/docs/team/_replicator/job").json();
        assertEquals("team/_replicator", shown.path("database").asString(""), shown.toString());
        await().untilAsserted(() -> assertEquals(
                1,
                here.get("/_scheduler/docs/team%2F_replicator")
                        .json()
                        .path("docs")
                        .size()));
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"Invalid path\"}",
                here.get("/_scheduler/docs/x").toString());
    }

    @Test
    void document_ofAUser_readsAndWritesWithTheOwnersRights() throws IOException {
        makeUsers();
        for (String name : new String[] {"open", "copy", "closed"}) {
            here.put("/" + name, "");
            bulk(here, name, 0, 2);
        }
        String crew = "{\"members\":{\"roles\":[\"crew\"]}}";
        here.put("/open/_security", crew);
        here.put("/copy/_security", crew);
        String base = "/team%2F_replicator/";
        String steal = "{\"source\":\"closed\",\"target\":\"copy\"";
        assertEquals(201, as("ann", "PUT", base + "a", steal + "}").status());
        String admin = ",\"user_ctx\":{\"name\":\"root\",\"roles\":[\"_admin\"]}}";
        assertEquals(403, as("ann", "PUT", base + "b", steal + admin).status());
        assertEquals(
                403,
                as("ann", "PUT", base + "b", steal + ",\"user_ctx\":{\"name\":\"ann\",\"roles\":[\"_admin\"]}}")
                        .status());
        // An admin of the database, who is none of the server, cannot act for the server's admin either.
        here.put(
                "/team%2F_replicator/_security",
                "{\"admins\":{\"names\":[\"ann\"]},\"members\":{\"roles\":[\"crew\"]}}");
        assertEquals(
                403,
                as("ann", "PUT", base + "b", steal + ",\"owner\":\"root\"}").status());
        assertEquals(
                201,
                as(
                                "ann",
                                "PUT",
                                base + "c",
                                "{\"source\":\"open\",\"target\":\"copy\",\"user_ctx\":{\"name\":\"ann\","
                                        + "\"roles\":[\"crew\"]}}")
                        .status());
        eventually(() -> assertEquals(
                "completed",
                here.get("/_scheduler/docs/team/_replicator/c")
                        .json()
                        .path("state")
                        .asString("")));
        eventually(() -> {
            JsonNode shown = here.get("/_scheduler/docs/team/_replicator/a").json();
            assertEquals("crashing", shown.path("state").asString(""), shown.toString());
            assertTrue(shown.path("info").path("error").asString("").startsWith("forbidden: "), shown.toString());
        });
        assertEquals(2, count(here, "copy"));
    }

    /** One that goes on for months, that is: the owner was asked for when it began. */
    @Test
    void owner_losesARoleMeanwhile_nothingIsCopiedAnyMore() throws IOException {
        makeUsers();
        for (String name : new String[] {"open", "copy"}) {
            here.put("/" + name, "");
            here.put("/" + name + "/_security", "{\"members\":{\"roles\":[\"crew\"]}}");
        }
        String job = "{\"source\":\"open\",\"target\":\"copy\",\"continuous\":true}";
        assertEquals(201, as("ann", "PUT", "/team%2F_replicator/j", job).status());
        bulk(here, "open", 0, 2);
        eventually(() -> assertEquals(2, count(here, "copy")));
        String path = "/_users/org.couchdb.user:ann";
        assertEquals(
                201,
                here.put(path, here.get(path).body().replace("\"crew\"", "\"cook\""))
                        .status());
        bulk(here, "open", 2, 4);
        eventually(() -> {
            JsonNode shown = here.get("/_scheduler/docs/team/_replicator/j").json();
            assertEquals("crashing", shown.path("state").asString(""), shown.toString());
            assertTrue(shown.path("info").path("error").asString("").startsWith("forbidden: "), shown.toString());
        });
        assertEquals(2, count(here, "copy"));
        assertEquals(
                201,
                here.put(path, here.get(path).body().replace("\"cook\"", "\"crew\""))
                        .status());
    }

    @Test
    void documents_moreThanThereIsMemoryFor_waitForOthersToEnd() throws IOException {
        restart(Map.of("replicator_max_documents", "8"));
        setMostJobs(0);
        here.put("/s", "");
        here.put("/other%2F_replicator", "");
        for (int i = 0; i < 20; i++) {
            ask("j" + (10 + i), "s", "t" + i, ",\"create_target\":true");
        }
        eventually(() -> assertEquals(
                6, here.get("/_scheduler/jobs").json().path("total_rows").asInt()));
        assertEquals(20, docs("").size());
        assertTrue(docs("?states=initializing").get(0).toString().contains("replicator_max_documents"));
        // Those of other databases still get in.
        ask("other%2F_replicator", "j", "s", "u", ",\"create_target\":true");
        eventually(() -> assertEquals(
                7, here.get("/_scheduler/jobs").json().path("total_rows").asInt()));
        setMostJobs(3);
        eventually(() -> assertEquals(20, docs("?states=completed").size()));
    }

    @Test
    void document_withAFilter_followsItsText() throws IOException {
        restart(Map.of("replicator_max_jobs", "1"));
        there.put("/s", "");
        bulk(there, "s", 0, 2);
        ask("lost", url("s"), "t", ",\"filter\":\"f/some\",\"continuous\":true,\"create_target\":true");
        awaitState("lost", "error");
        assertEquals(1, shown("lost").path("error_count").asInt());
        String design = "{\"filters\":{\"some\":\"function(doc) { return doc._id == 'd0'; }\"}}";
        assertEquals(201, there.put("/s/_design/f", design).status());
        String rev = here.get("/_replicator/lost").json().path("_rev").asString("");
        String options =
                ",\"filter\":\"f/some\",\"continuous\":true,\"create_target\":true,\"checkpoint_interval\":100";
        ask("lost", url("s"), "t", options + ",\"_rev\":\"" + rev + "\"");
        eventually(() -> assertEquals(1, count(here, "t")));
        String before = shown("lost").path("id").asString("");
        String designRev = there.get("/s/_design/f").json().path("_rev").asString("");
        there.put(
                "/s/_design/f", design.replace("'d0'", "'d1'").replace("{\"f", "{\"_rev\":\"" + designRev + "\",\"f"));
        // Its next turn finds out.
        ask("turn", url("s"), "u", ",\"continuous\":true,\"create_target\":true");
        eventually(() -> assertEquals(2, count(here, "t")));
        assertNotEquals(before, shown("lost").path("id").asString(""));
    }
}
