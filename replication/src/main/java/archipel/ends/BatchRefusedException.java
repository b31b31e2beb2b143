package archipel.ends;

import java.io.IOException;

/**
 * A target refuses a request as a whole for something in it: for its size, or for one document that it cannot even
 * read. Each half of it may do better.
 */
public final class BatchRefusedException extends IOException {
    private final String error;
    private final String reason;

    /** @param error the target's word, as the reason */
    public BatchRefusedException(String error, String reason) {
        super(error + ": " + reason);
        this.error = error;
        this.reason = reason;
    }

    public String error() {
        return error;
    }

    public String reason() {
        return reason;
    }
}
