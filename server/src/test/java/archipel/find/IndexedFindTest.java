package archipel.find;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.databases.DatabaseEndpoints;
import archipel.databases.IndexCompactor;
import archipel.documents.DocumentEndpoints;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import archipel.view.IndexKeeper;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code _find} by indexes, over a hundred documents {@code 00} to {@code 99}. */
class IndexedFindTest {
    private static TestServer server;
    private static IndexKeeper keeper;

    @BeforeAll
    static void start(@TempDir Path directory) {
        keeper = new IndexKeeper(InstantSource.system());
        server = new TestServer(directory, (router, services) -> {
            DocumentEndpoints.register(router, services, () -> "made");
            DatabaseEndpoints.register(router, services, () -> "made", IndexCompactor.NONE);
            FindEndpoints.register(router, services, new KeptIndexes(keeper));
        });
        server.put("/db", "");
        StringBuilder documents = new StringBuilder("{\"docs\":[");
        for (int i = 0; i < 100; i++) {
            documents
                    .append(i == 0 ? "" : ",")
                    .append("{\"_id\":\"%02d\",\"n\":%d,\"t\":\"%s\",\"o\":{\"d\":%d}}"
                            .formatted(i, i, i % 2 == 0 ? "even" : "odd", i % 10));
        }
        server.post("/db/_bulk_docs", documents + "]}");
        index("{\"index\":{\"fields\":[\"n\"]},\"ddoc\":\"n\",\"name\":\"n\"}");
        index("{\"index\":{\"fields\":[\"o.d\",\"n\"]},\"ddoc\":\"od\",\"name\":\"od\"}");
        index("{\"index\":{\"fields\":[\"n\"],\"partial_filter_selector\":{\"t\":\"odd\"}},"
                + "\"ddoc\":\"p\",\"name\":\"p\"}");
    }

    @AfterAll
    static void stop() {
        server.close();
        keeper.close();
    }

    private static void index(String body) {
        assertEquals(200, server.post("/db/_index", body).status());
    }

    private static Answer find(String body) {
        Answer answer = server.post("/db/_find", body);
        assertEquals(200, answer.status(), answer.text());
        return answer;
    }

