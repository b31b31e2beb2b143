package archipel.access;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.memory.MemoryLimitException;

/** What became of one document of a write. */
public sealed interface DocumentOutcome {
    String id();

    /** It is stored as this revision. */
    record Stored(String id, Revision revision) implements DocumentOutcome {}

    /** It is not stored, whenever and wherever it is sent again in this state. */
    record Refused(String id, RequestException refusal) implements DocumentOutcome {}

    /**
     * It is not stored, by a fault that says nothing about it: of the disk, of the memory, of a function that is not
     * called for now. A replicator has to send it again.
     */
    record Failed(String id, RuntimeException cause) implements DocumentOutcome {
        /** What to answer; without the details of what nobody expects. */
        public RequestException reason() {
            return switch (cause) {
                case RequestException e -> e;
                case MemoryLimitException e -> new RequestException(ErrorCode.MEMORY_BUSY);
                default -> new RequestException(ErrorCode.WRITE_FAULT);
            };
        }
    }

    /** It is not stored, since others of a write that is all or nothing were refused. */
    record Untried(String id) implements DocumentOutcome {}

    /** The outcome of a document that is not stored because of that. */
    static DocumentOutcome notStored(String id, RuntimeException cause) {
        return cause instanceof RequestException refusal && refusal.code().isRefusal()
                ? new Refused(id, refusal)
                : new Failed(id, cause);
    }
}
