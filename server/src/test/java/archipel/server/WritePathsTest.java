package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Database;
import archipel.http.Verb;
import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing is written past the gate. Goes through the table of routes itself: one that is not in this test's tables
 * fails it, so that a new way to write cannot be forgotten.
 */
class WritePathsTest {
    private static final String ALICE = TestServer.basic("alice", "a");
    private static final String MALLORY = TestServer.basic("mallory", "m");

    /** What stores documents, with a request for each; {@code DB}, {@code REV} and {@code HOST} are filled in. */
    private static final Map<String, Sample> WRITES = new LinkedHashMap<>();

    /** What changes a database, or a design document, for admins alone. */
    private static final Set<String> GOVERNS = Set.of(
            "PUT /{db}/",
            "DELETE /{db}/",
            "POST /{db}/_fork",
            "POST /{db}/_purge",
            "POST /{db}/_rewind",
            "PUT /{db}/_security",
            "PUT /{db}/_revs_limit",
            "PUT /{db}/_purged_infos_limit",
            "PUT /{db}/_merge",
            "PUT /{db}/_horizon",
            "POST /{db}/_restart_time",
            "DELETE /{db}/_fences",
            "POST /{db}/_compact",
            "POST /{db}/_view_cleanup",
            "POST /{db}/_sync_shards",
            "GET /{db}/_verify",
            "POST /{db}/_verify",
            "POST /{db}/_index",
            "PUT /{db}/_index",
            "DELETE /{db}/_index",
            "COPY /{db}/_index",
            "OTHER /{db}/_index");

    /** A node's own notes, which members write and no function validates. */
    private static final Set<String> LOCALS = Set.of("PUT /{db}/_local/{name}", "DELETE /{db}/_local/{name}");

    /** What writes nothing, though its method is not that of a read. */
    private static final Set<String> READS = Set.of(
            "POST /{db}/_all_docs",
            "POST /{db}/_design_docs",
            "POST /{db}/_local_docs",
            "POST /{db}/_changes",
            "POST /{db}/_find",
            "POST /{db}/_explain",
            "POST /{db}/_bulk_get",
            "POST /{db}/_revs_diff",
            "POST /{db}/_missing_revs",
            "POST /{db}/_ensure_full_commit",
            "POST /{db}/_design/{ddoc}/_view");

    /** What answers every method, always with an error. */
    private static final Set<String> ABSENT = Set.of(
            "/{db}/_temp_view",
            "/{db}/_design/{ddoc}/_show",
            "/{db}/_design/{ddoc}/_list",
            "/{db}/_design/{ddoc}/_rewrite",
            "/{db}/_design/{ddoc}/_search",
            "/{db}/_design/{ddoc}/_search_info",
            "/{db}/_design/{ddoc}/_search_disk_size",
            "/{db}/_design/{ddoc}/_nouveau",
            "/{db}/_design/{ddoc}/_nouveau_info");

    private static final String FORM = "--x\r\nContent-Disposition: form-data; name=\"_doc\"\r\n\r\n{}\r\n--x--\r\n";

    static {
        writes("POST /{db}/", "/DB", "{\"_id\":\"new\"}");
        writes("PUT /{db}/{id}", "/DB/new", "{}");
        writes(
                "POST /{db}/{id}",
                "/DB/new",
                FORM,
                "Content-Type",
                "multipart/form-data; boundary=x",
                "Referer",
                "http://HOST/");
        writes("DELETE /{db}/{id}", "/DB/there?rev=REV", null);
        writes("COPY /{db}/{id}", "/DB/there", null, "Destination", "new");
        writes("PUT /{db}/{id}/{attachment}", "/DB/there/b.txt?rev=REV", "b", "Content-Type", "text/plain");
        writes("DELETE /{db}/{id}/{attachment}", "/DB/there/a.txt?rev=REV", null);
        writes("COPY /{db}/_local/{name}", "/DB/_local/there", null, "Destination", "new");
        writes("POST /{db}/_conflicts", "/DB/_conflicts/there", "{\"revs\":[\"REV\"],\"doc\":{}}");
        writes("POST /{db}/_bulk_docs", "/DB/_bulk_docs", "{\"docs\":[{\"_id\":\"new\"}]}");
        for (String verb : new String[] {"POST", "PUT", "DELETE", "COPY", "OPTIONS", "OTHER"}) {
            writes(verb + " /{db}/_design/{ddoc}/_update", "/DB/_design/u/_update/make", "{}");
        }
    }