    private static String ids(Answer answer) {
        List<String> ids = new ArrayList<>();
        for (JsonNode document : answer.json().get("docs")) {
            ids.add(document.get("_id").asString());
        }
        return String.join(",", ids);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"selector":{"n":{"$lt":3}}}                                        | 00,01,02    | n  | 3
        {"selector":{"n":{"$in":[7,3,99]}}}                                 | 03,07,99    | n  | 3
        {"selector":{"$or":[{"n":{"$gt":97}},{"n":5}]}}                     | 05,98,99    | n  | 3
        {"selector":{"n":{"$gt":90},"t":"odd"},"limit":2}                   | 91,93       | n  | 4
        {"selector":{"n":{"$gte":0}},"sort":[{"n":"desc"}],"limit":2}       | 99,98       | n  | 3
        {"selector":{"o.d":4,"n":{"$gt":60}}}                               | 64,74,84,94 | od | 4
        {"selector":{"o.d":{"$in":[1,2]},"n":{"$in":[11,12,13]}}}           | 11,12       | od | 2
        {"selector":{"n":{"$lt":5}},"use_index":"p"}                        | 01,03       | p  | 2
        """)
    void find_byIndex_looksAtItsRangesAlone(String body, String expected, String index, int documents) {
        String query = body.substring(0, body.length() - 1) + ",\"execution_stats\":true}";
        Answer answer = find(query);
        assertEquals(expected, ids(answer));
        JsonNode explained = server.post("/db/_explain", body).json();
        assertEquals(index, explained.get("index").get("name").asString());
        assertEquals("index", explained.get("plan").get("access").asString());
        assertFalse(answer.json().has("warning"), answer.text());
        int examined =
                answer.json().get("execution_stats").get("total_docs_examined").asInt();
        assertTrue(examined <= documents + 1, answer.text());
    }

    /** What only has to be an array bounds less than what is compared, which nobody can count before it is built. */
    @Test
    void explain_indexesThatWereNeverBuilt_takesTheOneThatIsCompared() {
        server.put("/fresh", "");
        for (String field : new String[] {"a", "z"}) {
            String body = "{\"index\":{\"fields\":[\"%s\"]},\"ddoc\":\"%s\",\"name\":\"%s\"}";
            assertEquals(
                    200,
                    server.post("/fresh/_index", body.formatted(field, field, field))
                            .status());
        }
        for (String array : new String[] {"{\"$all\":[1]}", "{\"$elemMatch\":{\"$eq\":1}}", "{\"$size\":2}"}) {
            JsonNode explained = server.post("/fresh/_explain", "{\"selector\":{\"z\":7,\"a\":" + array + "}}")
                    .json();
            assertEquals("z", explained.get("index").get("name").asString(), array);
        }
    }

    /** With an index and without, and where the index alone answers. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"n":3}                                 | a,b,c
        {"n":{"$in":[3.00]}}                    | a,b,c
        {"n":{"$gte":30e-1,"$lte":3.0}}         | a,b,c
        {"n":{"$gt":2,"$mod":[2,1]}}            | a,b,c
        {"n":{"$gt":2,"$mod":[2.0,1e0]}}        | a,b,c
        {"n":{"$gt":2,"$not":{"$mod":[2,1]}}}   | d
        {"n":{"$gt":2,"$type":"number"}}        | a,b,c,d
        """)
    void find_equalNumbers_areEqualHoweverTheyAreWritten(String selector, String expected) {
        server.put("/numbers", "");
        server.post(
                "/numbers/_bulk_docs",
                "{\"docs\":[{\"_id\":\"a\",\"n\":3},{\"_id\":\"b\",\"n\":3.0},{\"_id\":\"c\",\"n\":3e0},"
                        + "{\"_id\":\"d\",\"n\":3.5}]}");
        for (String fields : List.of("", ",\"fields\":[\"_id\"]", ",\"fields\":[\"_id\",\"n\"]")) {
            String body = "{\"selector\":" + selector + fields + "}";
            String without = ids(server.post("/numbers/_find", body));
            assertEquals(expected, without, "without an index, " + fields);
        }
        server.post("/numbers/_index", "{\"index\":{\"fields\":[\"n\"]},\"ddoc\":\"n\",\"name\":\"n\"}");
        for (String fields : List.of("", ",\"fields\":[\"_id\"]", ",\"fields\":[\"_id\",\"n\"]")) {
            String body = "{\"selector\":" + selector + fields + "}";
            assertEquals(expected, ids(server.post("/numbers/_find", body)), "with an index, " + fields);
        }
        server.delete("/numbers");
    }

    @Test
    void find_branchesWithAnIndexEach_areAUnion() {
        index("{\"index\":{\"fields\":[\"t\"]},\"ddoc\":\"z\",\"name\":\"t\"}");
        String body = "{\"selector\":{\"$or\":[{\"n\":4},{\"t\":\"odd\"}]},\"limit\":3}";
        assertEquals("01,03,04", ids(find(body)));
        JsonNode plan = server.post("/db/_explain", body).json().get("plan");
        assertEquals("union", plan.get("access").asString(), plan.toString());
        assertEquals(51, plan.get("estimated_rows").asInt());
        assertEquals(200, server.delete("/db/_index/z/json/t").status());
    }

    @Test
    void find_fieldsOfTheIndex_readsNoDocument() {
        Answer answer = find("{\"selector\":{\"o.d\":4,\"n\":{\"$gt\":80}},\"fields\":[\"_id\",\"o.d\",\"n\"],"
                + "\"execution_stats\":true}");
        assertEquals(
                "[{\"_id\":\"84\",\"o\":{\"d\":4},\"n\":84},{\"_id\":\"94\",\"o\":{\"d\":4},\"n\":94}]",
                answer.json().get("docs").toString());
        assertEquals(
                0,
                answer.json().get("execution_stats").get("total_docs_examined").asInt());
    }

    @Test
    void find_afterWrites_isNeverStale() {
        server.put("/w", "");
        server.post("/w/_index", "{\"index\":{\"fields\":[\"n\"]},\"ddoc\":\"n\",\"name\":\"n\"}");
        String query = "{\"selector\":{\"n\":{\"$gte\":1}}}";
        server.post("/w", "{\"_id\":\"a\",\"n\":1}");
        Answer first = server.post("/w/_find", query);
        assertEquals("a", ids(first));
        String revision = first.json().get("docs").get(0).get("_rev").asString();
        server.post("/w", "{\"_id\":\"b\",\"n\":2}");
        assertEquals("a,b", ids(server.post("/w/_find", query)));
        server.post("/w", "{\"_id\":\"a\",\"_rev\":\"" + revision + "\",\"n\":0}");
        Answer last = server.post("/w/_find", query);
        assertEquals("b", ids(last));
        assertFalse(last.json().has("warning"));
        assertEquals("a,b", ids(server.post("/w/_find?block=3", query)), "as it was");
        assertEquals("a", ids(server.post("/w/_find?block=2", query)), "as it was before");
        assertEquals(
                200,
                server.post("/w/_find", "{\"selector\":{\"n\":1},\"update\":false}")
                        .status());
    }

    @Test
    void find_anotherIndexThanAskedFor_saysSo() {
        assertTrue(find("{\"selector\":{\"n\":3},\"use_index\":[\"od\",\"od\"]}")
                .json()
                .get("warning")
                .asString()
                .startsWith("_design/od, od was not used because it is not a valid index for this query."));
        assertEquals(
                "400 invalid_index: _design/od, od specified by `use_index` could not be found or it is not suitable.",
                server.post(
                                "/db/_find",
                                "{\"selector\":{\"n\":3},\"use_index\":\"_design/od/od\",\"allow_fallback\":false}")
                        .refusal());
    }

    @Test
    void find_pagesByIndex_goOnAfterTheBookmark() {
        String query = "{\"selector\":{\"o.d\":{\"$in\":[1,3]},\"n\":{\"$gt\":50}},\"fields\":[\"_id\"],\"limit\":3";
        List<String> paged = new ArrayList<>();
        Answer page = find(query + "}");
        while (!ids(page).isEmpty()) {
            paged.add(ids(page));
            page = find(query + ",\"bookmark\":" + page.json().get("bookmark") + "}");
        }
        assertEquals("[51,61,71, 81,91,53, 63,73,83, 93]", paged.toString());
    }

    @Test
    void explain_candidates_sayWhyNot() {
        JsonNode explained = server.post("/db/_explain", "{\"selector\":{\"n\":{\"$gt\":95}}}")
                .json();
        StringBuilder why = new StringBuilder();
        for (JsonNode candidate : explained.get("index_candidates")) {
            why.append(candidate.get("index").get("name").asString())
                    .append(':')
                    .append(candidate
                            .get("analysis")
                            .get("reasons")
                            .get(0)
                            .get("name")
                            .asString())
                    .append(' ')
                    .append(candidate.get("analysis").get("ranking").asInt())
                    .append(", ");
        }
        assertEquals("p:is_partial 3, od:field_mismatch 2, _all_docs:unfavored_type 1, ", why.toString());
        assertEquals("[95]", explained.get("mrargs").get("start_key").toString());
        assertEquals("[\"<MAX>\"]", explained.get("mrargs").get("end_key").toString());
    }
}
