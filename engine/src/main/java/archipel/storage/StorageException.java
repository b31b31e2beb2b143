package archipel.storage;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import org.jspecify.annotations.Nullable;

/**
 * The disk, or what was on it, failed. Nothing of the batch under way was applied, but for {@link Kind#UNKNOWN}. A
 * client is told the kind alone; the details, which can name files, are for the log.
 */
public final class StorageException extends RequestException {
    private final Kind kind;
    private final String details;

    public StorageException(Kind kind, String details, @Nullable Throwable cause) {
        super(ErrorCode.STORAGE, cause, kind.reason);
        this.kind = kind;
        this.details = details;
    }

    public StorageException(Kind kind, String details) {
        this(kind, details, null);
    }

    public Kind kind() {
        return kind;
    }

    /** What failed, and what the storage library or the operating system said. */
    public String details() {
        return details;
    }

    @Override
    public String toString() {
        return "StorageException " + kind + ": " + details;
    }

    /** What went wrong, as far as it changes what can be done about it. */
    public enum Kind {
        /** What was read is not what was written. */
        CORRUPT("Stored data is damaged; run 'archipel check' on the data directory."),
        /** No space is left; writes go on once there is some. */
        FULL("The disk is full; nothing was written. Make room on it; deletions and purges are let through while the"
                + " reserve lasts."),
        /** The write was under way when the disk failed, and it cannot be told how far it came. */
        UNKNOWN("The disk failed; the write may have been stored or not."),
        /** An earlier write failed in a way that has to be recovered from first. */
        RECOVERING("The disk failed; nothing is written until the node has recovered."),
        /** Another process has the directory open. */
        LOCKED("Another process has the data directory open."),
        /** Anything else the operating system refused. */
        IO("The disk could not be read or written.");

        private final String reason;

        Kind(String reason) {
            this.reason = reason;
        }
    }
}
