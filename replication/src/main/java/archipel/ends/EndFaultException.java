package archipel.ends;

import java.io.IOException;

/** A request to one end was answered with an error that says nothing about a single document. */
public final class EndFaultException extends IOException {
    private final int status;
    private final String error;

    /**
     * @param error what the answer says, or a word of our own
     * @param what was asked, and the answer's reason; without credentials
     */
    public EndFaultException(int status, String error, String what) {
        super(what);
        this.status = status;
        this.error = error;
    }

    /** Of HTTP. */
    public int status() {
        return status;
    }

    public String error() {
        return error;
    }

    /** Whether the same request may succeed a moment later. */
    public boolean isPassing() {
        return status == 408 || status == 429 || status >= 500 && status != 501;
    }
}
