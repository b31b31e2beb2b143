package archipel.log;

import archipel.command.Command;
import archipel.document.RequestException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts the commands of each group in one order, makes them durable, and applies them in that order. Made by a {@link
 * LogFactory}; how commands get from it to readers is the same for all logs ({@link BatchRunner}).
 */
public interface CommandLog extends AutoCloseable {
    /**
     * Takes a command.
     *
     * <ul>
     *   <li><b>Who sees it.</b> Where the future ends well, readers of this node see the command, whichever node of the
     *       group has put it in its place; those of other nodes may not yet.
     *   <li><b>When it ends.</b> Once that is so, and the command is as durable as it asks. A log that depends on other
     *       nodes ends it within a time of its own, which is no longer than a client waits; {@link LocalLog} as soon as
     *       the disk answers.
     *   <li><b>Order.</b> Commands that one thread appends to one group take effect in the order in which it appended
     *       them, as far as they take effect: what a caller has under way may be refused or fail, and what it appended
     *       after that be applied. Nothing is promised across groups but what a future says that has ended.
     *   <li><b>Errors.</b> A {@link archipel.document.RequestException} of kind {@link
     *       archipel.storage.StorageException.Kind#UNKNOWN}, or with {@link
     *       archipel.document.ErrorCode#WRITE_UNDECIDED}, says that the command may have been applied, or may be yet,
     *       or never. After any other the command was not applied and will not be.
     *   <li><b>Again.</b> What a caller appends once takes effect once at most. A command has no identity for its
     *       caller, who appends another one by appending it again. A log that may deliver a command twice, since it
     *       sends it to the next leader where it does not know what became of it, gives it an identity of its own
     *       ({@link archipel.command.GroupCommand.Once}): that is the log's business, and ends with the future. A
     *       caller may repeat a command that failed for certain. After an unknown outcome it may repeat what comes to
     *       the same however often it is applied, and otherwise has to look first, behind a {@link #readBarrier}.
     * </ul>
     *
     * <p>This may wait for room among the commands under way ({@link LogOptions}), so that the log's own threads must
     * not call it; but not for one that is {@linkplain Command#admitted() admitted}.
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
     * @param replacement does it, on the thread that applies; null where it has found nothing to do. Where it fails the
     *     log takes nothing more until a restart, but for a {@link archipel.document.RequestException} by which it
     *     refuses before it has begun
     */
    CompletableFuture<Void> replace(int group, Supplier<StateMachine.@Nullable Publication> replacement);

    /** Whether other nodes have the same log, which may run an earlier version of the program. */
    boolean isReplicated();

    /**
     * Which node leads a group, by its name, as far as this one knows; null where it does not know, and for a log that
     * no other node has.
     */
    default @Nullable String leader(int group) {
        return null;
    }

    /** With what readers of a group are to be refused on this node; null where they are served. */
    default @Nullable RequestException refusal(int group) {
        return null;
    }

    /** Commands that were appended and are not being written yet. */
    int waiting();

    /** Applies what was appended before; refuses what comes after. */
    @Override
    void close();

    /**
     * Waits for what comes of a command.
     *
     * @throws RuntimeException what the result failed with
     */
    static <R extends @Nullable Object> R await(CompletableFuture<R> result) {
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** @param index the command's place in its group's order, from 1 */
    record Applied<A extends @Nullable Object>(long index, A answer) {}
}
