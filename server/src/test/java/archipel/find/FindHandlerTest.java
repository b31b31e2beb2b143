package archipel.find;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.databases.DatabaseEndpoints;
import archipel.databases.IndexCompactor;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code _find} and {@code _explain} over documents alone, without any index. */
class FindHandlerTest {
    private static final String NO_INDEX = "No matching index found, create an index to optimize query time.";
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = new TestServer(directory, (router, services) -> {
            DatabaseEndpoints.register(router, services, () -> "made", IndexCompactor.NONE);
            FindEndpoints.register(router, services, (database, client) -> null);
        });
        server.put("/db", "");
        server.post(
                "/db/_bulk_docs",
                "{\"new_edits\":false,\"docs\":["
                        + "{\"_id\":\"a\",\"_rev\":\"1-a\",\"n\":3,\"tag\":[\"x\"]},"
                        + "{\"_id\":\"b\",\"_rev\":\"1-b\",\"n\":1,\"o\":{\"p\":{\"q\":7}}},"
                        + "{\"_id\":\"c\",\"_rev\":\"2-c\",\"n\":2},"
                        + "{\"_id\":\"c\",\"_rev\":\"2-b\",\"n\":9},"
                        + "{\"_id\":\"d\",\"_rev\":\"1-d\"},"
                        + "{\"_id\":\"gone\",\"_rev\":\"2-x\",\"_deleted\":true},"
                        + "{\"_id\":\"_design/x\",\"_rev\":\"1-x\",\"n\":1}]}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Answer find(String body) {
        return server.post("/db/_find", body);
    }

    private static String ids(Answer answer) {
        List<String> ids = new ArrayList<>();
        for (JsonNode document : answer.json().get("docs")) {
            ids.add(document.get("_id").asString());
        }
        return String.join(",", ids);
    }

    @Test
    void find_documents_hasTheReferencesBytes() {
        Answer answer = find("{\"selector\":{\"n\":{\"$gt\":1}},\"fields\":[\"n\",\"_id\"]}");
        assertEquals(200, answer.status());
        String bookmark = answer.json().get("bookmark").asString();
        assertEquals(
                "{\"docs\":[\r\n{\"n\":3,\"_id\":\"a\"},\r\n{\"n\":2,\"_id\":\"c\"}\r\n],\r\n" + "\"bookmark\": \""
                        + bookmark + "\",\r\n\"warning\": \"" + NO_INDEX + "\"}\r\n",
                answer.text());
        assertEquals(
                answer.header("Archipel-Block"), server.get("/db/_all_docs").header("Archipel-Block"));
    }

    @Test
    void find_bookmarkOfAnEmptyPage_isTheBeginning() {
        String nothing =
                find("{\"selector\":{\"n\":77}}").json().get("bookmark").asString();
        Answer again = find("{\"selector\":{\"n\":3},\"bookmark\":\"" + nothing + "\"}");
        assertEquals("200 a", again.status() + " " + ids(again));
        assertEquals(
                "nil",
                find("{\"selector\":{\"n\":77},\"bookmark\":\"nil\"}")
                        .json()
                        .get("bookmark")
                        .asString());
    }

    @Test
    void find_wholeNumbersWithAFraction_count() {
        Answer answer = find("{\"selector\":{\"n\":{\"$gt\":0}},\"sort\":[\"n\"],\"limit\":1.0,\"skip\":1e0}");
        assertEquals("200 c", answer.status() + " " + ids(answer));
    }

