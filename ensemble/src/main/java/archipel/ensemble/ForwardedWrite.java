package archipel.ensemble;

import archipel.command.Command;
import archipel.command.GroupCommand.Once;
import archipel.consensus.Proposal;
import archipel.log.StateMachine;
import archipel.transport.Exchange;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A command of another member that this one proposes for it. It is decoded before that: once in the log, bytes that are
 * no command would stop the group on all members, for good. What was decoded is what is applied here, so it costs
 * nothing more. Where applying fails, both those who apply and those who hold the proposal tell so: the first counts.
 */
final class ForwardedWrite implements Proposal {
    private static final System.Logger LOG = System.getLogger(ForwardedWrite.class.getName());
    private static final int INDEX_BYTES = 8;
    /** A longer command is decoded again when it is applied, rather than kept beside its bytes until then. */
    private static final int LONGEST_KEPT_BYTES = 64 << 10;

    private final Exchange exchange;
    private final @Nullable Command<?> command;
    private final AtomicBoolean ended = new AtomicBoolean();

    private ForwardedWrite(Exchange exchange, @Nullable Command<?> command) {
        this.exchange = exchange;
        this.command = command;
    }

    /**
     * Decodes a command.
     *
     * @param bytes left as they are
     * @return null where the bytes are none that a member sends, which the sender was told
     */
    static @Nullable ForwardedWrite read(ByteBuffer bytes, StateMachine.Codec codec, Exchange exchange) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        try {
            // Any other would apply twice when it is sent again.
            if (codec.decode(copy) instanceof Once<?> once) {
                return new ForwardedWrite(exchange, copy.length <= LONGEST_KEPT_BYTES ? once : null);
            }
            LOG.log(System.Logger.Level.ERROR, "a command of another member is refused: it has no number");
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a command of another member is refused: {0}", String.valueOf(e));
        }
        exchange.fail("the command cannot be decoded");
        return null;
    }

    /** As its bytes have it, without a time; null where it is to be decoded from the log. */
    @Nullable
    Command<?> command() {
        return command;
    }

    /** @param outcome as the group's codec writes it */
    void applied(long index, byte[] outcome) {
        if (ended.compareAndSet(false, true)) {
            exchange.answer(ByteBuffer.allocate(INDEX_BYTES).putLong(index).flip(), ByteBuffer.wrap(outcome));
        }
    }

    @Override
    public void failed() {
        if (ended.compareAndSet(false, true)) {
            exchange.fail("nothing came of it on the leader");
        }
    }
}
