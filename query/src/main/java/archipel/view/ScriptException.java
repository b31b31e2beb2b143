package archipel.view;

import org.jspecify.annotations.Nullable;

/** That a function could not be compiled, or that a call of it was ended. Never seen by those who call the package. */
final class ScriptException extends RuntimeException {
    enum Kind {
        /** The source is no function; it stays so until the design document changes. */
        COMPILATION,
        /** The call took too long; its context is gone. */
        TIME,
        /** The call allocated too much; its context is gone. */
        MEMORY,
        /** Calls were nested too deeply; its context is gone. */
        RECURSION,
        /** The sandbox broke in another way, which can lie in the input; its context is gone. */
        BROKEN,
        /** Too many threads are stuck in code that cannot be stopped, or one of the same database. */
        EXHAUSTED,
        /** The function ran into its limits too often, and is not called for a while. */
        QUARANTINED,
        /** Nobody waits for the call any more; its context is gone. */
        CANCELLED,
        /** The node stops. */
        CLOSED
    }

    private final Kind kind;

    ScriptException(Kind kind, String message) {
        this(kind, message, null);
    }

    /** @param cause of a fault of ours; null where the function is to blame */
    ScriptException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause, false, cause != null);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    /** Whether the same functions may do better on other input. */
    boolean liesInTheInput() {
        return switch (kind) {
            case TIME, MEMORY, RECURSION, BROKEN -> true;
            case COMPILATION, EXHAUSTED, QUARANTINED, CANCELLED, CLOSED -> false;
        };
    }

    /** Whether the function took what others could have used. */
    boolean isOverLimit() {
        return kind == Kind.TIME || kind == Kind.MEMORY;
    }
}
