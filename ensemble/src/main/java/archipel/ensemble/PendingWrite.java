package archipel.ensemble;

import archipel.changes.Deadline;
import archipel.command.Command;
import archipel.command.GroupCommand.Once;
import archipel.command.Outcome;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.log.CommandLog.Applied;
import archipel.log.StateMachine;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A command that was appended on this node, and the future of who waits for it. */
final class PendingWrite<A extends @Nullable Object> implements Outbox.Pending<A> {
    private final long number;
    private final Command<A> command;
    private final Deadline deadline;
    private final Deadline unsentDeadline;
    private final Runnable left;
    private final CompletableFuture<Applied<A>> result = new CompletableFuture<>();
    private volatile @Nullable Once<A> once;
    private volatile @Nullable ByteBuffer bytes;
    private volatile boolean sent;
    private volatile @Nullable Told told;

    /**
     * @param deadline until which its outcome is waited for
     * @param unsentDeadline until which somebody to send it to is waited for
     * @param left called once, when nobody waits for it any more
     */
    PendingWrite(long number, Command<A> command, Deadline deadline, Deadline unsentDeadline, Runnable left) {
        this.number = number;
        this.command = command;
        this.deadline = deadline;
        this.unsentDeadline = unsentDeadline;
        this.left = left;
    }

    CompletableFuture<Applied<A>> result() {
        return result;
    }

    /** Makes it ready, unless it is. */
    synchronized void encode(Origin origin, long settled, StateMachine.Codec codec) {
        if (bytes == null) {
            Once<A> made = new Once<>(origin.member(), origin.run(), number, Math.min(settled, number - 1), command);
            ByteBuffer encoded = ByteBuffer.wrap(codec.encode(made));
            once = made;
            bytes = encoded;
        }
    }

    /** As it is sent, for who need not read its bytes. Null before it is ready. */
    @Nullable
    Once<A> once() {
        return once;
    }

    /** Another member has applied it. */
    void tell(long index, byte[] outcome) {
        told = new Told(index, outcome);
    }

    /** Null as long as no other member has told. */
    @Nullable
    Told told() {
        return told;
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public Command<A> command() {
        return command;
    }

    @Override
    public boolean isReady() {
        return bytes != null;
    }

    @Override
    public ByteBuffer bytes() {
        ByteBuffer encoded = bytes;
        if (encoded == null) {
            throw new IllegalStateException("the command is not encoded");
        }
        return encoded.duplicate();
    }

    @Override
    public void markSent() {
        sent = true;
    }

    @Override
    public boolean isOver() {
        return (sent ? deadline : unsentDeadline).hasPassed();
    }

    /**
     * It was applied, and readers of this node see it.
     *
     * @param outcome of this command
     */
    @SuppressWarnings("unchecked")
    void applied(long index, Outcome<?> came) {
        Outcome<A> outcome = (Outcome<A>) came;
        left.run();
        switch (outcome) {
            case Outcome.Done<A> done -> result.complete(new Applied<>(index, done.answer()));
            case Outcome.Refused<A> refused ->
                result.completeExceptionally(
                        new RequestException(refused.code(), refused.fields().toArray()));
        }
    }

    /** Nobody has applied it in time, as far as this node knows. */
    void undecided() {
        left.run();
        result.completeExceptionally(new RequestException(sent ? ErrorCode.WRITE_UNDECIDED : ErrorCode.NO_MAJORITY));
    }

    /** The node stops. */
    void stopped() {
        left.run();
        result.completeExceptionally(new RequestException(sent ? ErrorCode.WRITE_UNDECIDED : ErrorCode.STOPPING));
    }

    /**
     * What another member has said of a command.
     *
     * @param outcome as the group's codec writes it
     */
    record Told(long index, byte[] outcome) {}
}
