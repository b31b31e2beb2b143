package archipel.blocks;

import archipel.changes.Block;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.BlockParameters;
import archipel.http.Exchange;
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

    private void get(Exchange exchange) throws IOException {
        BlockParameters wanted = exchange.wantedBlock();
        if (exchange.path().size() > 2) {
            if (exchange.path().size() > 3) {
                throw new RequestException(ErrorCode.MISSING);
            }
            exchange.requireNewest();
            wanted = BlockParameters.exactly(exchange, exchange.path().segment(2));
        }
        Block block = exchange.blockAt(wanted);
        if (exchange.block(block).notModified("\"0x" + block.hashText() + '"')) {
            return;
        }
        exchange.json(200, BlockJson.begin(new JsonBuffer(384), block).ascii('}'));
    }
}
