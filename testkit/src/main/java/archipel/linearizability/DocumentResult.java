package archipel.linearizability;

/** What comes back from a call on a document. */
public sealed interface DocumentResult {
    /** A read finds nothing: 404, whether the document was deleted or never there. */
    record Absent() implements DocumentResult {
        @Override
        public String toString() {
            return "absent";
        }
    }

    /** A read finds this. */
    record Found(String revision, String value) implements DocumentResult {
        @Override
        public String toString() {
            return Words.join("found", revision, value);
        }
    }

    /** A write, or a deletion, is done; this is the revision that it made. */
    record Stored(String revision) implements DocumentResult {
        @Override
        public String toString() {
            return Words.join("stored", revision);
        }
    }

    /** The document is not as the write expects: 409, or 404 for a deletion. */
    record Refused() implements DocumentResult {
        @Override
        public String toString() {
            return "refused";
        }
    }
}
