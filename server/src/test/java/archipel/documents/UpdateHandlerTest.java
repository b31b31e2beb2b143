package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.functions.Functions;
import archipel.http.RawClient;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import archipel.http.ToyEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code _update}, with a toy in the place of JavaScript. */
class UpdateHandlerTest {
    private static final String UPDATE = "/db/_design/d/_update/";

    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        ToyEngine engine = new ToyEngine()
                .update("count", (document, request) -> {
                    String revision = document.has("_rev") ? "'_rev':" + document.get("_rev") + "," : "";
                    int n = document.path("n").asInt(0) + 1;
                    return "[{'_id':" + request.get("id") + "," + revision + "'n':" + n + ",'d':1.50},'n is " + n
                            + "']";
                })
                .update("fresh", (_, request) -> "[{'_id':" + request.get("uuid") + "},{'json':{'a':1}}]")
                .update(
                        "echo",
                        (_, request) -> "[null,{'body':" + request.get("body") + ",'code':202,"
                                + "'headers':{'Content-Type':'text/plain','X-N':1,'Content-Length':'7'}}]")
                .update("form", (_, request) -> "[null,{'json':" + request.get("form") + "}]")
                .update("base64", (_, _) -> "[null,{'base64':'aGk='}]")
                .update("stale", (document, _) -> "[{'_id':'known','_rev':'9-a'},'']")
                .update("nameless", (_, _) -> "[{'n':1},'']")
                .update("empty", (_, _) -> "[null,{}]")
                .update(
                        "status",
                        (_, request) -> "[null,{'code':" + request.get("body").asString() + ",'body':'text'}]")
                .update(
                        "jsonStatus",
                        (_, request) -> "[null,{'code':" + request.get("body").asString() + ",'json':{}}]")
                .update("silent", (_, _) -> "[{'_id':'silent'},null]")
                .update("strange", (_, _) -> "[{'_id':'strange'},{'zork':1}]")
                .update("header", (_, _) -> "[null,{'headers':{'X':'a\\nSet-Cookie: b'}}]")
                .update("broken", (_, _) -> {
                    throw new RequestException(ErrorCode.UPDATE_RAISED, "x", "y");
                });
        server = new TestServer(
                directory,
                SecurityObject.EVERYONE,
                DocumentGuard.OPEN,
                new Functions(engine),
                (router, services) -> DocumentEndpoints.register(router, services, () -> "made"));
        server.node().create("db");
        StringBuilder names = new StringBuilder();
        for (String name : List.of(
                "count",
                "fresh",
                "echo",
                "form",
                "base64",
                "stale",
                "nameless",
                "empty",
                "status",
                "jsonStatus",
                "silent",
                "strange",
                "header",
                "broken")) {
            names.append(names.isEmpty() ? "" : ",").append('"').append(name).append("\":\"f\"");
        }
        server.put("/db/_design/d", "{\"updates\":{" + names + "}}");
        server.put("/db/_design/none", "{}");
        server.put("/db/known", "{}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void update_documentAndText_isSavedAndAnswered() {
        Answer first = server.put(UPDATE + "count/a/b", "");
        assertEquals("201 n is 1", first.status() + " " + first.text());
        assertEquals("text/html; charset=utf-8", first.header("Content-Type"));
        assertEquals("sandbox", first.header("Content-Security-Policy"));
        assertEquals("a%2Fb", first.header("X-Couch-Id"));
        assertEquals("n is 2", server.put(UPDATE + "count/a/b", "").text());
        Answer stored = server.get("/db/a%2Fb");
        assertTrue(stored.text().endsWith(",\"n\":2,\"d\":1.50}\n"), stored.text());
        assertEquals("2", stored.json().get("n").toString());
    }

    @Test
    void update_json_isTypedAsSuch() {
        Answer answer = server.post(UPDATE + "fresh", "");
        assertEquals("201 {\"a\":1}\n", answer.status() + " " + answer.text());
        assertEquals("application/json", answer.header("Content-Type"));
        assertEquals("", answer.header("Content-Security-Policy"));
        assertTrue(answer.header("X-Couch-Update-NewRev").startsWith("1-"));
        assertEquals(200, server.get("/db/" + answer.header("X-Couch-Id")).status());
    }

