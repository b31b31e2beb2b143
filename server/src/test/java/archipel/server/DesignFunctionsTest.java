package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions of design documents in JavaScript, through HTTP. */
class DesignFunctionsTest {
    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]*)\"");

    private static TestServer server;
    private static int databases;

    private String database;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = TestServer.start(data);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void makeDatabase() throws IOException {
        database = "/db" + databases++;
        server.put(database, "");
    }

    /** @param members in single quotes, functions within double ones in theirs */
    private Answer put(String id, String members) throws IOException {
        return server.put(database + "/" + id, json(members));
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    /** A function as a JSON string; it must hold no double quotes. */
    private static String function(String source) {
        return "\"" + source + "\"";
    }

    private void validation(String body) throws IOException {
        Answer saved = put(
                "_design/v",
                "{'validate_doc_update':" + function("function(newDoc, oldDoc, userCtx, secObj) {" + body + "}") + "}");
        assertEquals(201, saved.status(), saved.toString());
    }

    private String refusal(String document) throws IOException {
        return put("x", document).toString();
    }

    @Test
    void validation_throws_isWhatCouchDbMakesOfIt() throws IOException {
        validation("switch (newDoc.k) {"
                + "case 1: throw({forbidden: `no`});"
                + "case 2: throw({unauthorized: {a: [1]}});"
                + "case 3: throw({other: `o`});"
                + "case 4: throw(`text`);"
                + "case 5: throw(new TypeError(`t`));"
                + "case 6: null.x;"
                + "case 7: throw([`error`, `not_found`, `r`]);"
                + "case 8: throw(1);"
                + "}");
        assertEquals("403 {\"error\":\"forbidden\",\"reason\":\"no\"}", refusal("{'k':1}"));
        assertEquals("401 {\"error\":\"unauthorized\",\"reason\":{\"a\":[1]}}", refusal("{'k':2}"));
        assertEquals("500 {\"error\":\"unknown_error\",\"reason\":\"o\"}", refusal("{'k':3}"));
        assertEquals("500 {\"error\":\"unknown_error\",\"reason\":\"text\"}", refusal("{'k':4}"));
        assertEquals("500 {\"error\":\"TypeError\",\"reason\":\"{[]}\"}", refusal("{'k':5}"));
        assertEquals("500 {\"error\":\"TypeError\",\"reason\":\"{[]}\"}", refusal("{'k':6}"));
        assertEquals("404 {\"error\":\"not_found\",\"reason\":\"r\"}", refusal("{'k':7}"));
        assertEquals(201, put("x", "{'k':8}").status());
        assertEquals(201, put("y", "{}").status());
        Answer rows = server.post(
                database + "/_bulk_docs", json("{'docs':[{'_id':'a','k':2},{'_id':'b','k':5},{'_id':'c'}]}"));
        String refused = "201 [{\"id\":\"a\",\"error\":\"unauthorized\",\"reason\":{\"a\":[1]}},"
                + "{\"id\":\"b\",\"error\":\"TypeError\",\"reason\":\"{[]}\"},{\"ok\":true,\"id\":\"c\"";
        assertTrue(rows.toString().startsWith(refused), rows.toString());
    }

    @Test
    void validation_arguments_areDocumentsUserAndSecurity() throws IOException {
        server.put(database + "/_security", json("{'admins':{'names':['boss']},'members':{}}"));
        validation("throw({forbidden: [newDoc, oldDoc, userCtx, secObj, this._id]})");
        String name = database.substring(1);
        assertEquals(
                "403 {\"error\":\"forbidden\",\"reason\":[{\"_id\":\"x\",\"n\":1},null,"
                        + "{\"db\":\"" + name + "\",\"name\":\"root\",\"roles\":[\"_admin\"]},"
                        + "{\"admins\":{\"names\":[\"boss\"]},\"members\":{}},\"_design/v\"]}",
                refusal("{'n':1}"));
        Answer anonymous = server.send(
                "PUT",
                database + "/x",
                json("{'_attachments':{'a':{'data':'aGk=','content_type':'t/p'}}}"),
                "Content-Type",
                "application/json");
        assertTrue(
                anonymous.body().contains("\"_attachments\":{\"a\":{\"content_type\":\"t/p\",\"revpos\":1,\"digest\":")
                        && anonymous.body().contains("\"length\":2,\"stub\":true}}"),
                anonymous.body());
        assertTrue(anonymous.body().contains("\"name\":null,\"roles\":[]"), anonymous.body());
    }

    @Test
    void validation_deletion_showsBothDocuments() throws IOException {
        String revision = put("x", "{'n':1}").header("ETag").replace("\"", "");
        validation("throw({forbidden: [newDoc, oldDoc]})");
        String hash = revision.substring(2);
        String revisions = "\"_revisions\":{\"start\":1,\"ids\":[\"" + hash + "\"]}";
        assertEquals(
                "403 {\"error\":\"forbidden\",\"reason\":[{\"_id\":\"x\",\"_rev\":\"" + revision
                        + "\",\"_deleted\":true," + revisions + "},{\"_id\":\"x\",\"_rev\":\"" + revision
                        + "\",\"n\":1," + revisions + "}]}",
                server.delete(database + "/x?rev=" + revision).toString());
    }

    @Test
    void validation_severalDesignDocuments_areAskedInOrder() throws IOException {
        put("_design/b", "{'validate_doc_update':" + function("function(d) { throw({forbidden: `b`}); }") + "}");
        put("_design/a", "{'validate_doc_update':" + function("(d) => { if (d.a) throw({forbidden: `a`}); }") + "}");
        assertEquals("403 {\"error\":\"forbidden\",\"reason\":\"a\"}", refusal("{'a':1}"));
        assertEquals("403 {\"error\":\"forbidden\",\"reason\":\"b\"}", refusal("{}"));
    }

    @Test
    void validation_thatDoesNotCompileOrEnd_letsNothingPastButDesignDocuments() throws IOException {
        put("_design/v", "{'validate_doc_update':'1'}");
        Answer refused = put("x", "{}");
        assertEquals(500, refused.status());
        assertTrue(refused.body().startsWith("{\"error\":\"compilation_error\",\"reason\":\""), refused.body());
        String revision = server.get(database + "/_design/v").header("ETag").replace("\"", "");
        put("_design/v?rev=" + revision, "{'validate_doc_update':" + function("function() { for (;;) {} }") + "}");
        assertEquals(
                "500 {\"error\":\"os_process_error\",\"reason\":\"OS process timed out.\"}",
                put("x", "{}").toString());
        revision = server.get(database + "/_design/v").header("ETag").replace("\"", "");
        assertEquals(200, server.delete(database + "/_design/v?rev=" + revision).status());
        assertEquals(201, put("x", "{}").status());
    }

    @Test
    void designDocument_thatDoesNotCompile_isRefused() throws IOException {
        Answer map = put("_design/d", "{'views':{'v':{'map':'function(doc) {'}}}");
        assertEquals(400, map.status());
        assertTrue(
                map.body()
                        .startsWith(
                                "{\"error\":\"compilation_error\",\"reason\":\"Compilation of the map function in the"
                                        + " 'v' view failed: "),
                map.body());
        Answer row = server.post(
                database + "/_bulk_docs", json("{'docs':[{'_id':'_design/d','views':{'v':{'map':'1'}}},{'_id':'a'}]}"));
        assertTrue(
                row.toString().startsWith("201 [{\"id\":\"_design/d\",\"error\":\"compilation_error\","),
                row.toString());
        assertEquals(
                201,
                put(
                                "_design/ok",
                                "{'filters':{'f':'('},'views':{'v':{'map':"
                                        + function("function(doc) { emit(doc._id) }") + ",'reduce':'_count'}}}")
                        .status());
    }

    @Test
    void changes_filtered_areThoseThatPass() throws IOException {
        put(
                "_design/d",
                "{'lib':{'even':" + function("exports.is = function(n) { return n % 2 === 0; }") + "},"
                        + "'filters':{'even':"
                        + function("function(doc, req) {"
                                + "return require(`lib/even`).is(doc.n) && doc._id >= (req.query.from || ``); }")
                        + ",'broken':" + function("function(doc) { return doc.a.b.c; }") + ",'named':"
                        + function("function() { throw({error: `forbidden`, reason: `not yours`}); }") + "},"
                        + "'views':{'odd':{'map':" + function("function(doc) { if (doc.n % 2) emit(doc.n); }") + "}}}");
        for (int n = 0; n < 6; n++) {
            put("doc" + n, "{'n':" + n + "}");
        }
        assertEquals(List.of("doc0", "doc2", "doc4"), ids("filter=d/even"));
        assertEquals(List.of("doc2", "doc4"), ids("filter=d/even&from=doc1"));
        assertEquals(List.of("doc1", "doc3", "doc5"), ids("filter=_view&view=d/odd"));
        assertEquals(List.of("doc1", "doc3"), ids("filter=_view&view=d/odd&limit=2"));
        assertEquals(
                "500 {\"error\":\"TypeError\",\"reason\":\"{[]}\"}",
                changes("filter=d/broken").toString());
        assertEquals(
                "403 {\"error\":\"forbidden\",\"reason\":\"not yours\"}",
                changes("filter=d/named").toString());
    }

    private Answer changes(String query) throws IOException {
        return server.get(database + "/_changes?" + query);
    }

    private List<String> ids(String query) throws IOException {
        List<String> ids = new ArrayList<>();
        Matcher found = ID.matcher(changes(query).body());
        while (found.find()) {
            ids.add(found.group(1));
        }
        return ids;
    }

    @Test
    void update_function_savesAndAnswers() throws IOException {
        put(
                "_design/d",
                "{'updates':{'count':"
                        + function("function(doc, req) {"
                                + "doc = doc || {_id: req.id, n: 0}; doc.n++;"
                                + "return [doc, {json: {n: doc.n, by: req.userCtx.name}}]; }")
                        + ",'text':" + function("function(doc, req) { return [null, req.body + req.method]; }")
                        + ",'none':" + function("function() {}")
                        + ",'throws':" + function("function() { throw({error: `forbidden`, reason: `no`}); }")
                        + ",'breaks':" + function("function(doc) { doc.x.y; }") + "}}");
        String path = database + "/_design/d/_update/";
        assertEquals(
                "201 {\"n\":1,\"by\":\"root\"}",
                server.put(path + "count/c", "").toString());
        assertEquals(
                "201 {\"n\":2,\"by\":\"root\"}",
                server.put(path + "count/c", "").toString());
        assertTrue(server.get(database + "/c").body().endsWith("\"n\":2}\n"));
        assertEquals("200 helloPOST", server.post(path + "text", "hello").toString());
        assertEquals(500, server.post(path + "none", "").status());
        assertTrue(server.post(path + "none", "").body().contains("\"render_error\""));
        assertEquals(
                "403 {\"error\":\"forbidden\",\"reason\":\"no\"}",
                server.post(path + "throws", "").toString());
        assertTrue(server.post(path + "breaks", "").toString().startsWith("500 {\"error\":\"render_error\""));
        validation("throw({forbidden: `never`})");
        assertEquals(
                "403 {\"error\":\"forbidden\",\"reason\":\"never\"}",
                server.put(path + "count/c", "").toString());
    }
}
