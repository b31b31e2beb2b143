package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.http.RawClient;
import archipel.http.Stopwatch;
import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests and feeds under way while the right to them is lost, in each of the ways in which that happens. */
@Timeout(300)
class LostRightsTest {
    private static final String SECURITY =
            "{\"admins\":{\"names\":[%1$s],\"roles\":[%2$s]},\"members\":{\"names\":[%1$s],\"roles\":[%2$s]}}";
    private static final String JSON = "application/json";
    private static final String LONG = "x".repeat(500);

    /** What members and admins of the database may do, with a body of which the half comes late. */
    private static final List<Upload> OF_THE_DATABASE = List.of(
            new Upload("PUT", "/r/new", JSON, "{\"f\":\"" + LONG + "\"}"),
            new Upload("POST", "/r", JSON, "{\"f\":\"" + LONG + "\"}"),
            new Upload("PUT", "/r/made?new_edits=false", JSON, "{\"_rev\":\"1-0123456789abcdef0123456789abcdef\"}"),
            new Upload("POST", "/r/_bulk_docs", JSON, "{\"docs\":[{\"_id\":\"b1\"},{\"_id\":\"b2\"}]}"),
            new Upload("POST", "/r/_bulk_docs", JSON, "{\"docs\":[{\"_id\":\"b3\"}],\"atomic\":true}"),
            new Upload("PUT", "/r/parts", "multipart/related; boundary=b", parts()),
            new Upload("PUT", "/r/attached/f", "text/plain", LONG),
            new Upload("PUT", "/r/_local/x", JSON, "{\"f\":\"" + LONG + "\"}"),
            new Upload("POST", "/r/_design/u/_update/make/x", JSON, "{\"f\":\"" + LONG + "\"}"),
            new Upload("PUT", "/r/_design/new", JSON, "{\"f\":\"" + LONG + "\"}"),
            new Upload("POST", "/r/_index", JSON, "{\"index\":{\"fields\":[\"a\"]},\"ddoc\":\"a\"}"),
            new Upload("POST", "/r/_rewind", JSON, "{\"block\":1             }"),
            new Upload("PUT", "/r/_security", JSON, "{\"members\":{\"names\":[\"eve\"]}}"),
            new Upload("PUT", "/r/_revs_limit", JSON, "77             "),
            new Upload("PUT", "/r/_horizon", JSON, "{\"blocks\":5             }"),
            // Reads: what they show was asked for by somebody who may not see it any more.
            new Upload("POST", "/r/_all_docs", JSON, "{\"keys\":[\"there\",\"secret\"]}"),
            new Upload("POST", "/r/_find", JSON, "{\"selector\":{\"_id\":\"secret\"}}"),
            new Upload("POST", "/r/_bulk_get", JSON, "{\"docs\":[{\"id\":\"secret\"},{\"id\":\"there\"}]}"),
            new Upload("POST", "/r/_changes?filter=_selector", JSON, "{\"selector\":{\"_id\":\"secret\"}}"));

    /** What server admins may do. */
    private static final List<Upload> OF_THE_NODE = List.of(
            new Upload("POST", "/r/_purge", JSON, "{\"there\":[\"REV\"]}"),
            new Upload("POST", "/r/_fork", JSON, "{\"target\":\"forked\"     }"),
            new Upload("PUT", "/r/_purged_infos_limit", JSON, "77             "),
            new Upload("PUT", "/_node/_local/_config/couchdb/foo", JSON, "\"bar               \""),
            new Upload("PUT", "/_node/_local/_config/admins/mallory", JSON, "\"mallory            \""),
            new Upload("PUT", "/_users/org.couchdb.user:zoe", JSON, user("zoe", "z", "")));

    private static final List<String> FEEDS = List.of(
            "GET /r/_changes?feed=continuous&include_docs=true&since=now&heartbeat=60000",
            "GET /r/_changes?feed=continuous&include_docs=true&since=now&timeout=60000",
            "GET /r/_changes?feed=eventsource&include_docs=true&since=now&heartbeat=60000",
            "GET /r/_changes?feed=longpoll&include_docs=true&since=now&timeout=60000",
            "GET /r/_changes?feed=continuous&since=now&blocks=true&heartbeat=60000",
            "GET /r/_blocks?feed=continuous&include_changes=true&heartbeat=60000",
            "POST /r/_changes?feed=continuous&include_docs=true&since=now&filter=_selector&heartbeat=60000");

    /** How a right is lost. */
    private enum Loss {
        REMOVED_FROM_SECURITY,
        ROLE_REMOVED,
        USER_DELETED,
        PASSWORD_CHANGED;

