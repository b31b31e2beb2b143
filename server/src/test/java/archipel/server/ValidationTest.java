package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.read.BlockCursor;
import archipel.read.ChangeCursor;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code validate_doc_update} as selectors, on every way in which documents are written. */
class ValidationTest {
    private static final String REFUSED = "403 {\"error\":\"forbidden\",\"reason\":\"document is not valid\"}";

    @TempDir
    Path data = Path.of("");

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(data);
        server.put("/db", "");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Every document needs a number {@code n}. */
    private void demandNumbers() throws IOException {
        rule("numbers", "{'newDoc':{'n':{'$type':'number'}}}");
    }

    private String rule(String name, String selector) throws IOException {
        return revision(put("_design/" + name, "{'language':'query','validate_doc_update':" + selector + "}"));
    }

    @Test
    void put_withoutWhatIsDemanded_isForbidden() throws IOException {
        demandNumbers();
        assertEquals(REFUSED, put("x", "{'n':'1'}").toString());
        assertEquals(404, server.get("/db/x").status());
        assertEquals(201, put("x", "{'n':1}").status());
        assertEquals(201, put("_design/other", "{'n':'1'}").status());
        assertEquals(201, put("_local/x", "{'n':'1'}").status());
    }

    @Test
    void everyWayToWrite_withoutWhatIsDemanded_isForbidden() throws IOException {
        put("bad", "{}");
        demandNumbers();
        String revision = revision(put("good", "{'n':1}"));
        String bad = server.get("/db/bad").header("ETag").replace("\"", "");
        assertEquals(REFUSED, server.post("/db", "{}").toString());
        assertEquals(REFUSED, server.delete("/db/good?rev=" + revision).toString());
        assertEquals(REFUSED, copy("bad", "other").toString());
        assertEquals(REFUSED, server.put("/db/bad/a.txt?rev=" + bad, "text").toString());
        assertEquals(REFUSED, server.put("/db/new/a.txt", "text").toString());
        assertEquals(202, put("batched?batch=ok", "{}").status());
        assertEquals(404, server.get("/db/batched").status());
        assertEquals(REFUSED, put("x?new_edits=false", "{'_rev':'1-a'}").toString());
        assertEquals(201, copy("good", "other").status());
        assertEquals(201, server.put("/db/good/a.txt?rev=" + revision, "text").status());
    }

    @Test
    void bulk_someRefused_areRowsAmongTheOthers() throws IOException {
        demandNumbers();
        String rows = "201 [{\"ok\":true,\"id\":\"a\",\"rev\":\"R\"},"
                + "{\"id\":\"b\",\"error\":\"forbidden\",\"reason\":\"document is not valid\"},"
                + "{\"ok\":true,\"id\":\"c\",\"rev\":\"R\"}]";
        Answer answer = bulk("{'docs':[{'_id':'a','n':1},{'_id':'b'},{'_id':'c','n':2}]}");
        assertEquals(rows, answer.toString().replaceAll("1-[0-9a-f]{32}", "R"));
        assertEquals(404, server.get("/db/b").status());
    }

    @Test
    void bulk_madeElsewhere_namesOnlyTheRefused() throws IOException {
        put("known", "{}");
        String known = revision(put("known2", "{}"));
        demandNumbers();
        Answer answer = bulk("{'new_edits':false,'docs':[{'_id':'a','_rev':'1-a','n':1},{'_id':'b','_rev':'1-b'},"
                + "{'_id':'known2','_rev':'" + known + "'}]}");
        assertEquals(
                "201 [{\"id\":\"b\",\"rev\":\"1-b\",\"error\":\"forbidden\",\"reason\":\"document is not valid\"}]",
                answer.toString());
        assertEquals(200, server.get("/db/a").status());
    }

    @Test
    void bulk_atomicWithOneRefused_storesNothing() throws IOException {
        demandNumbers();
        Answer answer = bulk("{'atomic':true,'docs':[{'_id':'a','n':1},{'_id':'b'}]}");
        assertEquals(409, answer.status());
        assertTrue(answer.body().contains("{\"id\":\"b\",\"error\":\"forbidden\""), answer.body());
        assertEquals(404, server.get("/db/a").status());
    }

