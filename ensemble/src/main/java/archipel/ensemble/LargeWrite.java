package archipel.ensemble;

import archipel.command.Command;
import archipel.command.GroupCommand.Assembled;
import archipel.command.GroupCommand.Part;
import archipel.log.CommandLog.Applied;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A command that is too large for one entry of the log: others, and heartbeats, would wait for it. Its bytes go ahead
 * in parts, which the group keeps, and a last entry has it applied.
 */
final class LargeWrite {
    /** How long a part is, and a command that needs none. */
    static final int PART_BYTES = 512 << 10;

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
            sent[number] = group.appendWhole(new Part(origin.member(), origin.run(), transfer, number, part), () -> {});
        }
        CompletableFuture<Applied<A>> whole = group.appendWhole(
                new Assembled<A>(origin.member(), origin.run(), transfer, parts, bytes.length, 0, command.relieves()),
                () -> {});
        CompletableFuture.allOf(sent).handle((_, _) -> whole.whenComplete((_, _) -> left.run()));
        return whole;
    }
}