    @Test
    void find_nothing_hasTheReferencesBytes() {
        assertEquals(
                "{\"docs\":[\r\n],\r\n\"bookmark\": \"nil\",\r\n\"warning\": \"" + NO_INDEX + "\"}\r\n",
                find("{\"selector\":{\"n\":77}}").text());
        assertEquals(
                "{\"docs\":[\r\n]}\r\n",
                find("{\"selector\":{\"$and\":[{\"_id\":\"a\"},{\"_id\":\"b\"}]}}")
                        .text());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"selector":{}}                                                    | a,b,c,d
        {"selector":{},"limit":2}                                          | a,b
        {"selector":{},"limit":0}                                          | ''
        {"selector":{},"skip":3}                                           | d
        {"selector":{},"sort":[{"_id":"desc"}]}                            | d,c,b,a
        {"selector":{"_id":{"$gte":"b","$lt":"d"}}}                        | b,c
        {"selector":{"_id":{"$in":["d","a",7]}}}                           | a,d
        {"selector":{"_id":{"$gt":null}},"sort":[{"_id":"desc"}],"limit":2}| d,c
        {"selector":{"_id":{"$lt":{}}}}                                    | ''
        {"selector":{"_id":{"$beginsWith":"b"}}}                           | b
        {"selector":{"n":9}}                                               | ''
        {"selector":{"$or":[{"n":1},{"tag":{"$in":["x"]}}]}}               | a,b
        {"selector":{"$or":[]}}                                            | ''
        {"selector":{"o":{"p":{"q":7}}}}                                   | b
        {"selector":{"_conflicts":{"$exists":true}},"conflicts":true}      | c
        {"selector":{"_rev":"1-d"}}                                        | d
        {"selector":{},"sort":["n"]}                                       | b,c,a
        {"selector":{},"sort":[{"n":"desc"}],"limit":2}                    | a,c
        {"selector":{},"sort":["n"],"skip":1,"limit":1}                    | c
        """)
    void find_query_findsInOrder(String body, String expected) {
        assertEquals(expected, ids(find(body)));
    }

    @Test
    void find_pages_goOnAfterTheBookmark() {
        for (String sort : List.of("", ",\"sort\":[\"n\"]", ",\"sort\":[{\"_id\":\"desc\"}]")) {
            String query = "{\"selector\":{\"n\":{\"$gt\":0}},\"limit\":1" + sort;
            List<String> paged = new ArrayList<>();
            Answer page = find(query + "}");
            while (!ids(page).isEmpty()) {
                paged.add(ids(page));
                page = find(query + ",\"bookmark\":" + page.json().get("bookmark") + "}");
            }
            String all = ids(find(query.replace(",\"limit\":1", "") + "}"));
            assertEquals(all, String.join(",", paged), sort);
            assertEquals(3, paged.size());
        }
    }

    @Test
    void find_conflicts_areShown() {
        JsonNode document = find("{\"selector\":{\"_id\":\"c\"},\"conflicts\":true}")
                .json()
                .get("docs")
                .get(0);
        assertEquals("{\"_id\":\"c\",\"_rev\":\"2-c\",\"n\":2,\"_conflicts\":[\"2-b\"]}", document.toString());
    }

    @Test
    void find_executionStats_countWhatWasLookedAt() {
        JsonNode stats =
                find("{\"selector\":{\"n\":1},\"execution_stats\":true}").json().get("execution_stats");
        assertEquals(5, stats.get("total_keys_examined").asInt());
        assertEquals(4, stats.get("total_docs_examined").asInt());
        assertEquals(0, stats.get("total_quorum_docs_examined").asInt());
        assertEquals(1, stats.get("results_returned").asInt());
        assertTrue(stats.get("execution_time_ms").asDouble() > 0);
    }

    @Test
    void find_sortWithoutIndex_saysSo() {
        assertTrue(find("{\"selector\":{},\"sort\":[\"n\"]}")
                .json()
                .get("warning")
                .asString()
                .contains("sorted in memory"));
        assertEquals(
                "400 no_usable_index: No index exists for this sort, try indexing by the sort fields.",
                find("{\"selector\":{},\"sort\":[\"n\"],\"allow_fallback\":false,\"use_index\":\"x\"}")
                        .refusal());
    }

    @Test
    void find_earlierBlock_showsItsState() {
        server.put("/then", "");
        server.post("/then/_bulk_docs", "{\"docs\":[{\"_id\":\"a\",\"n\":1}]}");
        server.post("/then/_bulk_docs", "{\"docs\":[{\"_id\":\"b\",\"n\":1}]}");
        String query = "{\"selector\":{\"n\":1}}";
        Answer pinned = server.post("/then/_find?block=1", query);
        assertEquals("a", ids(pinned));
        assertTrue(pinned.header("Archipel-Block").startsWith("1-"));
        assertEquals("a,b", ids(server.post("/then/_find?min_block=2", query)));
        assertEquals(503, server.post("/then/_find?min_block=9&wait=1", query).status());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                         | 400 missing_required_key: Missing required key: selector
        {"selector":7}                             | 400 invalid_selector_json: Selector must be a JSON object, not: 7
        {"selector":{"a":{"$no":1}}}               | 400 invalid_operator: Invalid operator: $no
        {"selector":{},"use_index":7}              | 400 invalid_index_name: Invalid index name: 7
        {"selector":{},"bookmark":7}               | 400 invalid_bookmark: Invalid bookmark value: 7
        {"selector":{},"bookmark":"bad"}           | 400 invalid_bookmark: Invalid bookmark value: "bad"
        {"selector":{},"limit":-1} \
        | 400 invalid_non_neg_integer: -1 is not an integer greater than or equal to zero
        {"selector":{},"limit":25.5} \
        | 400 invalid_non_neg_integer: 25.5 is not an integer greater than or equal to zero
        {"selector":{},"skip":"1"} \
        | 400 invalid_non_neg_integer: <<49>> is not an integer greater than or equal to zero
        {"selector":{},"sort":{"a":"asc"}} \
        | 400 invalid_sort_json: Sort must be an array of sort specs, not: {[{<<"a">>,<<"asc">>}]}
        {"selector":{},"sort":[7]}                 | 400 invalid_sort_field: Invalid sort field: 7
        {"selector":{},"sort":[{"a":"up"}]}        | 400 invalid_sort_field: Invalid sort field: {[{<<"a">>,<<"up">>}]}
        {"selector":{},"sort":["a",{"b":"desc"}]} \
        | 400 unsupported_mixed_sort: Sorts currently only support a single direction for all fields.
        {"selector":{},"fields":"a"}               | 400 invalid_fields: Fields must be an array of strings, not: <<97>>
        {"selector":{},"fields":[7]}               | 400 invalid_field: Invalid JSON for field spec: 7
        {"selector":{},"r":0}                      | 400 invalid_pos_integer: 0 is not an integer greater than zero
        {"selector":{},"conflicts":1}              | 400 invalid_boolean: Invalid boolean value: 1
        {"selector":{},"nonsense":1}               | 400 invalid_key: Invalid key nonsense for this request.
        {"selector":{},"use_index":"x","allow_fallback":false} \
        | 400 invalid_index: _design/x specified by `use_index` could not be found or it is not suitable.
        {"selector":{},"allow_fallback":false} \
        | 400 invalid_index: You must specify an index with the `use_index` parameter.
        """)
    void find_badBody_isRefusedAsCouchDbDoes(String body, String refusal) {
        assertEquals(refusal, find(body).refusal());
        assertEquals(refusal, server.post("/db/_explain", body).refusal());
    }

    @Test
    void find_request_isPostedJson() {
        assertEquals(
                "405 method_not_allowed: Only POST allowed",
                server.get("/db/_find").refusal());
        assertEquals(
                "405 method_not_allowed: Only POST allowed",
                server.get("/db/_explain").refusal());
        assertEquals(
                "415 bad_content_type: Content-Type must be application/json",
                server.post("/db/_find", "{}", "Content-Type", "text/plain").refusal());
        assertEquals(
                "400 bad_request: Request body must be a JSON object",
                find("[]").refusal());
        assertEquals(
                "404 not_found: Database does not exist.",
                server.post("/no/_find", "{}").refusal());
    }

    @Test
    void explain_query_showsWhatCouchDbShows() {
        JsonNode explained = server.post(
                        "/db/_explain",
                        "{\"selector\":{\"_id\":{\"$gt\":\"a\"},\"n\":{\"$in\":[1]}},\"limit\":2,\"fields\":[\"_id\"]}")
                .json();
        assertEquals("db", explained.get("dbname").asString());
        assertEquals(
                "{\"ddoc\":null,\"name\":\"_all_docs\",\"type\":\"special\",\"def\":{\"fields\":[{\"_id\":\"asc\"}]}}",
                explained.get("index").toString());
        assertEquals(
                "{\"$and\":[{\"_id\":{\"$gt\":\"a\"}},{\"n\":{\"$in\":[1]}}]}",
                explained.get("selector").toString());
        assertEquals(
                "{\"use_index\":[],\"bookmark\":\"nil\",\"limit\":2,\"skip\":0,\"sort\":{},\"fields\":[\"_id\"],"
                        + "\"partition\":\"\",\"r\":1,\"conflicts\":false,\"stale\":false,\"update\":true,"
                        + "\"stable\":false,\"execution_stats\":false,\"allow_fallback\":true}",
                explained.get("opts").toString());
        assertEquals(
                "[{\"type\":\"json\",\"indexable_fields\":[\"_id\"],\"unindexable_fields\":[\"n\"]}]",
                explained.get("selector_hints").toString());
        assertEquals("a", explained.get("mrargs").get("start_key").asString());
        assertEquals("<MAX>", explained.get("mrargs").get("end_key").asString());
        assertEquals("fwd", explained.get("mrargs").get("direction").asString());
        assertEquals("documents", explained.get("plan").get("access").asString());
    }
}