    @Test
    void bulk_designDocumentThatIsNone_isARow() throws IOException {
        Answer answer = bulk("{'docs':[{'_id':'_design/x','views':1},{'_id':'a'}]}");
        assertTrue(
                answer.body()
                        .startsWith("[{\"id\":\"_design/x\",\"error\":\"invalid_design_doc\","
                                + "\"reason\":\"`views` field must have object type\"},{\"ok\":true"),
                answer.body());
        assertEquals(
                "400 {\"error\":\"invalid_design_doc\",\"reason\":\"`views` field must have object type\"}",
                put("_design/x", "{'views':1}").toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'views':{'v':{'map':'function(d){}','reduce':'_average'}} | invalid_design_doc",
                "'views':{'v':{'map':'function(d){}','reduce':'_SUM'}}     | invalid_design_doc",
                "'views':{'v':{'map':'function(d){}','reduce':'_top_0'}}   | invalid_design_doc",
                "'views':{'v':{'map':'function(d{}'}}                      | compilation_error",
                "'views':{'v':{'map':'function(d){}','reduce':'1'}}        | compilation_error",
                "'language':'query','validate_doc_update':{'newDoc':{'a':{'$what':1}}} | invalid_operator",
                "'language':'query','validate_doc_update':{'a':{'$mod':1}} | bad_arg",
                "'language':'query','validate_doc_update':{'a':{'$text':1}} | not_supported",
                "'language':'query','validate_doc_update':{'a..b':1}       | invalid_field_name"
            })
    void bulk_designDocumentThatIsRefused_isARowWhateverItIsRefusedFor(String members, String error)
            throws IOException {
        for (String edits : List.of("", "'new_edits':false,")) {
            String revision = edits.isEmpty() ? "" : ",'_rev':'1-a'";
            Answer answer = bulk("{" + edits + "'docs':[{'_id':'_design/x'" + revision + "," + members
                    + "},{'_id':'beside" + edits.length() + "'" + revision + "}]}");
            assertEquals(201, answer.status(), answer.body());
            assertEquals(error, answer.json().get(0).get("error").asString(), answer.body());
            assertEquals(200, server.get("/db/beside" + edits.length()).status());
            assertEquals(404, server.get("/db/_design/x").status());
        }
    }

    @Test
    void oldDocument_ofAnEdit_isWhatItReplaces() throws IOException {
        rule("growing", "{'$or':[{'oldDoc':null},{'oldDoc':{'open':true},'newDoc':{'_rev':{'$regex':'^1-'}}}]}");
        String open = revision(put("x", "{'open':true}"));
        String closed = revision(put("x?rev=" + open, "{'open':false}"));
        assertEquals(REFUSED, put("x?rev=" + closed, "{'open':true}").toString());
        assertEquals(409, put("x?rev=" + open, "{'open':true}").status());
        String other = revision(put("y", "{}"));
        assertEquals(REFUSED, server.delete("/db/y?rev=" + other).toString());
    }

    @Test
    void oldDocument_ofARevisionMadeElsewhere_isItsNearestAncestor() throws IOException {
        rule("chain", "{'newDoc':{'_rev':{'$regex':'-(a|c)$'}},'$or':[{'oldDoc':null},{'oldDoc':{'_rev':'1-a'}}]}");
        assertEquals(201, put("x?new_edits=false", "{'_rev':'1-a'}").status());
        String third = "{'_revisions':{'start':3,'ids':['c','b','a']}}";
        assertEquals(201, put("x?new_edits=false", third).status());
        String fourth = "{'_revisions':{'start':4,'ids':['a','c','b','a']}}";
        assertEquals(REFUSED, put("x?new_edits=false", fourth).toString());
        assertEquals(201, put("x?new_edits=false", third).status());
    }

