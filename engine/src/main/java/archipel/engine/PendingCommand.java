package archipel.engine;

import archipel.command.Command;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A command on its way through the log, with the future of whoever waits for it. */
final class PendingCommand<R> {
    private final Command<R> command;
    private final CompletableFuture<R> result;
    private final Runnable left;
    private final AtomicBoolean ended = new AtomicBoolean();
    private @Nullable R answer;
    private @Nullable RuntimeException refusal;

    /** @param left told once, when the command leaves the log */
    PendingCommand(Command<R> command, CompletableFuture<R> result, Runnable left) {
        this.command = command;
        this.result = result;
        this.left = left;
    }

    /** Something else to be told through the queue of commands. */
    static PendingCommand<?> signal() {
        return new PendingCommand<>(new SystemCommand.PutFact("", null), new CompletableFuture<>(), () -> {});
    }

    Command<R> command() {
        return command;
    }

    /**
     * False when the command was refused, and left nothing. Can be done again where the group came to nothing.
     *
     * @param last whether no other command follows in the group
     */
    boolean apply(Applier applier, PendingRows rows, boolean last) {
        refusal = null;
        rows.begin(last && !command.readsBack());
        try {
            answer = applier.apply(command);
            rows.keep();
            return true;
        } catch (RuntimeException e) {
            rows.undo();
            refusal = e;
        } catch (StackOverflowError | OutOfMemoryError e) {
            // One command's alone: the log goes on without it.
            rows.undo();
            refusal = new RequestException(ErrorCode.INTERNAL, e, "The write could not be applied.");
        }
        return false;
    }

    /** Whether applying it was refused. */
    boolean isRefused() {
        return refusal != null;
    }

    /** Fails the command, unless it has ended. */
    void fail(RuntimeException e) {
        if (!leave()) {
            return;
        }
        result.completeExceptionally(refusal == null ? e : refusal);
    }

    /** Completes the command with the result of applying it, unless it has ended. */
    void end() {
        if (!leave()) {
            return;
        }
        if (refusal == null) {
            result.complete(answer);
        } else {
            result.completeExceptionally(refusal);
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
