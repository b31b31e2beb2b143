package archipel.blocks;

import archipel.changes.Block;
import archipel.document.JsonBuffer;
import archipel.engine.Verifier.Fault;
import archipel.engine.Verifier.Progress;
import archipel.engine.Verifier.Report;
import archipel.http.Access;
import archipel.http.Exchange;
import archipel.http.JsonStream;
import archipel.http.Router;
import archipel.http.Stopwatch;
import archipel.http.Verb;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * {@code /{db}/_verify}: computes the chain again from what is stored while others go on writing. Says once a second
 * how far it has come, a JSON object a line, and last what it found.
 */
final class VerifyHandler {
    private static final long SIGN_EVERY_MS = 1000;

    void register(Router router) {
        router.database("_verify", Access.ADMIN, "GET,POST").get(this::verify).post(this::verify);
    }

    private void verify(Exchange exchange) throws IOException {
        JsonStream out = exchange.head().feed(200, "application/json");
        if (exchange.verb() == Verb.HEAD) {
            out.flush();
            out.finish();
            return;
        }
        Signs signs = new Signs(exchange, out);
        Report report = exchange.database().verify(signs);
        if (signs.failure != null) {
            throw signs.failure;
        }
        write(out.buffer(), report);
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

    /** Tells the client how far it is; ends the run when nobody listens any more. */
    private static final class Signs implements Progress {
        private final Exchange exchange;
        private final JsonStream out;
        private final Stopwatch stopwatch = new Stopwatch();
        private long lastMs;
        private @Nullable IOException failure;

        private Signs(Exchange exchange, JsonStream out) {
            this.exchange = exchange;
            this.out = out;
        }

        @Override
        public boolean at(String database, long block, long head) {
            if (stopwatch.milliseconds() - lastMs >= SIGN_EVERY_MS) {
                lastMs = stopwatch.milliseconds();
                out.buffer()
                        .ascii("{\"block\":")
                        .number(block)
                        .ascii(",\"of\":")
                        .number(head)
                        .ascii("}\n");
                try {
                    out.flush();
                } catch (IOException e) {
                    failure = e;
                    return false;
                }
            }
            return !exchange.isStopping();
        }
    }
}
