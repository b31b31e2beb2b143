package archipel.databases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.documents.DocumentEndpoints;
import archipel.functions.Functions;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import archipel.http.ToyEngine;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConflictHandlerTest {
    private static final AtomicLong COUNT = new AtomicLong();
    private static TestServer server;
    private String db;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = new TestServer(
                directory,
                SecurityObject.EVERYONE,
                DocumentGuard.OPEN,
                new Functions(new ToyEngine()),
                (router, services) -> {
                    DatabaseEndpoints.register(
                            router, services, () -> "made-" + COUNT.incrementAndGet(), IndexCompactor.NONE);
                    DocumentEndpoints.register(router, services, () -> "made-" + COUNT.incrementAndGet());
                });
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void makeDatabase() {
        server.as("admin");
        db = "/db" + COUNT.incrementAndGet();
        server.put(db, "");
    }

    private static String quoted(String json) {
        return json.replace('\'', '"');
    }

    /** Leaves 2-b, which wins, and 2-a, of a first revision 1-r. */
    private void conflict(String id) {
        String revisions = "'_revisions':{'start':2,'ids':['%s','r']},";
        String docs = "{'new_edits':false,'docs':["
                + "{'_id':'ID','_rev':'1-r','a':1,'b':1},"
                + ("{'_id':'ID','_rev':'2-a'," + revisions.formatted("a") + "'a':2,'b':1,"
                        + "'_attachments':{'t':{'data':'aGVsbG8=','revpos':2}}},")
                + ("{'_id':'ID','_rev':'2-b'," + revisions.formatted("b") + "'a':1,'b':2}]}");
        assertEquals(
                201,
                server.post(db + "/_bulk_docs", quoted(docs.replace("ID", id))).status());
    }

    private Answer resolve(String id, String json) {
        return server.post(db + "/_conflicts/" + id, quoted(json));
    }

    private static void assertError(int status, String error, Answer answer) {
        assertEquals(status, answer.status(), answer.text());
        assertTrue(answer.text().contains("\"error\":\"" + error + "\""), answer.text());
    }

    @Test
    void list_conflicts_namesLeavesAndPages() {
        conflict("a");
        conflict("b");
        conflict("c");
        server.put(db + "/plain", "{}");
        String value = "'value':{'rev':'2-b','conflicts':['2-a']}";
        String row = "{'id':'%1$s','key':'%1$s'," + value + "}";
        assertEquals(
                quoted("{'rows':[\r\n" + row.formatted("a") + ",\r\n" + row.formatted("b") + ",\r\n"
                        + row.formatted("c") + "\r\n]}\n"),
                server.get(db + "/_conflicts").text());
        assertEquals(
                quoted("{'rows':[\r\n" + row.formatted("b") + "\r\n]}\n"),
                server.get(db + "/_conflicts?startkey=%22a%22&skip=1&limit=1").text());
        assertEquals(
                quoted("{'rows':[\r\n" + row.formatted("c") + ",\r\n" + row.formatted("b") + "\r\n]}\n"),
                server.get(db + "/_conflicts?descending=true&endkey=%22b%22").text());
        assertEquals(
                quoted("{'rows':[\r\n]}\n"),
                server.get(db + "/_conflicts?limit=0").text());
        assertEquals(
                quoted("{'rev':'2-b','conflicts':['2-a']}\n"),
                server.get(db + "/_conflicts/a").text());
        assertError(404, "not_found", server.get(db + "/_conflicts/none"));
    }

    @Test
    void list_atAnEarlierBlock_isAsItWasThen() {
        conflict("a");
        String block = server.get(db + "/_conflicts").header("Archipel-Block");
        assertEquals(201, resolve("a", "{'revs':['2-a','2-b'],'winner':'2-a'}").status());
        assertEquals(quoted("{'rows':[\r\n]}\n"), server.get(db + "/_conflicts").text());
        assertTrue(server.get(db + "/_conflicts?block=" + block).text().contains("2-a"));
    }

    @Test
    void resolve_withADocument_replacesAllLeaves() {
        conflict("a");
        Answer answer =
                resolve("a", "{'revs':['2-a','2-b'],'doc':{'z':1.50,'a':3,'_attachments':{'t':{'stub':true}}}}");
        assertEquals(201, answer.status(), answer.text());
        Answer read = server.get(db + "/a?conflicts=true&deleted_conflicts=true");
        assertEquals(answer.json().path("rev"), read.json().path("_rev"));
        assertTrue(read.text().contains("\"z\":1.50,\"a\":3"), read.text());
        assertEquals("hello", server.get(db + "/a/t").text());
        assertEquals(
                3, read.json().path("_attachments").path("t").path("revpos").asInt());
        assertTrue(read.json().path("_conflicts").isMissingNode());
        assertEquals(1, read.json().path("_deleted_conflicts").size());
    }

    @Test
    void resolve_withADeletion_deletesTheDocument() {
        conflict("a");
        assertEquals(
                201,
                resolve("a", "{'revs':['2-a','2-b'],'doc':{'_deleted':true}}").status());
        assertError(404, "not_found", server.get(db + "/a"));
    }

    @Test
    void resolve_withTheWinner_makesNoRevision() {
        conflict("a");
        Answer answer = resolve("a", "{'revs':['2-b','2-a'],'winner':'2-b'}");
        assertEquals(quoted("{'ok':true,'id':'a','rev':'2-b'}\n"), answer.text());
        assertEquals(quoted("{'rows':[\r\n]}\n"), server.get(db + "/_conflicts").text());
    }

    @Test
    void resolve_withAnotherLeaf_putsItsContentOnTheWinnersBranch() {
        conflict("a");
        Answer answer = resolve("a", "{'revs':['2-b','2-a'],'winner':'2-a'}");
        assertTrue(answer.json().path("rev").asString().startsWith("3-"), answer.text());
        Answer read = server.get(db + "/a?revs=true");
        assertEquals(2, read.json().path("a").asInt());
        assertEquals("b", read.json().path("_revisions").path("ids").path(1).asString());
        assertEquals(5, server.get(db + "/a/t").text().length());
    }

    @Test
    void resolve_byAPolicy_merges() {
        conflict("a");
        assertEquals(
                201, resolve("a", "{'revs':['2-b','2-a'],'merge':'fields'}").status());
        Answer read = server.get(db + "/a");
        assertEquals(2, read.json().path("a").asInt());
        assertEquals(2, read.json().path("b").asInt());
        assertEquals(
                3, read.json().path("_attachments").path("t").path("revpos").asInt());
    }

    @Test
    void resolve_whatCannotBe_isRefused() {
        conflict("a");
        conflict("c");
        assertError(409, "conflict", resolve("a", "{'revs':['2-b'],'winner':'2-b'}"));
        assertError(409, "conflict", resolve("a", "{'revs':['2-b','2-a','2-c'],'winner':'2-b'}"));
        assertError(404, "not_found", resolve("none", "{'revs':['2-b'],'winner':'2-b'}"));
        for (String malformed : new String[] {
            "{}",
            "{'revs':['2-b','2-a']}",
            "{'revs':[],'winner':'2-b'}",
            "{'revs':[1],'winner':'2-b'}",
            "{'revs':['2-b','2-a'],'winner':'2-c'}",
            "{'revs':['2-b','2-a'],'winner':'2-b','merge':'fields'}",
            "{'revs':['2-b','2-a'],'merge':'magic'}",
            "{'revs':['2-b','2-a'],'doc':5}",
            "[]",
            "{"
        }) {
            assertError(400, "bad_request", resolve("a", malformed));
        }
        assertError(405, "method_not_allowed", server.post(db + "/_conflicts", "{}"));
        // Both changed the same member.
        server.post(
                db + "/_bulk_docs",
                quoted("{'new_edits':false,'docs':[{'_id':'c','_rev':'3-z','a':7,'b':2,"
                        + "'_revisions':{'start':3,'ids':['z','b','r']}}]}"));
        assertError(409, "conflict", resolve("c", "{'revs':['3-z','2-a'],'merge':'fields'}"));
    }

    @Test
    void merge_policy_isSetByAdminsAlone() {
        assertEquals(quoted("{'policy':'keep'}\n"), server.get(db + "/_merge").text());
        String text = "{'policy':'text','fields':['body']}";
        assertEquals(200, server.put(db + "/_merge", quoted(text)).status());
        assertEquals(quoted(text) + "\n", server.get(db + "/_merge").text());
        assertError(400, "bad_request", server.put(db + "/_merge", quoted("'text'")));
        assertError(400, "bad_request", server.put(db + "/_merge", quoted("{'policy':'fields','fields':['a']}")));
        assertEquals(
                403, server.as("alice").put(db + "/_merge", quoted("'fields'")).status());
        assertEquals(quoted(text) + "\n", server.get(db + "/_merge").text());
        assertEquals(401, server.as("").put(db + "/_merge", quoted("'fields'")).status());
    }
}
