package archipel.log;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.document.RequestException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An entry of the local log, with the future of the caller that waits for it. */
final class PendingCommand<A extends @Nullable Object> extends LogEntry<A> implements LocalLog.Item {
    private final Lane lane;
    private final CompletableFuture<CommandLog.Applied<A>> result;
    private final Runnable left;

    /** @param left called once, when the command leaves the log */
    PendingCommand(Lane lane, Command<A> command, CompletableFuture<CommandLog.Applied<A>> result, Runnable left) {
        super(command);
        this.lane = lane;
        this.result = result;
        this.left = left;
    }

    Lane lane() {
        return lane;
    }

    @Override
    protected void done(LogPosition at, Outcome<A> came) {
        left.run();
        switch (came) {
            case Outcome.Done<A> done -> result.complete(new CommandLog.Applied<>(at.index(), done.answer()));
            case Outcome.Refused<A> refused ->
                result.completeExceptionally(
                        new RequestException(refused.code(), refused.fields().toArray()));
        }
    }

    @Override
    protected void failed(RuntimeException e) {
        left.run();
        result.completeExceptionally(e);
    }
}
