package archipel.command;

import archipel.document.ErrorCode;
import archipel.document.Revision;
import java.util.List;

/** What became of one edit. */
public sealed interface EditResult {
    String id();

    /** Stored, or (replicated) known already. */
    record Accepted(String id, Revision revision) implements EditResult {}

    /**
     * Refused.
     *
     * @param fields what the code's reason names, as text
     */
    record Rejected(String id, ErrorCode code, List<String> fields) implements EditResult {}
}
