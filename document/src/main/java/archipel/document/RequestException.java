package archipel.document;

import org.jspecify.annotations.Nullable;

/**
 * A request that is answered with an entry of the {@link ErrorCode} table. Has no stack trace: it is an answer, not a
 * fault.
 */
public class RequestException extends RuntimeException {
    private final transient ErrorCode code;

    public RequestException(ErrorCode code, Object... fields) {
        super(code.reasonTemplate().formatted(fields), null, false, false);
        this.code = code;
    }

    /** For answers that are faults too: keeps the stack trace and what caused it. */
    protected RequestException(ErrorCode code, @Nullable Throwable cause, Object... fields) {
        super(code.reasonTemplate().formatted(fields), cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }

    /** The reason with its fields filled in. */
    public String reason() {
        return String.valueOf(getMessage());
    }

    /** The HTTP status to answer with. */
    public int status() {
        return code.status();
    }

    /** What stands as {@code error}. */
    public String error() {
        return code.error();
    }

    /** What stands as {@code reason}, as JSON. */
    public byte[] reasonJson() {
        return new JsonBuffer(reason().length() + 16).string(reason()).toByteArray();
    }
}
