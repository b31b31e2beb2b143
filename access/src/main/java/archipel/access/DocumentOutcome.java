package archipel.access;

import archipel.document.RequestException;
import archipel.document.Revision;

/** What became of one document of a write. */
public sealed interface DocumentOutcome {
    String id();

    /** It is stored as this revision. */
    record Stored(String id, Revision revision) implements DocumentOutcome {}

    /** It is not stored. */
    record Refused(String id, RequestException refusal) implements DocumentOutcome {}

    /** It is not stored, since others of a write that is all or nothing were refused. */
    record Untried(String id) implements DocumentOutcome {}
}
