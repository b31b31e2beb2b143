package archipel.ensemble;

import archipel.consensus.Proposal;
import archipel.transport.Exchange;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A command of another member that this one has proposed for it. Where applying fails, both those who apply and those
 * who hold the proposal tell so: the first counts.
 */
final class ForwardedWrite implements Proposal {
    private static final int INDEX_BYTES = 8;

    private final Exchange exchange;
    private final AtomicBoolean ended = new AtomicBoolean();

    ForwardedWrite(Exchange exchange) {
        this.exchange = exchange;
    }

    /** @param outcome as the group's codec writes it */
    void applied(long index, byte[] outcome) {
        if (ended.compareAndSet(false, true)) {
            exchange.answer(ByteBuffer.allocate(INDEX_BYTES).putLong(index).flip(), ByteBuffer.wrap(outcome));
        }
    }

    @Override
    public void failed(Reason reason) {
        if (ended.compareAndSet(false, true)) {
            exchange.fail(reason.name());
        }
    }
}
