package archipel.blocks;

import archipel.changes.Block;
import archipel.changes.Sequence;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.BlockParameters;
import archipel.http.BlockRefusal;
import archipel.http.DatabaseRequest;
import archipel.http.ETags;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Router;
import archipel.read.DiffCursor;
import archipel.read.DiffCursor.Difference;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;

/**
 * {@code /{db}/_diff?from=&to=}: the documents that changed between two blocks, each once, with its leaves at both, in
 * the order of their newest changes. Pages go on after {@code since}, the {@code last_seq} of the page before.
 */
final class DifferenceHandler {
    void register(Router router) {
        router.database("_diff", Access.MEMBER, "GET,HEAD").get(this::get).closedInSystemDatabases();
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        Parameters parameters = request.parameters();
        request.requireNewest();
        if (!parameters.has("from")) {
            throw new RequestException(ErrorCode.DIFF_FROM);
        }
        Sequence since = Sequence.parse(parameters.get("since", "0"));
        long limit = parameters.nonNegative("limit", Long.MAX_VALUE);
        Block from = named(request, parameters.get("from", ""));
        Block to = parameters.has("to") ? named(request, parameters.get("to", "")) : request.newestBlock();
        if (to.number() < from.number()) {
            throw new RequestException(ErrorCode.DIFF_ORDER);
        }
        try (Reader reader = request.reader()) {
            if (!reader.changes().recognizes(since)) {
                throw new BlockRefusal(ErrorCode.OTHER_HISTORY, request.database(), since.toString(), since.toString())
                        .with("restart", Sequence.ZERO.toString());
            }
            if (answer.block(to).notModified(ETags.of(from + " " + to + " " + since + " " + limit))) {
                return;
            }
            write(answer, reader, from, to, since, limit);
        }
    }

    private static Block named(DatabaseRequest request, String text) {
        return request.blockAt(BlockParameters.anyForm(request, text));
    }

    private static void write(Answer answer, Reader reader, Block from, Block to, Sequence since, long limit)
            throws IOException {
        JsonStream out = answer.stream(200);
        out.buffer()
                .ascii("{\"from\":")
                .string(from.toString())
                .ascii(",\"to\":")
                .string(to.toString());
        out.buffer().ascii(",\"results\":[\n");
        Sequence last = since;
        long left = limit;
        boolean more;
        try (DiffCursor cursor = reader.changes().diff(from, to, since.number())) {
            more = cursor.next();
            for (; more && left > 0; more = cursor.next()) {
                Difference difference = cursor.difference();
                out.buffer().ascii(left-- == limit ? "" : ",\r\n");
                write(out.buffer(), difference);
                out.drain();
                last = difference.sequence();
            }
        }
        last.appendTo(out.buffer().ascii("\n],\n\"last_seq\":"));
        out.buffer().ascii(",\"more\":").bool(more).ascii("}\n");
        out.finish();
    }

    private static void write(JsonBuffer json, Difference difference) {
        difference.sequence().appendTo(json.ascii("{\"seq\":"));
        json.ascii(",\"id\":").string(difference.id());
        leaves(json.ascii(",\"before\":["), difference.before());
        leaves(json.ascii("],\"after\":["), difference.after());
        json.ascii("]}");
    }

    private static void leaves(JsonBuffer json, List<Leaf> leaves) {
        String separator = "";
        for (Leaf leaf : leaves) {
            json.ascii(separator).ascii("{\"rev\":").string(leaf.revision().toString());
            json.ascii(leaf.deleted() ? ",\"deleted\":true}" : "}");
            separator = ",";
        }
    }
}
