package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.databases.DatabaseEndpoints;
import archipel.databases.IndexCompactor;
import archipel.functions.Functions;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import archipel.http.ToyEngine;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code revs_tree} and {@code stamps}: when and where revisions came to be, what was merged, what was seen. */
class RevisionTreeJsonTest {
    private static final String ONE = "00000000000000a1";
    private static final String TWO = "00000000000000a2";

    private TestServer server;

    @BeforeEach
    void start(@TempDir Path directory) {
        server = new TestServer(
                directory,
                SecurityObject.EVERYONE,
                DocumentGuard.OPEN,
                new Functions(new ToyEngine()),
                (router, services) -> {
                    DatabaseEndpoints.register(router, services, () -> "made", IndexCompactor.NONE);
                    DocumentEndpoints.register(router, services, () -> "made");
                });
        server.put("/db", "");
        server.put("/copy", "");
        write("/db", "['r']", 1_000, ONE, "'n':0");
        write("/db", "['a','r']", 2_000, ONE, "'n':0,'a':1");
        write("/db", "['b','r']", 3_000, TWO, "'n':0,'b':1");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String quoted(String json) {
        return json.replace('\'', '"');
    }

    private void write(String db, String ids, long timeMs, String node, String members) {
        String newest = ids.substring(2, ids.indexOf('\'', 2));
        int start = ids.split(",").length;
        String doc = "{'_id':'doc','_rev':'" + start + "-" + newest + "','_revisions':{'start':" + start + ",'ids':"
                + ids + ",'stamp':{'time':" + timeMs + ",'node':'" + node + "'}}," + members + "}";
        Answer answer = server.post(db + "/_bulk_docs", quoted("{'new_edits':false,'docs':[" + doc + "]}"));
        assertEquals("[]\n", answer.text());
    }

    private JsonNode entry(Answer answer, String rev) {
        for (JsonNode entry : answer.json().path("_revs_tree")) {
            if (entry.path("rev").asString().equals(rev)) {
                return entry;
            }
        }
        throw new AssertionError(rev + " is not in " + answer.text());
    }

    @Test
    void revsTree_ofAConflict_tellsTimesNodesAndWhatWasSeen() {
        Answer answer = server.get("/db/doc?revs_tree=true");
        assertEquals(
                quoted("{'rev':'1-r','parents':[],'status':'available','time':1000,'node':'" + ONE + "'}"),
                entry(answer, "1-r").toString());
        assertEquals(
                quoted("{'rev':'2-b','parents':['1-r'],'status':'available','time':3000,'node':'" + TWO + "','seen':{'"
                        + ONE + "':1000,'" + TWO + "':3000}}"),
                entry(answer, "2-b").toString());
        assertEquals(
                quoted("{'" + ONE + "':2000}"),
                entry(answer, "2-a").path("seen").toString());
        assertFalse(server.get("/db/doc").text().contains("_revs_tree"));
    }

    @Test
    void revsTree_ofAMerge_namesWhatItMerged() {
        Answer merge = server.post("/db/_conflicts/doc", quoted("{'revs':['2-a','2-b'],'merge':'fields'}"));
        String rev = merge.json().path("rev").asString();
        Answer answer = server.get("/db/doc?revs_tree=true");
        assertEquals(quoted("['2-b','2-a']"), entry(answer, rev).path("parents").toString());
        assertEquals(2_000, entry(answer, rev).path("seen").path(ONE).asLong());
        JsonNode tombstone =
                answer.json().path("_revs_tree").path(3).path("rev").asString().equals(rev)
                        ? answer.json().path("_revs_tree").path(4)
                        : answer.json().path("_revs_tree").path(3);
        assertEquals("deleted", tombstone.path("status").asString());
        assertEquals(quoted("['2-a']"), tombstone.path("parents").toString());
    }

    @Test
    void revsTree_ofWhatIsKnownByNameOnly_saysMissing() {
        write("/copy", "['b','r']", 3_000, TWO, "'n':0");
        assertEquals(
                quoted("{'rev':'1-r','parents':[],'status':'missing'}"),
                entry(server.get("/copy/doc?revs_tree=true"), "1-r").toString());
    }

    @Test
    void stamps_askedFor_comeWithRevisionsAndGoOn() {
        Answer plain = server.get("/db/doc?revs=true");
        assertFalse(plain.text().contains("stamp"), plain.text());
        String stamp = quoted("'stamp':{'time':3000,'node':'" + TWO + "'}");
        assertTrue(server.get("/db/doc?revs=true&stamps=true").text().contains(stamp));
        Answer bulk = server.post("/db/_bulk_get?revs=true&stamps=true", quoted("{'docs':[{'id':'doc','rev':'2-b'}]}"));
        assertTrue(bulk.text().contains(stamp), bulk.text());
        String doc = bulk.json()
                .path("results")
                .path(0)
                .path("docs")
                .path(0)
                .path("ok")
                .toString();
        server.post("/copy/_bulk_docs", "{\"new_edits\":false,\"docs\":[" + doc + "]}");
        assertTrue(server.get("/copy/doc?revs=true&stamps=true").text().contains(stamp));
        Answer open = server.get("/db/doc?open_revs=all&revs=true&stamps=true&_=" + ONE);
        assertTrue(open.text().contains("\"time\":2000"), open.text());
    }
}
