package archipel.ensemble;

import archipel.command.Command;
import archipel.command.GroupCommand.Assembled;
import archipel.command.GroupCommand.Part;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.log.CommandLog.Applied;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A command that is too large for one entry of the log: others, and heartbeats, would wait for it. Its bytes go ahead
 * in parts, which the group keeps, and a last entry has it applied.
 *
 * <p>Where it is not known what became of that last entry, which may have been given up without being sent, another one
 * takes the parts away: by its place in the order, so that all members do so at the same point, and none comes after.
 */
final class LargeWrite {
    /** How long a part is, and a command that needs none. */
    static final int PART_BYTES = 512 << 10;

    private static final int BETWEEN_TRIES_MS = 1_000;

    private LargeWrite() {}

    /**
     * Appends a command in parts, all at once and in order: the last entry finds them there, or is refused.
     *
     * @param transfer which large command of this run it is
     * @param bytes of the command
     * @param partBytes of each part but the last
     * @param left called once, when nothing of it is under way any more
     */
    static <A extends @Nullable Object> CompletableFuture<Applied<A>> send(
            ReplicatedGroup group,
            Origin origin,
            long transfer,
            Command<A> command,
            byte[] bytes,
            int partBytes,
            Runnable left) {
        int parts = (bytes.length + partBytes - 1) / partBytes;
        CompletableFuture<?>[] sent = new CompletableFuture<?>[parts];
        for (int number = 0; number < parts; number++) {
            byte[] part =
                    Arrays.copyOfRange(bytes, number * partBytes, Math.min(bytes.length, (number + 1) * partBytes));
            sent[number] = group.appendWhole(
                    new Part(origin.member(), origin.run(), transfer, number, part), command.stream(), () -> {});
        }
        CompletableFuture<Applied<A>> whole = group.appendWhole(
                new Assembled<A>(origin.member(), origin.run(), transfer, parts, bytes.length, 0, command.relieves()),
                command.stream(),
                () -> {});
        CompletableFuture.allOf(sent).handle((_, _) -> whole.whenComplete((_, _) -> left.run()));
        whole.whenComplete((_, failure) -> {
            if (isUndecided(failure)) {
                // One of no bytes is refused, and its parts are deleted.
                drop(group, new Assembled<Void>(origin.member(), origin.run(), transfer, parts, 0, 0, true));
            }
        });
        return whole;
    }

    private static boolean isUndecided(@Nullable Throwable failure) {
        return failure instanceof RequestException refused
                && (refused.code() == ErrorCode.WRITE_UNDECIDED || refused.code() == ErrorCode.NO_MAJORITY);
    }

    // Until it is in the log, or the node ends: its next run deletes them as well.
    private static void drop(ReplicatedGroup group, Assembled<Void> refused) {
        group.appendWhole(refused, 0, () -> {}).whenComplete((_, failure) -> {
            if (isUndecided(failure)) {
                group.later(BETWEEN_TRIES_MS, () -> drop(group, refused));
            }
        });
    }
}
