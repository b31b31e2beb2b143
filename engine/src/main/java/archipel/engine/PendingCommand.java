package archipel.engine;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A command on its way through the log, with the future of whoever waits for it. */
final class PendingCommand<R> {
    private final Command<R> command;
    private final CompletableFuture<R> result;
    private @Nullable R answer;
    private @Nullable RuntimeException refusal;

    PendingCommand(Command<R> command, CompletableFuture<R> result) {
        this.command = command;
        this.result = result;
    }

    /** Something else to be told through the queue of commands. */
    static PendingCommand<?> signal() {
        return new PendingCommand<>(new Command.PutFact("", null), new CompletableFuture<>());
    }

    Command<R> command() {
        return command;
    }

    /**
     * False when the command was refused, and left nothing.
     *
     * @param last whether no other command follows in the group
     */
    boolean apply(Applier applier, PendingRows rows, boolean last) {
        rows.begin(last && !command.readsBack());
        try {
            answer = applier.apply(command);
            rows.keep();
            return true;
        } catch (RuntimeException e) {
            rows.undo();
            refusal = e;
            return false;
        }
    }

    /** Tells that the group came to nothing. */
    void fail(RuntimeException e) {
        result.completeExceptionally(refusal == null ? e : refusal);
    }

    /** Tells what applying it answered. */
    void end() {
        if (refusal == null) {
            result.complete(answer);
        } else {
            result.completeExceptionally(refusal);
        }
    }
}
