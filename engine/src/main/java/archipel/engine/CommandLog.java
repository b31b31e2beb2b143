package archipel.engine;

import archipel.command.Command;
import java.util.concurrent.CompletableFuture;

/** Puts commands in one order, makes them durable, and applies them in that order. */
interface CommandLog extends AutoCloseable {
    /**
     * Takes a command. The future ends once the command is applied, visible to readers, and as durable as it asks; or
     * with the {@link archipel.document.RequestException} that refuses it.
     */
    <R> CompletableFuture<R> submit(Command<R> command);

    /** Commands that were submitted and are not in a group yet. */
    int waiting();

    /** Applies what was submitted before; refuses what comes after. */
    @Override
    void close();
}
