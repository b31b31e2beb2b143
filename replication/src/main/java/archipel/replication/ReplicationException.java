package archipel.replication;

import org.jspecify.annotations.Nullable;

/** A replication that cannot go on. What it says has no credentials in it, and can be shown. */
public final class ReplicationException extends Exception {
    private final String error;
    private final boolean passing;

    /**
     * @param error a word, such as {@code db_not_found}
     * @param reason a sentence
     * @param passing whether it may go better later, without anybody changing anything
     */
    public ReplicationException(String error, String reason, boolean passing, @Nullable Throwable cause) {
        super(reason, cause);
        this.error = error;
        this.passing = passing;
    }

    public String error() {
        return error;
    }

    public String reason() {
        return String.valueOf(getMessage());
    }

    public boolean isPassing() {
        return passing;
    }
}
