package archipel.linearizability;

import org.jspecify.annotations.Nullable;

/** What is asked of a document. A comparison with what is there, and then a write, is an update. */
public sealed interface DocumentCall {
    String id();

    /** Gets the document as it is. */
    record Read(String id) implements DocumentCall {
        @Override
        public String toString() {
            return Words.join("read", id);
        }
    }

    /** Makes a document that is not there, or no longer. */
    record Create(String id, String value) implements DocumentCall {
        @Override
        public String toString() {
            return Words.join("create", id, value);
        }
    }

    /** Replaces the revision that it expects. */
    record Update(String id, String expected, String value) implements DocumentCall {
        @Override
        public String toString() {
            return Words.join("update", id, expected, value);
        }
    }

    /** Deletes the revision that it expects. */
    record Delete(String id, String expected) implements DocumentCall {
        @Override
        public String toString() {
            return Words.join("delete", id, expected);
        }
    }

    /** The value that the call writes; null for one that writes none. */
    default @Nullable String written() {
        return switch (this) {
            case Create create -> create.value();
            case Update update -> update.value();
            case Read _, Delete _ -> null;
        };
    }

    /** The revision that the call expects to find; null for one that expects none. */
    default @Nullable String revisionExpected() {
        return switch (this) {
            case Update update -> update.expected();
            case Delete delete -> delete.expected();
            case Read _, Create _ -> null;
        };
    }
}
