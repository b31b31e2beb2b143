package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Wherever JSON comes in, the same is refused in the same words. */
class JsonEntriesTest {
    private static final int DEPTH = 12;
    private static final String SECRET = "a secret of thirty-two characters";
    private static final String REFUSED = "400 {\"error\":\"bad_request\",\"reason\":\"invalid UTF-8 JSON\"}";

    @TempDir
    static Path directory;

    private static TestServer server;

    /** A way in, and what stands around the value that is sent there. */
    private enum Entry {
        DOCUMENT("PUT", "/db/a", "{\"a\":%s}"),
        LOCAL_DOCUMENT("PUT", "/db/_local/a", "{\"a\":%s}"),
        BULK("POST", "/db/_bulk_docs", "{\"docs\":[{\"a\":%s}]}"),
        BULK_GET("POST", "/db/_bulk_get", "{\"docs\":[{\"id\":%s}]}"),
        FIND("POST", "/db/_find", "{\"selector\":{\"a\":%s}}"),
        INDEX("POST", "/db/_index", "{\"index\":{\"fields\":[%s]}}"),
        LIST("POST", "/db/_all_docs", "{\"keys\":[%s]}"),
        CHANGES("POST", "/db/_changes", "{\"doc_ids\":[%s]}"),
        REVISIONS("POST", "/db/_revs_diff", "{\"a\":[%s]}"),
        SECURITY("PUT", "/db/_security", "{\"a\":%s}"),
        LIMIT("PUT", "/db/_revs_limit", "[%s]"),
        SETTING("PUT", "/_node/_local/_config/log/level", "[%s]"),
        SESSION("POST", "/_session", "{\"name\":\"root\",\"password\":\"relax\",\"a\":%s}"),
        INFOS("POST", "/_dbs_info", "{\"keys\":[%s]}"),
        USER("PUT", "/_users/org.couchdb.user:ada", "{\"name\":\"ada\",\"type\":\"user\",\"roles\":[],\"a\":%s}"),
        KEY_PARAMETER("GET", "/db/_all_docs?key=", "[%s]"),
        IDS_PARAMETER("GET", "/db/_changes?filter=_doc_ids&doc_ids=", "[%s]"),
        REVISIONS_PARAMETER("GET", "/db/a?open_revs=", "[%s]");

        private final String method;
        private final String path;
        private final String around;

        Entry(String method, String path, String around) {
            this.method = method;
            this.path = path;
            this.around = around;
        }

        Answer send(String value) throws IOException {
            String json = around.formatted(value);
            return method.equals("GET")
                    ? server.get(path + URLEncoder.encode(json, StandardCharsets.UTF_8))
                    : server.send(
                            method, path, json, "Authorization", TestServer.ROOT, "Content-Type", "application/json");
        }

        /** How many containers stand around the value; of a bulk request each document counts for itself. */
        int depth() {
            String before = around.substring(this == BULK ? around.lastIndexOf('{') : 0, around.indexOf('%'));
            return count(before, "{[") - count(before, "}]");
        }

        private static int count(String text, String signs) {
            return (int) text.chars().filter(c -> signs.indexOf(c) >= 0).count();
        }
    }

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(directory, Map.of("max_json_depth", Integer.toString(DEPTH)));
        server.put("/db", "");
        server.put("/_users", "");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String nested(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }

    @ParameterizedTest
    @EnumSource
    void depth_overTheSetting_isRefused(Entry entry) throws IOException {
        assertEquals(REFUSED, entry.send(nested(DEPTH - entry.depth() + 1)).toString());
        assertNotEquals(REFUSED, entry.send(nested(DEPTH - entry.depth())).toString());
    }

    /** Half of a character, which no id can be, a number and a word as no JSON has them, and what follows the end. */
    @ParameterizedTest
    @EnumSource
    void text_notJson_isRefused(Entry entry) throws IOException {
        for (String wrong :
                new String[] {"\"\\ud800\"", "01", "1e", "nul", "NaN", "'a'", "[1,]", "1 /* */", "\"a\tb\""}) {
            assertEquals(REFUSED, entry.send(wrong).toString(), wrong);
        }
    }

    /** Other parsers would count names and digits, too; here the size of the whole text bounds them. */
    @ParameterizedTest
    @EnumSource(
            value = Entry.class,
            names = {"KEY_PARAMETER", "IDS_PARAMETER", "REVISIONS_PARAMETER"},
            mode = EnumSource.Mode.EXCLUDE)
    void text_longNamesAndNumbers_areRead(Entry entry) throws IOException {
        String value = "{\"" + "n".repeat(60_000) + "\":1" + "0".repeat(2_000) + "}";
        assertNotEquals(REFUSED, entry.send(value).toString());
    }

    /** What was stored is read again whatever is in it: a reader with limits of its own would lock users out. */
    @Test
    void stored_longNumbers_lockNobodyOut() throws IOException {
        String number = "1" + "0".repeat(2_000);
        server.put(
                "/_users/org.couchdb.user:grace",
                "{\"name\":\"grace\",\"type\":\"user\",\"roles\":[],\"password\":\"hopper\",\"a\":" + number + "}");
        Entry.SECURITY.send(number + ",\"members\":{\"names\":[\"grace\"]}");

        String grace = TestServer.basic("grace", "hopper");
        assertEquals(
                200, server.send("GET", "/db", null, "Authorization", grace).status());
    }

    @Test
    void token_overTheDepth_isRefused() throws IOException, GeneralSecurityException {
        server.put(
                "/_node/_local/_config/chttpd/authentication_handlers",
                "\"{chttpd_auth, jwt_authentication_handler}, {chttpd_auth, default_authentication_handler}\"");
        server.put("/_node/_local/_config/jwt_keys/hmac:_default", '"' + base64(SECRET) + '"');
        assertEquals(200, session(nested(DEPTH - 1)).status());
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"Malformed authentication token\"}",
                session(nested(DEPTH)).toString());
        assertEquals(400, session("\"\\ud800\"").status());
    }

    private static Answer session(String claim) throws IOException, GeneralSecurityException {
        String claims = "{\"sub\":\"ada\",\"exp\":4102441199,\"a\":" + claim + "}";
        String signed = url("{\"alg\":\"HS256\"}") + '.' + url(claims);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] signature = mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
        String token = signed + '.' + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
        return server.send("GET", "/_session", null, "Authorization", "Bearer " + token);
    }

    private static String url(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