        /** Whether server admins lose theirs in such a way. */
        private boolean isOfAdmins() {
            return this == USER_DELETED || this == PASSWORD_CHANGED;
        }
    }

    private record Upload(String method, String path, String type, String body) {}

    /** One that is under way. @param rest what was not sent yet */
    private record Sent(Upload upload, RawClient client, String rest) {}

    @TempDir
    static Path data = Path.of("");

    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(data, Map.of("users_db_security_editable", "true"));
        assertEquals(200, server.put("/_users/_security", "{}").status());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void uploads_rightsLostUnderWay_areRefused(Loss loss) throws IOException {
        List<String> names = accounts(loss, OF_THE_DATABASE.size());
        String leaf = server.get("/r/there").json().get("_rev").asString();
        List<Sent> sent = new ArrayList<>();
        try {
            for (int i = 0; i < names.size(); i++) {
                sent.add(begin(OF_THE_DATABASE.get(i), names.get(i)));
            }
            for (int i = 0; loss.isOfAdmins() && i < OF_THE_NODE.size(); i++) {
                Upload upload = OF_THE_NODE.get(i);
                String body = upload.body.replace("REV", leaf);
                config("admins/boss" + i, "PUT", "\"pw\"");
                sent.add(begin(new Upload(upload.method, upload.path, upload.type, body), "boss" + i));
            }
            lose(loss, names);
            for (int i = 0; loss.isOfAdmins() && i < OF_THE_NODE.size(); i++) {
                config("admins/boss" + i, loss == Loss.USER_DELETED ? "DELETE" : "PUT", "\"other\"");
            }
            assertEquals(201, server.put("/r/secret", "{}").status());
            String before = state();
            awaitLate();
            for (Sent one : sent) {
                RawClient.Answer answer = one.client.send(one.rest).read(false);
                String what = one.upload + ", " + loss + ": " + answer.status() + " " + answer.text();
                assertTrue(answer.status() == 401 || answer.status() == 403, what);
                assertFalse(answer.text().contains("secret"), what);
            }
            assertEquals(before, state(), loss.toString());
        } finally {
            for (Sent one : sent) {
                one.client.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void feeds_rightsLost_endBeforeWhatIsWrittenSince(Loss loss) throws IOException {
        List<String> names = accounts(loss, FEEDS.size());
        List<RawClient> feeds = new ArrayList<>();
        try {
            for (int i = 0; i < FEEDS.size(); i++) {
                feeds.add(feed(FEEDS.get(i), TestServer.basic(names.get(i), "pw")));
            }
            RawClient kept = feed(FEEDS.get(0), TestServer.ROOT);
            feeds.add(kept);
            lose(loss, names);
            assertEquals(201, server.put("/r/secret", "{}").status());
            for (int i = 0; i < FEEDS.size(); i++) {
                String text = rest(feeds.get(i));
                assertFalse(text.contains("secret"), FEEDS.get(i) + " after " + loss + " shows " + text);
                boolean last = text.contains("last_seq") || text.contains("last_block");
                assertEquals(!FEEDS.get(i).contains("eventsource"), last, FEEDS.get(i) + " ends with " + text);
            }
            String shown = new String(kept.chunk(), StandardCharsets.UTF_8);
            assertTrue(shown.contains("secret"), shown);
        } finally {
            for (RawClient feed : feeds) {
                feed.close();
            }
        }
    }

    /** Nobody is refused for what changes in the request itself, however long its body takes. */
    @Test
    void slowUpload_thatChangesItsSender_isDone() throws IOException {
        accounts(Loss.USER_DELETED, 1);
        String id = "/_users/org.couchdb.user:bob0";
        String revision = server.get(id).json().get("_rev").asString();
        String self = user("bob0", "new", "\"_rev\":\"" + revision + "\",");
        config("admins/self", "PUT", "\"pw\"");
        for (Sent one : List.of(
                begin(new Upload("PUT", id, JSON, self), "bob0"),
                begin(new Upload("PUT", "/_node/_local/_config/admins/self", JSON, "\"new      \""), "self"))) {
            awaitLate();
            try (RawClient client = one.client) {
                RawClient.Answer answer = client.send(one.rest).read(false);
                assertTrue(answer.status() < 300, one.upload + ": " + answer.text());
            }
        }
        assertEquals(
                200,
                server.send("GET", "/r", null, "Authorization", TestServer.basic("bob0", "new"))
                        .status());
        config("admins/self", "DELETE", "");
    }

    /** So many users, each an admin and a member of a new database by name or by role. */
    private static List<String> accounts(Loss loss, int count) throws IOException {
        server.delete("/r");
        assertEquals(201, server.put("/r", "").status());
        server.put("/r/there", "{}");
        server.put("/r/_design/u", "{\"updates\":{\"make\":\"function(doc,req){return [{_id:req.id},'ok'];}\"}}");
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = "bob" + i;
            String id = "/_users/org.couchdb.user:" + name;
            Answer known = server.get(id);
            String revision = known.status() == 200
                    ? "\"_rev\":\"" + known.json().get("_rev").asString() + "\","
                    : "";
            assertEquals(201, server.put(id, user(name, "pw", revision)).status());
            names.add(name);
        }
        secure(loss == Loss.ROLE_REMOVED ? List.of() : names, loss == Loss.ROLE_REMOVED ? "\"crew\"" : "");
        return names;
    }

    private static void secure(List<String> names, String roles) throws IOException {
        String list = names.stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(","));
        assertEquals(
                200,
                server.put("/r/_security", SECURITY.formatted(list.isEmpty() ? "\"nobody\"" : list, roles))
                        .status());
    }

    private static void lose(Loss loss, List<String> names) throws IOException {
        if (loss == Loss.REMOVED_FROM_SECURITY) {
            secure(List.of(), "");
            return;
        }
        for (String name : names) {
            String id = "/_users/org.couchdb.user:" + name;
            Answer known = server.get(id);
            String revision = known.json().get("_rev").asString();
            Answer answer = switch (loss) {
                case USER_DELETED -> server.delete(id + "?rev=" + revision);
                case PASSWORD_CHANGED -> server.put(id, user(name, "other", "\"_rev\":\"" + revision + "\","));
                default -> server.put(id, known.body().replace("[\"crew\"]", "[]"));
            };
            assertTrue(answer.status() < 300, answer.toString());
        }
    }

    /** Sends the head, waits until the server wants the body, and sends the half of it. */
    private static Sent begin(Upload upload, String name) throws IOException {
        String body = upload.body;
        RawClient client = new RawClient(server.server().port());
        client.send(upload.method + " " + upload.path + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                + "Authorization: " + TestServer.basic(name, "pw") + "\r\nContent-Type: " + upload.type
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n");
        RawClient.Answer wanted = client.read(false);
        assertEquals(100, wanted.status(), upload + ": " + wanted.text());
        client.send(body.substring(0, body.length() / 2));
        return new Sent(upload, client, body.substring(body.length() / 2));
    }

    /** Until a request that began before this is asked about again. */
    private static void awaitLate() {
        Stopwatch waited = new Stopwatch();
        Awaitility.await().until(() -> waited.milliseconds() > 150);
    }

    /** Begins a feed, up to its first sign of life. */
    private static RawClient feed(String what, String authorization) throws IOException {
        String body = what.startsWith("POST") ? "{\"selector\":{}}" : "";
        RawClient client = new RawClient(server.server().port());
        client.send(what + " HTTP/1.1\r\nHost: h\r\nAuthorization: " + authorization
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        String status = client.line();
        assertTrue(status.contains(" 200 "), status);
        while (!client.line().isEmpty()) {
            // Its headers.
        }
        assertTrue(client.chunk().length > 0);
        return client;
    }

    /** What comes up to its end, which is one in good order; or up to what was not to come. */
    private static String rest(RawClient feed) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf("secret") < 0) {
            byte[] chunk = feed.chunk();
            if (chunk.length == 0) {
                break;
            }
            text.append(new String(chunk, StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    /** What all of the uploads together would change. */
    private static String state() throws IOException {
        StringBuilder state = new StringBuilder();
        for (String path : List.of(
                "/r/_block",
                "/r/_local_docs",
                "/r/_security",
                "/r/_revs_limit",
                "/r/_horizon",
                "/r/_purged_infos_limit",
                "/_all_dbs",
                "/_users/_all_docs",
                "/_node/_local/_config/couchdb",
                "/_node/_local/_config/admins")) {
            Answer answer = server.get(path);
            assertEquals(200, answer.status(), path);
            state.append(path).append(' ').append(answer.body());
        }
        return state.toString();
    }

    private static void config(String key, String method, String value) throws IOException {
        Answer answer = server.send(
                method, "/_node/_local/_config/" + key, value, "Authorization", TestServer.ROOT, "Content-Type", JSON);
        assertEquals(200, answer.status(), key);
    }

    private static String user(String name, String password, String more) {
        return "{" + more + "\"type\":\"user\",\"name\":\"" + name + "\",\"roles\":[\"crew\"],\"password\":\""
                + password + "\"}";
    }

    private static String parts() {
        return "--b\r\nContent-Type: application/json\r\n\r\n{\"_attachments\":{\"f\":{\"follows\":true,\"length\":500,"
                + "\"content_type\":\"a/b\"}}}\r\n--b\r\n\r\n" + LONG + "\r\n--b--";
    }
}
