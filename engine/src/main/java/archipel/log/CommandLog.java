package archipel.log;

import archipel.command.Command;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts the commands of each group in one order, makes them durable, and applies them in that order. */
public interface CommandLog extends AutoCloseable {
    /**
     * Takes a command. The future ends once the command is applied, visible to readers, and as durable as it asks; or
     * with the {@link archipel.document.RequestException} that refuses it.
     *
     * @param group whose state machine applies it
     */
    <A extends @Nullable Object> CompletableFuture<Applied<A>> append(int group, Command<A> command);

    /**
     * Ends once this node's readers see everything of the group that was acknowledged to anyone before this call; or
     * with a {@link archipel.document.RequestException} where the log cannot make sure of that in time.
     */
    CompletableFuture<@Nullable Void> readBarrier(int group);

    /**
     * Has another state put in the place of a group's, between two commands. The future ends once readers see it.
     *
     * @param replacement does it, on the thread that applies; where it fails the log takes nothing more until a
     *     restart, but for a {@link archipel.document.RequestException} by which it refuses before it has begun
     */
    CompletableFuture<Void> replace(int group, Supplier<StateMachine.Publication> replacement);

    /** Whether other nodes have the same log, which may run an earlier version of the program. */
    boolean isReplicated();

    /** Commands that were appended and are not being written yet. */
    int waiting();

    /** Applies what was appended before; refuses what comes after. */
    @Override
    void close();

    /** @param index the command's place in its group's order, from 1 */
    record Applied<A extends @Nullable Object>(long index, A answer) {}
}
