package archipel.command;

import archipel.document.ErrorCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What applying a command comes to, the same on every node. A fault of one node (a bad sector, no memory, a bug) is no
 * outcome: it is thrown, and stops the group there.
 *
 * @param <A> what the command answers
 */
public sealed interface Outcome<A extends @Nullable Object> {
    record Done<A extends @Nullable Object>(A answer) implements Outcome<A> {}

    /**
     * The state does not allow the command, of which nothing was stored.
     *
     * @param fields what the code's reason names, as text
     */
    record Refused<A extends @Nullable Object>(ErrorCode code, List<String> fields) implements Outcome<A> {}
}
