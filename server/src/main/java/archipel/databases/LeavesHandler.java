package archipel.databases;

import archipel.document.JsonBuffer;
import archipel.document.Leaf;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.JsonStream;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.read.CopyWalk;
import archipel.read.Reader;
import java.io.IOException;

/**
 * {@code _leaves}, which CouchDB does not have: which revisions all documents have, in pages, in the order in which
 * they are best copied. Whoever has read it to its end, and then the changes after the {@code last_seq} of its first
 * page, has seen all.
 */
final class LeavesHandler {
    private static final int PAGE = 1000;

    void register(Router router) {
        router.database("_leaves", Access.MEMBER, "GET,HEAD")
                .get(this::get)
                .closedInSystemDatabases()
                .peers(Verb.GET);
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        long limit = request.parameters().nonNegative("limit", PAGE);
        try (Reader reader = request.reader();
                CopyWalk walk = reader.documents().copyWalk(request.parameters().get("after"))) {
            JsonStream out = answer.stream(200);
            JsonBuffer json = out.buffer().ascii("{\"last_seq\":");
            reader.block().lastSequence().appendTo(json);
            json.ascii(",\"total\":");
            json.number(reader.documents().count() + reader.documents().deletedCount());
            json.ascii(",\"results\":[");
            String separator = "\n";
            boolean more = walk.next();
            for (long rows = 0; more && rows < limit; rows++) {
                row(out.buffer().ascii(separator), walk);
                separator = ",\n";
                out.drain();
                more = walk.next();
            }
            out.buffer().ascii("\n],\"more\":").ascii(more ? "true}\n" : "false}\n");
            out.finish();
        }
    }

    private static void row(JsonBuffer json, CopyWalk walk) {
        json.ascii("{\"id\":").string(walk.id()).ascii(",\"changes\":[{\"rev\":");
        String separator = "";
        for (Leaf leaf : walk.leaves()) {
            json.ascii(separator).string(leaf.revision().toString());
            separator = "},{\"rev\":";
        }
        json.ascii("}]}");
    }
}
