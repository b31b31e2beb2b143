package archipel.command;

import archipel.document.ErrorCode;
import archipel.document.Revision;

/** What became of one edit. */
public sealed interface EditResult {
    String id();

    /** Stored, or (replicated) known already. */
    record Accepted(String id, Revision revision) implements EditResult {}

    /** Refused; {@code reason} is ready to be shown. */
    record Rejected(String id, ErrorCode code, String reason) implements EditResult {}
}
