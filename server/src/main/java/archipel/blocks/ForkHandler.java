package archipel.blocks;

import archipel.access.DatabaseGate;
import archipel.changes.Block;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.BlockParameters;
import archipel.http.BlockRefusal;
import archipel.http.DatabaseRequest;
import archipel.http.Router;
import archipel.mime.PercentCoding;
import archipel.read.Reader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * POST to {@code /{db}/_fork}: makes a database {@code target} with the documents of {@code block} (a number, a hash,
 * both, or a time; the newest where it is left out). Nobody sees it before it is whole. For server admins, as is making
 * any.
 */
final class ForkHandler {
    private final DatabaseGate gate;

    ForkHandler(DatabaseGate gate) {
        this.gate = gate;
    }

    void register(Router router) {
        router.database("_fork", Access.ADMIN, "POST").post(this::fork);
    }

    private void fork(DatabaseRequest request, Answer answer) throws IOException {
        Database source = request.database();
        ObjectNode body = request.body().requireJson().jsonObject();
        JsonNode target = body.get("target");
        if (target == null || !target.isString()) {
            throw new RequestException(ErrorCode.FORK_TARGET);
        }
        String name = target.stringValue();
        Names.validateDatabaseName(name);
        Block block = block(request, body.get("block"));
        Database made = gate.fork(request.user(), source, name, block.hash());
        AdminLog.record(request, "database_created", name);
        JsonBuffer json = new JsonBuffer(320).ascii("{\"ok\":true,\"target\":").string(name);
        json.ascii(",\"block\":").string(block.toString());
        json.ascii(",\"head\":").string(made.state().head().toString()).ascii('}');
        answer.block(block)
                .set("Location", request.origin() + '/' + PercentCoding.encode(name))
                .json(201, json);
    }

    private static Block block(DatabaseRequest request, @Nullable JsonNode given) {
        BlockParameters wanted = request.wantedBlock();
        if (given != null && !given.isNull()) {
            String text = given.isString() ? given.stringValue() : given.toString();
            if (wanted.pins()) {
                throw new BlockRefusal(ErrorCode.TWO_BLOCKS, request.database(), text, "block", "block");
            }
            wanted = BlockParameters.anyForm(request, text);
        }
        try (Reader reader = request.readerAt(wanted)) {
            return reader.block();
        }
    }
}
