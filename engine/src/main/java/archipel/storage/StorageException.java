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
        super(kind.code, cause);
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
        CORRUPT(ErrorCode.STORAGE_CORRUPT),
        /** No space is left; writes go on once there is some. */
        FULL(ErrorCode.STORAGE_FULL),
        /** The write was under way when the disk failed, and it cannot be told how far it came. */
        UNKNOWN(ErrorCode.STORAGE_UNKNOWN),
        /** An earlier write failed in a way that has to be recovered from first. */
        RECOVERING(ErrorCode.STORAGE_RECOVERING),
        /** Another process has the directory open. */
        LOCKED(ErrorCode.STORAGE_LOCKED),
        /** Anything else the operating system refused. */
        IO(ErrorCode.STORAGE_IO);

        private final ErrorCode code;

        Kind(ErrorCode code) {
            this.code = code;
        }
    }
}