    private static void writes(String route, String path, @Nullable String body, String... headers) {
        WRITES.put(route, new Sample(path, body, headers));
    }

    private record Sample(String path, @Nullable String body, String... headers) {
        Sample with(String name, String value) {
            List<String> more = new ArrayList<>(List.of(headers));
            more.addAll(List.of(name, value));
            return new Sample(path, body, more.toArray(String[]::new));
        }
    }

    @TempDir
    static Path data = Path.of("");

    private static TestServer server;
    private static int databases;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(data);
        for (String name : new String[] {"alice", "mallory"}) {
            String user = "{\"name\":\"" + name + "\",\"password\":\"" + name.charAt(0)
                    + "\",\"type\":\"user\",\"roles\":[]}";
            assertEquals(
                    201, server.put("/_users/org.couchdb.user:" + name, user).status());
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void tables_nameEveryRouteThatIsNoMereRead() {
        Set<String> registered = new TreeSet<>();
        server.server().routes().forEach((shape, verbs) -> {
            if (shape.startsWith("/{db}") && !ABSENT.contains(shape)) {
                verbs.stream()
                        .filter(verb -> verb != Verb.GET && verb != Verb.HEAD || !isRead(shape, verb))
                        .forEach(verb -> registered.add(verb + " " + shape));
            }
        });
        Set<String> known = Stream.of(WRITES.keySet(), GOVERNS, LOCALS, READS)
                .flatMap(Set::stream)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                String.join("\n", known),
                String.join("\n", registered),
                "a route that this test does not know: enter whether it writes, and how");
    }

    private static boolean isRead(String shape, Verb verb) {
        return !GOVERNS.contains(verb + " " + shape);
    }

    @Test
    void writes_validationRefusesEverything_storeNothing() throws IOException {
        for (Map.Entry<String, Sample> write : WRITES.entrySet()) {
            Prepared prepared = prepare();
            String rule = "/" + prepared.name + "/_design/rule";
            String revision = server.put(
                            rule, "{\"language\":\"query\",\"validate_doc_update\":{\"newDoc\":{\"_id\":\"no such\"}}}")
                    .json()
                    .path("rev")
                    .asString();
            String before = prepared.fingerprint();
            Answer refused = prepared.send(write.getKey(), write.getValue(), ALICE);
            // In bulk the refusal is the row of its document.
            assertEquals(write.getKey().endsWith("_bulk_docs") ? 201 : 403, refused.status(), write.getKey());
            assertTrue(refused.body().contains("\"error\":\"forbidden\""), () -> write.getKey() + " " + refused);
            assertEquals(before, prepared.fingerprint(), write.getKey());

            // The request is one that would have stored something.
            server.delete(rule + "?rev=" + revision);
            String without = prepared.fingerprint();
            Answer answer = prepared.send(write.getKey(), write.getValue(), ALICE);
            assertTrue(answer.status() < 300, () -> write.getKey() + " " + answer);
            assertNotEquals(without, prepared.fingerprint(), write.getKey());
        }
    }

    @Test
    void writes_userIsNoMember_storeNothing() throws IOException {
        Prepared prepared = prepare();
        String before = prepared.fingerprint();
        for (Map.Entry<String, Sample> write : WRITES.entrySet()) {
            assertEquals(
                    403,
                    prepared.send(write.getKey(), write.getValue(), MALLORY).status(),
                    write.getKey());
            assertEquals(
                    401, prepared.send(write.getKey(), write.getValue(), null).status(), write.getKey());
        }
        assertEquals(before, prepared.fingerprint());
    }

    @Test
    void writes_tokenIsOfAFormerHolder_storeNothing() throws IOException {
        Map<String, Sample> all = new LinkedHashMap<>(WRITES);
        all.put("PUT /{db}/_local/{name}", new Sample("/DB/_local/new", "{}"));
        all.put("DELETE /{db}/_local/{name}", new Sample("/DB/_local/there", null));
        for (Map.Entry<String, Sample> write : all.entrySet()) {
            Prepared prepared = prepare();
            Sample seen = new Sample("/DB/_local/seen", "{}", "Archipel-Fence", "lock=9");
            assertEquals(
                    201, prepared.send("PUT /{db}/_local/{name}", seen, ALICE).status());
            String before = prepared.fingerprint();
            Answer refused = prepared.send(write.getKey(), write.getValue().with("Archipel-Fence", "lock=8"), ALICE);
            assertEquals(412, refused.status(), write.getKey());
            assertTrue(refused.body().contains("\"error\":\"fenced\""), () -> write.getKey() + " " + refused);
            assertEquals(before, prepared.fingerprint(), write.getKey());
            Answer answer = prepared.send(write.getKey(), write.getValue().with("Archipel-Fence", "lock=9"), ALICE);
            assertTrue(answer.status() < 300, () -> write.getKey() + " " + answer);
            assertNotEquals(before, prepared.fingerprint(), write.getKey());
        }
    }

