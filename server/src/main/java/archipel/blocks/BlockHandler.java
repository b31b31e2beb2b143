package archipel.blocks;

import archipel.changes.Block;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.BlockParameters;
import archipel.http.DatabaseRequest;
import archipel.http.Router;
import java.io.IOException;

/**
 * {@code /{db}/_block}: the head, or the block that the parameters of pinned reads name; {@code
 * /{db}/_block/{number|0xhash}}: that one, however old.
 */
final class BlockHandler {
    void register(Router router) {
        router.databaseTree("_block", Access.MEMBER, "GET,HEAD").get(this::get);
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        BlockParameters wanted = request.wantedBlock();
        if (request.path().size() > 2) {
            if (request.path().size() > 3) {
                throw new RequestException(ErrorCode.MISSING);
            }
            request.requireNewest();
            wanted = BlockParameters.exactly(request, request.path().segment(2));
        }
        Block block = request.blockAt(wanted);
        if (answer.block(block).notModified("\"0x" + block.hashText() + '"')) {
            return;
        }
        answer.json(200, BlockJson.begin(new JsonBuffer(384), block).ascii('}'));
    }
}
