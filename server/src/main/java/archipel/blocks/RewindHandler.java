package archipel.blocks;

import archipel.access.DatabaseGate;
import archipel.changes.Block;
import archipel.command.RewindResult;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.BlockParameters;
import archipel.http.DatabaseRequest;
import archipel.http.Router;
import archipel.read.Reader;
import java.io.IOException;
import tools.jackson.databind.JsonNode;

/**
 * POST to {@code /{db}/_rewind}: puts the documents back as they stood at {@code block} (a number, a hash, both, or a
 * time), in a new block. Answers 201 with that block, or 200 with the head where nothing had to change. For admins of
 * the database; of that of users and of {@code _replicator} for server admins.
 */
final class RewindHandler {
    private final DatabaseGate gate;

    RewindHandler(DatabaseGate gate) {
        this.gate = gate;
    }

    void register(Router router) {
        router.database("_rewind", Access.MAINTAINER, "POST").post(this::rewind).closedInSystemDatabases();
    }

    private void rewind(DatabaseRequest request, Answer answer) throws IOException {
        request.requireNewest();
        Database database = request.database();
        Block to = block(request);
        Block before = database.state().head();
        RewindResult result = gate.rewind(request.user(), database, to);
        boolean made = result.head().number() > before.number();
        if (made) {
            AdminLog.record(request, "database_rewound", database.name());
        }
        JsonBuffer json = new JsonBuffer(256).ascii("{\"ok\":true,\"block\":");
        json.string(result.head().toString());
        json.ascii(",\"to\":").string(to.toString());
        json.ascii(",\"restored\":").number(result.restored());
        json.ascii(",\"deleted\":").number(result.deleted());
        json.ascii(",\"closed_conflicts\":").number(result.closedConflicts());
        json.ascii(",\"skipped\":").number(result.skipped()).ascii('}');
        answer.block(result.head()).json(made ? 201 : 200, json);
    }

    // One that is not there yet is no block to go back to, however soon it comes.
    private static Block block(DatabaseRequest request) throws IOException {
        JsonNode given = request.body().requireJson().jsonObject().get("block");
        if (given == null || given.isNull()) {
            throw new RequestException(ErrorCode.REWIND_BLOCK);
        }
        String text = given.isString() ? given.stringValue() : given.toString();
        BlockParameters wanted = BlockParameters.anyForm(request, text).withoutWaiting();
        try (Reader reader = request.readerAt(wanted)) {
            return reader.block();
        }
    }
}
