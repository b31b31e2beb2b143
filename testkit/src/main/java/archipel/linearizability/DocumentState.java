package archipel.linearizability;

import org.jspecify.annotations.Nullable;

/**
 * A document between two operations.
 *
 * @param value null while the document is not there
 * @param revision null where there is none, and where nobody ever learned it
 */
public record DocumentState(
        @Nullable String value, @Nullable String revision) {
    static final DocumentState ABSENT = new DocumentState(null, null);

    boolean isAbsent() {
        return value == null;
    }

    @Override
    public String toString() {
        return value == null ? "absent" : value + " at " + (revision == null ? "a revision nobody saw" : revision);
    }
}
