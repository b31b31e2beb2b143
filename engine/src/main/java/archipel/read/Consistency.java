package archipel.read;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How fresh a read has to be. On a single node all are the same and cost nothing: what was acknowledged is what readers
 * see.
 */
public enum Consistency {
    /** Shows everything that was acknowledged to anybody, by any node, before the read began. */
    LINEARIZABLE,
    /**
     * As the group's leader has it, which may be a leader that does not know yet that it was replaced; then it can miss
     * what its successor has acknowledged. Where this node does not lead, it is as fresh as {@link #LINEARIZABLE}.
     */
    LEADER,
    /** As this node has it: possibly behind others, but never behind what this node has shown before. */
    ANY;

    /** Null for what names none. In lower case, as {@code ?consistency=} has it. */
    public static @Nullable Consistency parse(String text) {
        for (Consistency one : values()) {
            if (one.text().equals(text)) {
                return one;
            }
        }
        return null;
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
