package archipel.databases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class DatabaseHandlerTest {
    @TempDir
    private Path directory;

    private final AtomicLong ids = new AtomicLong();
    private TestServer server;

    @BeforeEach
    void start() {
        server = new TestServer(
                directory,
                SecurityObject.ADMIN_ONLY,
                DocumentGuard.OPEN,
                (router, services) -> DatabaseEndpoints.register(
                        router, services, () -> "generated-" + ids.incrementAndGet(), IndexCompactor.NONE));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void put_newName_makesTheDatabase() {
        Answer answer = server.put("/a%2Fb%2Bc", "");
        assertEquals(201, answer.status());
        assertEquals("{\"ok\":true}\n", answer.text());
        assertTrue(answer.header("Location").endsWith("/a%2Fb%2Bc"), answer.header("Location"));
        assertEquals(
                "412 file_exists: The database could not be created, the file already exists.",
                server.put("/a%2Fb%2Bc", "").refusal());
        assertEquals("a/b+c", server.get("/a%2Fb%2Bc").json().get("db_name").asString());
    }

    @Test
    void put_badNames_areRefused() {
        String text = ". Only lowercase characters (a-z), digits (0-9), and any of the characters _, $, (, ), +, -, "
                + "and / are allowed. Must begin with a letter.";
        for (String name : new String[] {"A", "1a", "a%20b", "_foo", "a.b"}) {
            String shown = name.replace("%20", " ");
            assertEquals(
                    "400 illegal_database_name: Name: '" + shown + "'" + text,
                    server.put("/" + name, "").refusal());
        }
        assertEquals(201, server.put("/_users", "").status());
        assertEquals(201, server.put("/team%2F_replicator", "").status());
        String longName = "a".repeat(239);
        assertEquals(
                "400 database_name_too_long: At least one path segment of `" + longName + "` is too long.",
                server.put("/" + longName, "").refusal());
    }

    @Test
    void put_ensembleFalseOnANodeOnItsOwn_changesNothing() {
        assertEquals(201, server.put("/a?ensemble=false", "").status());
        assertEquals(412, server.put("/a", "").status());
        assertFalse(server.get("/a").json().has("ensemble"));
        assertEquals(200, server.get("/a?ensemble=false").status());
        for (String bad : new String[] {"", "no", "False", "0"}) {
            String refusal = "400 query_parse_error: Invalid boolean parameter: \"" + bad + "\"";
            assertEquals(refusal, server.put("/b?ensemble=" + bad, "").refusal());
            assertEquals(refusal, server.get("/a?ensemble=" + bad).refusal());
            assertEquals(refusal, server.delete("/a?ensemble=" + bad).refusal());
        }
        assertEquals(200, server.delete("/a?ensemble=false").status());
        assertEquals(404, server.get("/a").status());
    }

    @Test
    void put_parametersOfAClusterOfCouchDb_areChecked() {
        assertEquals(
                201,
                server.put("/a?q=8&n=3&placement=east:2,west:1&partitioned=false", "")
                        .status());
        assertEquals(
                "400 bad_request: The `q` value should be a positive integer.",
                server.put("/b?q=0", "").refusal());
        assertEquals(
                "400 bad_request: The `n` value should be a positive integer.",
                server.put("/b?n=x", "").refusal());
        assertEquals(
                "400 bad_request: The `placement` value should be in a format `zone:n`.",
                server.put("/b?placement=x", "").refusal());
        assertEquals(
                "501 not_implemented: Partitioned databases are not supported.",
                server.put("/b?partitioned=true", "").refusal());
        assertEquals(
                "400 bad_request: Invalid `partitioned` parameter",
                server.put("/b?partitioned=maybe", "").refusal());
        assertEquals(404, server.get("/b").status());
    }

    @Test
    void get_emptyDatabase_hasEveryField() {
        server.put("/a", "");
        Answer answer = server.get("/a");
        String text = answer.text()
                .replaceAll("\"instance_start_time\":\"1\\d{9}\"", "\"instance_start_time\":\"T\"")
                .replaceAll("\"file\":\\d+", "\"file\":N")
                .replaceAll("\"0-[0-9a-f]{8}\"", "\"0-H\"")
                .replaceAll("0-0x[0-9a-f]{64}", "B");
        assertEquals(
                "{\"instance_start_time\":\"T\",\"db_name\":\"a\",\"purge_seq\":\"0-H\",\"update_seq\":\"0\","
                        + "\"sizes\":{\"file\":N,\"external\":0,\"active\":0},\"props\":{},\"doc_del_count\":0,"
                        + "\"doc_count\":0,\"disk_format_version\":8,\"compact_running\":false,"
                        + "\"cluster\":{\"q\":1,\"n\":1,\"w\":1,\"r\":1},\"block\":\"B\",\"horizon\":0}\n",
                text);
        assertTrue(answer.header("Archipel-Block").startsWith("0-0x"));
        assertEquals(200, server.head("/a").status());
        assertEquals("404 not_found: Database does not exist.", server.get("/b").refusal());
    }

    @Test
    void delete_database_isGone() {
        server.put("/a", "");
        assertEquals(
                "400 bad_request: You tried to DELETE a database with a ?=rev parameter. "
                        + "Did you mean to DELETE a document instead?",
                server.delete("/a?rev=1-a").refusal());
        assertEquals("{\"ok\":true}\n", server.delete("/a").text());
        assertEquals(
                "404 not_found: Database does not exist.", server.delete("/a").refusal());
    }

    @Test
    void access_others_areRefusedAsTheReferenceDoes() {
        server.put("/a", "");
        server.as("ada");
        assertEquals(
                "401 unauthorized: You are not a server admin.",
                server.put("/b", "").refusal());
        assertEquals(
                "401 unauthorized: You are not a server admin.",
                server.delete("/a").refusal());
        assertEquals(
                "403 forbidden: You are not allowed to access this db.",
                server.get("/a").refusal());
        assertEquals(
                "401 unauthorized: You are not a server or db admin.",
                server.post("/a/_compact", "{}").refusal());
        assertEquals(
                "401 unauthorized: You are not a server admin.",
                server.post("/a/_purge", "{}").refusal());
        server.as("");
        assertEquals(
                "401 unauthorized: You are not authorized to access this db.",
                server.get("/a").refusal());
    }

    @Test
    void security_neverSet_isTheDefault() {
        server.put("/a", "");
        assertEquals(
                "{\"members\":{\"roles\":[\"_admin\"]},\"admins\":{\"roles\":[\"_admin\"]}}\n",
                server.get("/a/_security").text());
    }

    @Test
    void security_set_decidesWhoIsLetIn() {
        server.put("/a", "");
        String security = "{\"admins\":{\"names\":[\"eve\"],\"roles\":[]},\"members\":{\"names\":[\"ada\"]},\"x\":1}";
        assertEquals("{\"ok\":true}\n", server.put("/a/_security", security).text());
        assertEquals(security + "\n", server.get("/a/_security").text());
        assertEquals(200, server.as("ada").get("/a").status());
        assertEquals(
                "403 forbidden: You are not a db or server admin.",
                server.put("/a/_security", "{}").refusal());
        assertEquals(202, server.as("eve").post("/a/_compact", "{}").status());
        assertEquals(200, server.put("/a/_security", "{}").status());
        assertEquals(200, server.as("").get("/a").status());
    }

    @Test
    void security_badShapes_areRefused() {
        server.put("/a", "");
        assertEquals(
                "500 error: names must be a JSON list of strings",
                server.put("/a/_security", "{\"admins\":{\"names\":\"x\"}}").refusal());
        assertEquals(
                "500 error: roles must be a JSON list of strings",
                server.put("/a/_security", "{\"members\":{\"roles\":[1]}}").refusal());
        assertEquals(
                "500 error: admins or members must be a JSON list of strings",
                server.put("/a/_security", "{\"members\":[]}").refusal());
        assertEquals(
                "400 bad_request: Request body must be a JSON object",
                server.put("/a/_security", "[]").refusal());
        server.put("/_users", "");
        assertEquals(
                "403 forbidden: You can't edit the security object of the user database.",
                server.put("/_users/_security", "{}").refusal());
    }

    @Test
    void limits_set_areShown() {
        server.put("/a", "");
        assertEquals("1000\n", server.get("/a/_revs_limit").text());
        assertEquals("{\"ok\":true}\n", server.put("/a/_revs_limit", "7").text());
        assertEquals("7\n", server.get("/a/_revs_limit").text());
        assertEquals(400, server.put("/a/_revs_limit", "0").status());
        assertEquals(400, server.put("/a/_revs_limit", "\"7\"").status());
        assertEquals("1000\n", server.get("/a/_purged_infos_limit").text());
        assertEquals(
                "{\"ok\":true}\n", server.put("/a/_purged_infos_limit", "5").text());
        assertEquals("5\n", server.get("/a/_purged_infos_limit").text());
        assertEquals(
                "400 bad_request: `purged_infos_limit` must be positive integer",
                server.put("/a/_purged_infos_limit", "-1").refusal());
    }

    @Test
    void maintenance_posts_areAccepted() {
        server.put("/a", "");
        assertEquals(202, server.post("/a/_compact", "{}").status());
        assertEquals(
                "404 not_found: missing", server.post("/a/_compact/none", "{}").refusal());
        assertEquals(202, server.post("/a/_sync_shards", "").status());
        Answer commit = server.post("/a/_ensure_full_commit", "");
        assertEquals(201, commit.status());
        assertTrue(commit.text().matches("\\{\"ok\":true,\"instance_start_time\":\"\\d+\"}\n"), commit.text());
        assertEquals(
                "415 bad_content_type: Content-Type must be application/json",
                server.post("/a/_compact", "", "Content-Type", "text/plain").refusal());
        assertEquals(
                "{\"shards\":{\"00000000-ffffffff\":[\"archipel@127.0.0.1\"]}}\n",
                server.get("/a/_shards").text());
        assertEquals(
                "{\"range\":\"00000000-ffffffff\",\"nodes\":[\"archipel@127.0.0.1\"]}\n",
                server.get("/a/_shards/x").text());
    }

    @Test
    void purge_leaves_areGoneAndRemembered() {
        server.put("/a", "");
        server.post("/a/_bulk_docs", "{\"new_edits\":false,\"docs\":[{\"_id\":\"x\",\"_rev\":\"1-a\"}]}");
        Answer answer = server.post("/a/_purge", "{\"x\":[\"1-a\",\"1-b\"],\"y\":[\"1-c\"]}");
        assertEquals(201, answer.status());
        assertEquals("{\"purge_seq\":null,\"purged\":{\"x\":[\"1-a\"],\"y\":[]}}\n", answer.text());
        assertEquals(
                "{\"purged_infos\":[{\"id\":\"x\",\"revs\":[\"1-a\"]}]}\n",
                server.get("/a/_purged_infos").text());
        assertTrue(server.get("/a").json().get("purge_seq").asString().startsWith("1-"));
        assertEquals(0, server.get("/a").json().get("doc_count").asInt());
        assertEquals(
                "400 bad_request: Invalid rev format",
                server.post("/a/_purge", "{\"x\":[\"a\"]}").refusal());
        assertEquals(
                "400 bad_request: Invalid list of revisions",
                server.post("/a/_purge", "{\"x\":\"1-a\"}").refusal());
    }

    /** JSON that was cut inside an emoji: no id, and not that of the document "x?" either. */
    @Test
    void revisionLists_halfOfACharacter_isRefused() {
        server.put("/db", "");
        for (String lists : List.of("_revs_diff", "_missing_revs", "_purge")) {
            assertEquals(
                    "400 bad_request: invalid UTF-8 JSON",
                    server.post("/db/" + lists, "{\"x\\ud83d\":[\"1-a\"]}").refusal());
        }
    }

    @Test
    void leaves_inPagesOfAnySize_areAllLeavesWithDesignDocumentsLast() {
        server.put("/a", "");
        server.post(
                "/a/_bulk_docs",
                "{\"new_edits\":false,\"docs\":["
                        + "{\"_id\":\"_design/b\",\"_rev\":\"1-a\"},{\"_id\":\"_design/a\",\"_rev\":\"1-a\"},"
                        + "{\"_id\":\"x\",\"_revisions\":{\"start\":2,\"ids\":[\"b\",\"a\"]}},"
                        + "{\"_id\":\"x\",\"_revisions\":{\"start\":2,\"ids\":[\"c\",\"a\"]},\"_deleted\":true},"
                        + "{\"_id\":\"A\",\"_rev\":\"1-d\",\"_deleted\":true},{\"_id\":\"é\",\"_rev\":\"1-d\"}]}");
        List<String> expected = List.of("A 1-d", "x 2-b 2-c", "é 1-d", "_design/a 1-a", "_design/b 1-a");
        for (int size = 1; size <= 6; size++) {
            List<String> found = new ArrayList<>();
            String after = "";
            boolean more = true;
            while (more) {
                JsonNode page = server.get("/a/_leaves?limit=" + size + after).json();
                assertEquals(5, page.get("total").asInt());
                assertTrue(page.get("last_seq").asString().startsWith("5-"), page.toString());
                for (JsonNode row : page.get("results")) {
                    StringBuilder text = new StringBuilder(row.get("id").asString());
                    row.get("changes")
                            .forEach(change ->
                                    text.append(' ').append(change.get("rev").asString()));
                    found.add(text.toString());
                    after = "&after=" + URLEncoder.encode(row.get("id").asString(), StandardCharsets.UTF_8);
                }
                more = page.get("more").asBoolean();
            }
            assertEquals(expected, found, "in pages of " + size);
        }
        server.put("/empty", "");
        assertEquals(
                "{\"last_seq\":\"0\",\"total\":0,\"results\":[\n],\"more\":false}\n",
                server.get("/empty/_leaves").text());
    }

    /** Rows are stepped to or looked for, as they lie: the answers are those of single documents. */
    @Test
    void bulkGetAndRevsDiff_manyInAnyOrder_findWhatIsThere() {
        server.put("/a", "");
        Set<Integer> there = new TreeSet<>();
        SplittableRandom random = new SplittableRandom(11);
        StringJoiner documents = new StringJoiner(",", "{\"new_edits\":false,\"docs\":[", "]}");
        for (int i = 0; i < 2_000; i += random.nextInt(1, i < 1_000 ? 3 : 12)) {
            there.add(i);
            documents.add("{\"_id\":\"d" + (10_000 + i) + "\",\"_rev\":\"1-" + Integer.toHexString(i) + "\"}");
        }
        server.post("/a/_bulk_docs", documents.toString());
        for (int round = 0; round < 40; round++) {
            List<Integer> asked = new ArrayList<>();
            int most = random.nextInt(1, 300);
            int step = random.nextInt(1, 20);
            for (int i = random.nextInt(1_000); asked.size() < most && i < 2_100; i += random.nextInt(1, step + 1)) {
                asked.add(i);
            }
            if (round % 4 == 0) {
                Collections.shuffle(asked, new Random(round));
            }
            StringJoiner wanted = new StringJoiner(",", "{\"docs\":[", "]}");
            StringJoiner differing = new StringJoiner(",", "{", "}");
            for (int i : asked) {
                String id = "\"d" + (10_000 + i) + "\"";
                wanted.add("{\"id\":" + id + "}");
                differing.add(id + ":[\"1-" + Integer.toHexString(i) + "\"]");
            }
            JsonNode got = server.post("/a/_bulk_get", wanted.toString()).json().get("results");
            JsonNode missing =
                    server.post("/a/_revs_diff", differing.toString()).json();
            for (int i = 0; i < asked.size(); i++) {
                JsonNode document = got.get(i).get("docs").get(0);
                boolean found = there.contains(asked.get(i));
                String revision = document.path("ok").path("_rev").asString("");
                assertEquals(found ? "1-" + Integer.toHexString(asked.get(i)) : "", revision, document.toString());
                assertEquals(!found, missing.has("d" + (10_000 + asked.get(i))));
            }
        }
    }

    @Test
    void revsDiff_someKnownSomeNot_listsTheMissing() {
        server.put("/a", "");
        server.post(
                "/a/_bulk_docs",
                "{\"new_edits\":false,\"docs\":["
                        + "{\"_id\":\"x\",\"_revisions\":{\"start\":2,\"ids\":[\"b\",\"a\"]}},"
                        + "{\"_id\":\"x\",\"_revisions\":{\"start\":2,\"ids\":[\"c\",\"a\"]}},"
                        + "{\"_id\":\"y\",\"_rev\":\"1-d\"}]}");
        assertEquals(
                "{\"x\":{\"missing\":[\"1-z\",\"3-k\"],\"possible_ancestors\":[\"2-c\",\"2-b\"]},"
                        + "\"y\":{\"missing\":[\"1-p\"]},\"n\":{\"missing\":[\"1-q\"]}}\n",
                server.post(
                                "/a/_revs_diff",
                                "{\"x\":[\"2-b\",\"1-z\",\"3-k\"],\"y\":[\"1-p\",\"1-d\"],\"n\":[\"1-q\"],\"m\":[]}")
                        .text());
        assertEquals("{}\n", server.post("/a/_revs_diff", "{\"y\":[\"1-d\"]}").text());
        assertEquals(
                "{\"missing_revs\":{\"y\":[\"1-p\"]}}\n",
                server.post("/a/_missing_revs", "{\"y\":[\"1-p\"],\"x\":[\"2-b\",\"1-a\"]}")
                        .text());
        assertEquals(
                "400 bad_request: invalid UTF-8 JSON",
                server.post("/a/_revs_diff", "{").refusal());
        assertEquals(
                "400 bad_request: Request body must be a JSON object",
                server.post("/a/_revs_diff", "[]").refusal());
    }
}