    @Test
    void deletedRules_areNoLongerInForce() throws IOException {
        String revision = rule("numbers", "{'newDoc':{'n':{'$type':'number'}}}");
        assertEquals(403, put("x", "{}").status());
        server.delete("/db/_design/numbers?rev=" + revision);
        assertEquals(201, put("x", "{}").status());
    }

    @Test
    void recreation_ofADeletedDocument_hasNoOldDocument() throws IOException {
        String revision = revision(put("x", "{}"));
        server.delete("/db/x?rev=" + revision);
        rule("new", "{'oldDoc':null,'newDoc':{'_rev':{'$exists':false}}}");
        assertEquals(201, put("x", "{}").status());
    }

    @Test
    void unknownLanguage_letsNothingPast() throws IOException {
        put("_design/x", "{'language':'erlang','validate_doc_update':'fun'}");
        assertEquals(
                "500 {\"error\":\"unknown_query_language\",\"reason\":\"erlang\"}",
                put("a", "{}").toString());
    }

    /** While writers write, the rule changes: each document has to be one that the rule of its moment accepts. */
    @Test
    void manyWriters_whileRulesChange_nothingSlipsThrough() throws Exception {
        List<Future<?>> tasks = new ArrayList<>();
        rule("version", "{'newDoc':{'v':0}}");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int writer = 0; writer < 6; writer++) {
                int number = writer;
                tasks.add(threads.submit(() -> {
                    for (int i = 0; i < 60; i++) {
                        // Whichever version is in force, one of the three is what it wants.
                        bulk("{'docs':[{'_id':'a" + number + "-" + i + "','v':0},{'_id':'b" + number + "-" + i
                                + "','v':1},{'_id':'c" + number + "-" + i + "','v':2}]}");
                    }
                    return null;
                }));
            }
            tasks.add(threads.submit(() -> {
                for (int i = 1; i <= 60; i++) {
                    String revision =
                            server.get("/db/_design/version").header("ETag").replace("\"", "");
                    put(
                            "_design/version?rev=" + revision,
                            "{'language':'query','validate_doc_update':{'newDoc':{'v':" + i % 3 + "}}}");
                }
                return null;
            }));
        }
        for (Future<?> task : tasks) {
            task.get();
        }
        assertEquals(360, documentsThatTheRuleOfTheirMomentAccepts());
    }

    private int documentsThatTheRuleOfTheirMomentAccepts() {
        JsonMapper mapper = new JsonMapper();
        int documents = 0;
        int version = 0;
        try (Reader reader = server.server().node().database("db").door().newest(Visibility.EVERYTHING)) {
            BlockCursor blocks = reader.blocks().after(0, false);
            while (blocks.next()) {
                int next = version;
                try (ChangeCursor changes = reader.changes().of(blocks.block())) {
                    while (changes.next()) {
                        var revision = changes.change().leaves().getFirst().revision();
                        if (changes.change().id().startsWith("_design/")) {
                            next = (revision.generation() - 1) % 3;
                        } else {
                            JsonNode document = mapper.readTree(reader.documents()
                                    .leafBody(changes.change().id(), revision)
                                    .json());
                            assertEquals(version, document.get("v").intValue());
                            documents++;
                        }
                    }
                }
                version = next;
            }
        }
        return documents;
    }

    private Answer put(String target, String json) throws IOException {
        return server.put("/db/" + target, json.replace('\'', '"'));
    }

    private Answer bulk(String json) throws IOException {
        return server.post("/db/_bulk_docs", json.replace('\'', '"'));
    }

    private Answer copy(String from, String to) throws IOException {
        return server.send("COPY", "/db/" + from, null, "Authorization", TestServer.ROOT, "Destination", to);
    }

    private static String revision(Answer answer) {
        int at = answer.body().indexOf("\"rev\":\"");
        if (at < 0) {
            throw new AssertionError(answer);
        }
        return answer.body().substring(at + 7, answer.body().indexOf('"', at + 7));
    }
}
