package archipel.document;

/** A request that is answered with an entry of the {@link ErrorCode} table. Has no stack trace: it is an answer, not a fault. */
public final class RequestException extends RuntimeException {
    private final transient ErrorCode code;

    public RequestException(ErrorCode code, Object... fields) {
        super(code.reasonTemplate().formatted(fields), null, false, false);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }

    /** The reason with its fields filled in. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
