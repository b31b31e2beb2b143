package archipel.failures;

import org.jspecify.annotations.Nullable;

/** The client could not do what it was asked for. */
public abstract class ArchipelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorAnswer answer;

    protected ArchipelException(String what, ErrorAnswer answer, @Nullable Throwable cause) {
        super(what.isEmpty() ? answer.toString() : what + ": " + answer, cause);
        this.answer = answer;
    }

    /** The HTTP status of the node's answer; 0 where there was none. */
    public final int status() {
        return answer.status();
    }

    /** The node's word for it, such as {@code conflict}. */
    public final String error() {
        return answer.error();
    }

    /** A sentence for people. */
    public final String reason() {
        return answer.reason();
    }

    /** The whole answer. */
    public final ErrorAnswer answer() {
        return answer;
    }
}