    @Test
    void update_nothingToSave_isOnlyAnswered() {
        Answer echo = server.call("DELETE", UPDATE + "echo", "some text");
        assertEquals("202 some text", echo.status() + " " + echo.text());
        assertEquals("text/plain 1", echo.header("Content-Type") + " " + echo.header("X-N"));
        assertEquals("undefined", server.call("DELETE", UPDATE + "echo", null).text());
        Answer base64 = server.post(UPDATE + "base64", "");
        assertEquals(
                "200 hi application/binary",
                base64.status() + " " + base64.text() + " " + base64.header("Content-Type"));
        Answer empty = server.post(UPDATE + "empty", "");
        assertEquals("200  application/json", empty.status() + " " + empty.text() + " " + empty.header("Content-Type"));
        Answer form =
                server.call("POST", UPDATE + "form", "a=1&b=x+y", "Content-Type", "application/x-www-form-urlencoded");
        assertEquals("{\"a\":\"1\",\"b\":\"x y\"}\n", form.text());
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 205, 304})
    void update_statusThatHasNoBody_endsWithItsHead(int status) throws IOException {
        try (RawClient client = new RawClient(server.server().port())) {
            for (String function : List.of("status", "jsonStatus")) {
                client.send("POST " + UPDATE + function + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                        + "Authorization: Basic YWRtaW46\r\n\r\n" + status);
                RawClient.Answer answer = client.read(false);
                assertEquals(status, answer.status());
                assertEquals("", answer.text());
                assertEquals("0", answer.headers().getOrDefault("content-length", "0"));
            }
            // Whatever had been left of these answers would be taken for this one.
            client.send("POST " + UPDATE + "status HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                    + "Authorization: Basic YWRtaW46\r\n\r\n206");
            RawClient.Answer next = client.read(false);
            assertEquals("206 text", next.status() + " " + next.text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"99", "100", "101", "199", "600", "200.5", "null"})
    void update_statusThatIsNoFinalOne_isRefused(String status) {
        assertEquals(
                "500 external_response_error",
                server.post(UPDATE + "status", status).refusal().split(":")[0]);
    }

    @Test
    void update_refusals_areCouchDbs() {
        assertEquals(
                "404 not_found: missing",
                server.post("/db/_design/x/_update/count", "").refusal());
        assertEquals(
                "404 update_error: Invalid path.",
                server.post("/db/_design/d/_update", "").refusal());
        assertEquals(
                "404 not_found: missing json key: zork",
                server.post(UPDATE + "zork", "").refusal());
        assertEquals(
                "404 not_found: missing json key: updates",
                server.post("/db/_design/none/_update/x", "").refusal());
        assertEquals(
                "405 method_not_allowed: Update functions do not allow GET",
                server.get(UPDATE + "count/x").refusal());
        assertEquals(
                "409 conflict: Document update conflict.",
                server.post(UPDATE + "stale", "").refusal());
        assertEquals(
                "400 illegal_docid: Document id must not be empty",
                server.post(UPDATE + "nameless", "").refusal());
        assertEquals(
                "500 render_error: undefined response from update function",
                server.post(UPDATE + "silent", "").refusal());
        assertEquals(404, server.get("/db/silent").status());
        assertEquals(
                "500 external_response_error",
                server.post(UPDATE + "strange", "").refusal().split(":")[0]);
        assertEquals(200, server.get("/db/strange").status());
        assertEquals(
                "500 external_response_error",
                server.post(UPDATE + "header", "").refusal().split(":")[0]);
        assertEquals(
                "500 render_error: function raised error: x \nstacktrace: y",
                server.post(UPDATE + "broken", "").refusal());
    }

    @Test
    void showsListsAndRewrites_areGone() {
        for (String gone : List.of("_show/x", "_list/x/y", "_rewrite/x")) {
            assertEquals(
                    "410 gone: resource is not supported in CouchDB >= 4.x",
                    server.get("/db/_design/d/" + gone).refusal());
        }
    }
}