    @Test
    void routes_allWithoutRights_changeNothing() throws IOException {
        Prepared prepared = prepare();
        String before = prepared.fingerprint();
        for (String route : everyRoute()) {
            for (String body : new String[] {"{}", "1", "{\"target\":\"other\"}", "{\"index\":{\"fields\":[\"a\"]}}"}) {
                Sample sample = new Sample(prepared.path(route), body, "Content-Type", "application/json");
                prepared.send(route, sample, null);
                prepared.send(route, sample, MALLORY);
                if (!WRITES.containsKey(route) && !LOCALS.contains(route)) {
                    prepared.send(route, sample, ALICE);
                }
            }
            assertEquals(before, prepared.fingerprint(), route);
        }
    }

    @Test
    void locals_byAMember_areWritten() throws IOException {
        Prepared prepared = prepare();
        Sample local = new Sample("/DB/_local/new", "{}");
        String before = prepared.fingerprint();
        assertEquals(201, prepared.send("PUT /{db}/_local/{name}", local, ALICE).status());
        assertNotEquals(before, prepared.fingerprint());
        assertEquals(
                200, prepared.send("DELETE /{db}/_local/{name}", local, ALICE).status());
        assertEquals(before, prepared.fingerprint());
    }

    private static List<String> everyRoute() {
        List<String> routes = new ArrayList<>();
        server.server().routes().forEach((shape, verbs) -> verbs.forEach(verb -> routes.add(verb + " " + shape)));
        return routes;
    }

    /** A database of a member's, with a document that has an attachment. */
    private static Prepared prepare() throws IOException {
        String name = "db" + databases++;
        server.put("/" + name, "");
        server.put("/" + name + "/_security", "{\"members\":{\"names\":[\"alice\"]}}");
        server.put(
                "/" + name + "/_design/u",
                "{\"updates\":{\"make\":\"function (doc, req) { return [{_id: 'new'}, 'made']; }\"}}");
        server.put("/" + name + "/_local/there", "{}");
        Answer there = server.put("/" + name + "/there", "{\"_attachments\":{\"a.txt\":{\"data\":\"aGVsbG8=\"}}}");
        return new Prepared(name, there.json().path("rev").asString());
    }

    private record Prepared(String name, String revision) {
        Answer send(String route, Sample sample, @Nullable String authorization) throws IOException {
            List<String> headers = new ArrayList<>();
            for (String header : sample.headers()) {
                headers.add(filled(header));
            }
            if (sample.body() != null && !headers.contains("Content-Type")) {
                headers.addAll(List.of("Content-Type", "application/json"));
            }
            if (authorization != null) {
                headers.addAll(List.of("Authorization", authorization));
            }
            String verb = route.substring(0, route.indexOf(' '));
            return server.send(
                    verb.equals("OTHER") ? "PATCH" : verb,
                    filled(sample.path()),
                    verb.equals("GET") || verb.equals("HEAD") || sample.body() == null ? null : filled(sample.body()),
                    headers.toArray(String[]::new));
        }

        private String filled(String text) {
            return text.replace("DB", name)
                    .replace("REV", revision)
                    .replace("HOST", "127.0.0.1:" + server.server().port());
        }

        String path(String route) {
            return route.substring(route.indexOf(' ') + 1)
                    .replace("{db}", name)
                    .replace("{ddoc}", "u")
                    .replace("{id}", "there")
                    .replace("{name}", "there")
                    .replace("{attachment}", "a.txt")
                    .replaceFirst("(?<=.)/$", "");
        }

        /** Everything of a database that a client could change. */
        String fingerprint() throws IOException {
            Database database = server.server().node().database(name);
            return database.state().head() + " " + server.get("/" + name + "/_local_docs?include_docs=true")
                    + server.get("/" + name + "/_security") + database.revisionsLimit() + " "
                    + database.purgedInfosLimit() + " " + database.horizon().own()
                    + database.mergePolicy() + server.get("/_all_dbs");
        }
    }
}
