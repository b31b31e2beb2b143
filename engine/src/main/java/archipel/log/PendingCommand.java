package archipel.log;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A command on its way through the log, with the future of the caller that waits for it. */
final class PendingCommand<A extends @Nullable Object> implements LocalLog.Item {
    private static final System.Logger LOG = System.getLogger(PendingCommand.class.getName());

    private final Lane lane;
    private final Command<A> command;
    private final CompletableFuture<CommandLog.Applied<A>> result;
    private final Runnable left;
    private final AtomicBoolean ended = new AtomicBoolean();
    private CommandLog.@Nullable Applied<A> applied;
    private @Nullable RuntimeException refusal;
    private boolean faulty;
    private boolean refusalKept;

    /** @param left called once, when the command leaves the log */
    PendingCommand(Lane lane, Command<A> command, CompletableFuture<CommandLog.Applied<A>> result, Runnable left) {
        this.lane = lane;
        this.command = command;
        this.result = result;
        this.left = left;
    }

    Lane lane() {
        return lane;
    }

    Command<A> command() {
        return command;
    }

    /**
     * Applies the command. False when it left nothing, since it was refused or this node could not apply it. Can be
     * done again where the round came to nothing.
     *
     * @param last whether no other command follows in the round
     */
    boolean apply(StateMachine.Round round, LogPosition position, boolean last) {
        refusal = null;
        faulty = false;
        refusalKept = false;
        try {
            switch (round.apply(position, command, last)) {
                case Outcome.Done<A> done -> {
                    applied = new CommandLog.Applied<>(position.index(), done.answer());
                    return true;
                }
                case Outcome.Refused<A> refused ->
                    refusal = new RequestException(
                            refused.code(), refused.fields().toArray());
            }
        } catch (RequestException e) {
            // What is stored cannot be read.
            refusal = e;
            faulty = true;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            // No other node has applied the command, so that a log of one node goes on without it.
            LOG.log(System.Logger.Level.ERROR, "a write could not be applied", e);
            refusal = new RequestException(ErrorCode.WRITE_FAULT);
            faulty = true;
        }
        return false;
    }

    /** Whether this node could not apply it, which is no refusal. */
    boolean isFaulty() {
        return faulty;
    }

    /** Whether applying it left nothing. */
    boolean isRefused() {
        return refusal != null;
    }

    /** What it was refused with rests on nothing that its batch has changed: it holds whatever becomes of the batch. */
    void keepRefusal() {
        refusalKept = true;
    }

    /**
     * Fails the command, unless it has ended. A refusal that rests on what commands before it in the batch did is none
     * any more.
     */
    void fail(RuntimeException e) {
        if (leave()) {
            result.completeExceptionally(refusal != null && refusalKept ? refusal : e);
        }
    }

    /** Completes the command with the result of applying it, unless it has ended. */
    void end() {
        if (leave()) {
            if (refusal == null) {
                result.complete(applied);
            } else {
                result.completeExceptionally(refusal);
            }
        }
    }

    private boolean leave() {
        boolean first = ended.compareAndSet(false, true);
        if (first) {
            left.run();
        }
        return first;
    }
}
