package archipel.ensemble;

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
    private final long stream;
    private final long deadlineMs;
    private final long unsentDeadlineMs;
    private final Runnable left;
    private final CompletableFuture<Applied<A>> result = new CompletableFuture<>();
    private volatile @Nullable Once<A> once;
    private volatile @Nullable ByteBuffer bytes;
    private StateMachine.@Nullable Codec encoding;
    private volatile boolean sent;
    private volatile @Nullable Told told;

    /**
     * @param stream as {@link Command#stream}
     * @param deadlineMs until which its outcome is waited for, on the clock that {@link #isOver} is given
     * @param unsentDeadlineMs until which somebody to send it to is waited for
     * @param left called once, when nobody waits for it any more
     */
    PendingWrite(long number, Command<A> command, long stream, long deadlineMs, long unsentDeadlineMs, Runnable left) {
        this.number = number;
        this.command = command;
        this.stream = stream;
        this.deadlineMs = deadlineMs;
        this.unsentDeadlineMs = unsentDeadlineMs;
        this.left = left;
    }

    CompletableFuture<Applied<A>> result() {
        return result;
    }

    /**
     * Makes it ready, unless it is.
     *
     * @param before the command that it is to come after
     */
    synchronized void encode(Origin origin, long before, StateMachine.Codec codec) {
        if (bytes == null) {
            put(new Once<>(origin.member(), origin.run(), number, before, command), codec);
        }
    }

    private void put(Once<A> made, StateMachine.Codec codec) {
        ByteBuffer encoded = ByteBuffer.wrap(codec.encode(made));
        encoding = codec;
        once = made;
        bytes = encoded;
    }

    /** Another member has applied it. */
    void tell(Told what) {
        Told before = told;
        if (before == null || before.isRepeated()) {
            told = what;
        }
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
    public long stream() {
        return stream;
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
    public void markSent(long before, long applied) {
        sent = true;
        Once<A> made = once;
        // What it was to come after was given up since, and may never be applied.
        if (made != null && made.after() > applied && made.after() != before) {
            again(made, before);
        }
    }

    private synchronized void again(Once<A> made, long before) {
        StateMachine.Codec codec = encoding;
        if (codec != null) {
            put(new Once<>(made.origin(), made.run(), number, before, command), codec);
        }
    }

    @Override
    public boolean isOver(long nowMs) {
        return nowMs >= (sent ? deadlineMs : unsentDeadlineMs);
    }

    /**
     * It was applied, and readers of this node see it.
     *
     * @param outcome of this command
     */
    @SuppressWarnings("unchecked")
    void applied(long index, Outcome<?> came) {
        if (isRepeated(came)) {
            // This node has not applied it itself, but taken in an image.
            undecided();
            return;
        }
        Outcome<A> outcome = (Outcome<A>) came;
        left.run();
        switch (outcome) {
            case Outcome.Done<A> done -> result.complete(new Applied<>(index, done.answer()));
            case Outcome.Refused<A> refused ->
                result.completeExceptionally(
                        new RequestException(refused.code(), refused.fields().toArray()));
        }
    }

    /** Whether a command was applied before, or will never be: what it came to is not said here. */
    static boolean isRepeated(Outcome<?> outcome) {
        return outcome instanceof Outcome.Refused<?> refused && refused.code() == ErrorCode.APPLIED_BEFORE;
    }

    /** Whether a command came before the one that it is to come after: it may come again. */
    static boolean isOutOfOrder(Outcome<?> outcome) {
        return outcome instanceof Outcome.Refused<?> refused && refused.code() == ErrorCode.OUT_OF_ORDER;
    }

    /** Nobody has applied it in time, as far as this node knows. */
    void undecided() {
        left.run();
        result.completeExceptionally(new RequestException(sent ? ErrorCode.WRITE_UNDECIDED : ErrorCode.NO_MAJORITY));
    }

    /** It cannot be sent, and never was. */
    void refused(RequestException reason) {
        left.run();
        result.completeExceptionally(reason);
    }

    /** The node stops. */
    void stopped() {
        left.run();
        result.completeExceptionally(new RequestException(sent ? ErrorCode.WRITE_UNDECIDED : ErrorCode.STOPPING));
    }

    /**
     * What another member has said of a command.
     *
     * @param outcome what it came to there
     */
    record Told(long index, Outcome<?> outcome) {
        /** Whether it had come to something before. */
        boolean isRepeated() {
            return PendingWrite.isRepeated(outcome);
        }
    }
}
