package archipel.find;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.databases.DatabaseEndpoints;
import archipel.databases.IndexCompactor;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.documents.DocumentEndpoints;
import archipel.engine.Database;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IndexHandlerTest {
    private static final String ALL =
            "{\"ddoc\":null,\"name\":\"_all_docs\",\"type\":\"special\"," + "\"def\":{\"fields\":[{\"_id\":\"asc\"}]}}";
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = new TestServer(directory, (router, services) -> {
            DocumentEndpoints.register(router, services, () -> "made");
            DatabaseEndpoints.register(router, services, () -> "made", IndexCompactor.NONE);
            FindEndpoints.register(router, services, (database, client) -> null);
        });
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void begin() {
        server.delete("/db");
        server.put("/db", "");
    }

    private static Answer create(String body) {
        return server.post("/db/_index", body);
    }

    private static void accept(String expected, Answer answer) {
        assertEquals(expected + "\n", answer.text());
        assertEquals(200, answer.status());
    }

    @Test
    void create_index_isKeptInADesignDocument() {
        String body = "{\"index\":{\"fields\":[\"foo\",{\"bar.x\":\"asc\"}]},\"ddoc\":\"d\",\"name\":\"n\"}";
        accept("{\"result\":\"created\",\"id\":\"_design/d\",\"name\":\"n\"}", create(body));
        accept("{\"result\":\"exists\",\"id\":\"_design/d\",\"name\":\"n\"}", create(body));
        String document = server.get("/db/_design/d").text();
        assertTrue(
                document.endsWith(",\"language\":\"query\",\"views\":{\"n\":{\"map\":{\"fields\":{\"foo\":\"asc\","
                        + "\"bar.x\":\"asc\"},\"partial_filter_selector\":{}},\"reduce\":\"_count\","
                        + "\"options\":{\"def\":{\"fields\":[\"foo\",{\"bar.x\":\"asc\"}]}}}}}\n"),
                document);
        assertTrue(document.contains("\"_rev\":\"1-"), document);
        accept(
                "{\"total_rows\":2,\"indexes\":[" + ALL
                        + ",{\"ddoc\":\"_design/d\",\"name\":\"n\",\"type\":\"json\",\"partitioned\":false,"
                        + "\"def\":{\"fields\":[{\"foo\":\"asc\"},{\"bar.x\":\"asc\"}]}}]}",
                server.get("/db/_index"));
    }

    @Test
    void create_withoutNames_hasCouchDbsName() {
        accept(
                "{\"result\":\"created\",\"id\":\"_design/a138cce43c361000dcca40cb1fbb8c6776e04ba0\","
                        + "\"name\":\"a138cce43c361000dcca40cb1fbb8c6776e04ba0\"}",
                create("{\"index\":{\"fields\":[\"foo\"]}}"));
    }

    @Test
    void create_partialIndex_keepsTheSelectorWrittenOut() {
        create("{\"index\":{\"fields\":[\"a\"],\"partial_filter_selector\":{\"t\":\"x\",\"u\":{\"$not\":{\"$gt\":1}}}},"
                + "\"ddoc\":\"d\",\"name\":\"n\"}");
        assertEquals(
                "{\"$and\":[{\"t\":{\"$eq\":\"x\"}},{\"u\":{\"$lte\":1}}]}",
                server.get("/db/_index")
                        .json()
                        .get("indexes")
                        .get(1)
                        .get("def")
                        .get("partial_filter_selector")
                        .toString());
    }

    @Test
    void create_secondIndexInOneDocument_keepsTheFirst() {
        create("{\"index\":{\"fields\":[\"a\"]},\"ddoc\":\"d\",\"name\":\"one\"}");
        create("{\"index\":{\"fields\":[\"b\"]},\"ddoc\":\"_design/d\",\"name\":\"two\"}");
        assertEquals(3, server.get("/db/_index").json().get("total_rows").asInt());
        accept("{\"ok\":true}", server.delete("/db/_index/d/json/one"));
        assertEquals(
                "two",
                server.get("/db/_index")
                        .json()
                        .get("indexes")
                        .get(1)
                        .get("name")
                        .asString());
        accept("{\"ok\":true}", server.delete("/db/_index/_design/d/json/two"));
        assertEquals("404 not_found: deleted", server.get("/db/_design/d").refusal());
        accept("{\"total_rows\":1,\"indexes\":[" + ALL + "]}", server.get("/db/_index"));
        assertEquals(
                "404 not_found: missing", server.delete("/db/_index/d/json/two").refusal());
    }

    @Test
    void delete_encodedDesignDocument_isFound() {
        create("{\"index\":{\"fields\":[\"a\"]},\"ddoc\":\"d\",\"name\":\"n\"}");
        assertEquals(
                "404 not_found: missing",
                server.delete("/db/_index/d/special/n").refusal());
        accept("{\"ok\":true}", server.delete("/db/_index/_design%2Fd/json/n"));
    }

    @Test
    void delete_documentWithMore_keepsTheRest() {
        create("{\"index\":{\"fields\":[\"a\"]},\"ddoc\":\"d\",\"name\":\"n\"}");
        String revision = server.get("/db/_design/d").json().get("_rev").asString();
        server.put(
                "/db/_design/d",
                "{\"_rev\":\"" + revision
                        + "\",\"language\":\"query\",\"note\":1,\"views\":{\"n\":{\"map\":{\"fields\":"
                        + "{\"a\":\"asc\"}},\"options\":{}},\"by_hand\":{\"map\":{}}}}");
        accept("{\"ok\":true}", server.delete("/db/_index/d/json/n"));
        assertEquals(
                "{\"by_hand\":{\"map\":{}}}",
                server.get("/db/_design/d").json().get("views").toString());
    }

    @Test
    void bulkDelete_designDocuments_saysWhatBecameOfEach() {
        create("{\"index\":{\"fields\":[\"a\"]},\"ddoc\":\"a\",\"name\":\"n\"}");
        create("{\"index\":{\"fields\":[\"b\"]},\"ddoc\":\"b\",\"name\":\"n\"}");
        accept(
                "{\"success\":[{\"id\":\"_design/b\",\"ok\":true},{\"id\":\"_design/a\",\"ok\":true}],"
                        + "\"fail\":[{\"id\":\"_design/x\",\"error\":\"not_found\"}]}",
                server.post("/db/_index/_bulk_delete", "{\"docids\":[\"_design/a\",\"x\",\"b\"],\"w\":2}"));
        assertEquals(
                "400 missing_required_key: Missing required key: docids",
                server.post("/db/_index/_bulk_delete", "{}").refusal());
    }

    @Test
    void list_limitAndSkip() {
        create("{\"index\":{\"fields\":[\"a\"]},\"ddoc\":\"a\",\"name\":\"n\"}");
        accept("{\"total_rows\":2,\"indexes\":[" + ALL + "]}", server.get("/db/_index?limit=1"));
        accept("{\"total_rows\":2,\"indexes\":[]}", server.get("/db/_index?skip=5"));
        for (String wrong : new String[] {"limit=0", "skip=-1", "limit=x"}) {
            assertEquals(
                    "400 invalid_list_index_params: Index parameter ranges: limit > 1, skip > 0",
                    server.get("/db/_index?" + wrong).refusal());
        }
        assertEquals(
                1, server.get("/db/_index?block=0").json().get("total_rows").asInt(), "as it was then");
    }

    @Test
    void create_bySomebodyWhoIsNoAdmin_isForbidden(@TempDir Path directory) {
        DocumentGuard guard = new DocumentGuard() {
            @Override
            public ParsedDocument beforeWrite(
                    Database database, UserContext user, String id, boolean newEdits, ParsedDocument document) {
                throw new RequestException(ErrorCode.NOT_DATABASE_ADMIN);
            }

            @Override
            public DocumentBody beforeShow(Database database, UserContext user, String id, DocumentBody body) {
                return body;
            }

            @Override
            public void requireDesigns(Database database, UserContext user) {}

            @Override
            public boolean showsAll(Database database) {
                return true;
            }
        };
        try (TestServer guarded = new TestServer(directory, SecurityObject.EVERYONE, guard, (router, services) -> {
            DatabaseEndpoints.register(router, services, () -> "made", IndexCompactor.NONE);
            FindEndpoints.register(router, services, (database, client) -> null);
        })) {
            guarded.put("/db", "");
            assertEquals(
                    "403 forbidden: You are not a db or server admin.",
                    guarded.post("/db/_index", "{\"index\":{\"fields\":[\"foo\"]}}")
                            .refusal());
        }
    }

    @Test
    void paths_thatMeanNothing_areMissing() {
        for (String path : new String[] {"a", "a/b", "a/b/c/d", "a/b/c/d/e"}) {
            for (String method : new String[] {"GET", "PUT", "DELETE"}) {
                assertEquals(
                        "404 not_found: missing",
                        server.call(method, "/db/_index/" + path, null).refusal());
            }
        }
        assertEquals(
                "405 method_not_allowed: Only GET,POST allowed",
                server.put("/db/_index", "").refusal());
        assertEquals(
                "405 method_not_allowed: Only DELETE allowed",
                server.get("/db/_index/a/json/b").refusal());
        assertEquals(
                "405 method_not_allowed: Only POST allowed",
                server.get("/db/_index/_bulk_delete").refusal());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                             | 400 missing_required_key: Missing required key: index
        {"index":{}}                                   | 400 missing_required_key: Missing required key: fields
        {"index":7}                                    | 400 invalid_index: JSON indexes must be an object, not: 7
        {"index":{"fields":["a"],"selector":{}}}       | 400 invalid_key: Invalid key selector for this request.
        {"index":{"fields":["a",{"b":"desc"}]}} \
        | 400 unsupported_mixed_sort: Sorts currently only support a single direction for all fields.
        {"index":{"fields":[{"a":"up"}]}} \
        | 400 invalid_sort_field: Invalid sort field: {[{<<"a">>,<<"up">>}]}
        {"index":{"fields":["a"]},"name":""} \
        | 400 invalid_empty_string: Index name or ddoc cannot be empty string
        {"index":{"fields":["a"]},"ddoc":null}         | 400 invalid_string: Invalid string: null
        {"index":{"fields":["a"]},"ddoc":"_design/"}   | 400 illegal_docid: Illegal document id `_design/`
        {"index":{"fields":["a"]},"type":"text"}       | 503 required index service unavailable: text
        {"index":{"fields":["a"]},"type":"odd"}        | 400 invalid_index: Invalid type for index: odd
        {"index":{"fields":["a"]},"w":0}               | 400 invalid_pos_integer: 0 is not an integer greater than zero
        {"index":{"fields":["a"]},"other":0}           | 400 invalid_key: Invalid key other for this request.
        """)
    void create_badBody_isRefusedAsCouchDbDoes(String body, String refusal) {
        assertEquals(refusal, create(body).refusal());
    }

    @Test
    void create_inAnotherLanguagesDocument_isRefused() {
        server.put("/db/_design/d", "{\"views\":{}}");
        assertEquals(
                "400 invalid_ddoc_lang: Existing design doc has an invalid language: false",
                create("{\"index\":{\"fields\":[\"a\"]},\"ddoc\":\"d\"}").refusal());
    }
}
