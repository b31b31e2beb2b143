package archipel.blocks;

import archipel.changes.Block;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Verifier.Fault;
import archipel.engine.Verifier.Report;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.JsonStream;
import archipel.http.ProgressLines;
import archipel.http.Router;
import archipel.http.Verb;
import java.io.IOException;

/**
 * {@code /{db}/_verify}: computes the chain again from what is stored while others go on writing. Says once a second
 * how far it has come, a JSON object a line, and last what it found.
 */
final class VerifyHandler {
    void register(Router router) {
        router.database("_verify", Access.ADMIN, "GET,POST").get(this::verify).post(this::verify);
    }

    private void verify(DatabaseRequest request, Answer answer) throws IOException {
        JsonStream out = answer.block(request.database().state().head()).feed(200, "application/json");
        if (request.verb() == Verb.HEAD) {
            out.flush();
            out.finish();
            return;
        }
        ProgressLines lines = new ProgressLines(out);
        try {
            // Ends when nobody listens any more.
            Report report = request.database()
                    .verify((database, block, head) -> lines.tell(json -> json.ascii("{\"block\":")
                                    .number(block)
                                    .ascii(",\"of\":")
                                    .number(head)
                                    .ascii("}\n"))
                            && !answer.client().isStopping());
            lines.check();
            write(out.buffer(), report);
        } catch (RequestException e) {
            lines.fail(e);
        }
        out.finish();
    }

    private static void write(JsonBuffer json, Report report) {
        Fault fault = report.fault();
        json.ascii("{\"ok\":").bool(report.complete() && fault == null);
        json.ascii(",\"complete\":").bool(report.complete());
        json.ascii(",\"blocks\":").number(report.blocks());
        json.ascii(",\"changes\":").number(report.changes());
        json.ascii(",\"unproven\":").number(report.unproven());
        Block head = report.head();
        json.ascii(",\"head\":").string(head.toString());
        if (fault != null) {
            json.ascii(",\"fault\":{\"block\":").number(fault.block());
            json.ascii(",\"reason\":").string(fault.what()).ascii('}');
        }
        json.ascii("}\n");
    }
}
