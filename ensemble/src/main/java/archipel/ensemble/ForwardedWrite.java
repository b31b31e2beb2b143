package archipel.ensemble;

import archipel.consensus.Proposal;
import archipel.transport.Exchange;
import java.nio.ByteBuffer;

/** A command of another member that this one has proposed for it. */
final class ForwardedWrite implements Proposal {
    private static final int INDEX_BYTES = 8;

    private final Exchange exchange;

    ForwardedWrite(Exchange exchange) {
        this.exchange = exchange;
    }

    /** @param outcome as the group's codec writes it */
    void applied(long index, byte[] outcome) {
        exchange.answer(ByteBuffer.allocate(INDEX_BYTES).putLong(index).flip(), ByteBuffer.wrap(outcome));
    }

    @Override
    public void failed(Reason reason) {
        exchange.fail(reason.name());
    }
}
