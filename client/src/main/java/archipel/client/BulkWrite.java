package archipel.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Several documents that are to be written by one request. Not safe for use by many threads. */
public final class BulkWrite {
    private final List<Edit> edits = new ArrayList<>();

    /**
     * One document of it.
     *
     * @param revision that is replaced; null for a document that is made
     * @param value null where it is deleted
     */
    record Edit(
            String id, @Nullable String revision, @Nullable Object value) {}

    /** Makes a document. @throws NullPointerException for no value */
    public BulkWrite create(String id, Object value) {
        Objects.requireNonNull(value, "a document that is made has a value");
        edits.add(new Edit(id, null, value));
        return this;
    }

    /** Replaces that revision of a document. @throws NullPointerException for no value, which does not delete it */
    public BulkWrite replace(String id, String revision, Object value) {
        Objects.requireNonNull(value, "a document that is replaced has a value");
        edits.add(new Edit(id, revision, value));
        return this;
    }

    /** Writes a document over the one that was read, with the attachments that it had. */
    public BulkWrite replace(Document<?> document) {
        edits.add(new Edit(document.id(), document.revision(), document));
        return this;
    }

    /** Deletes a document that has that revision. */
    public BulkWrite delete(String id, String revision) {
        edits.add(new Edit(id, revision, null));
        return this;
    }

    List<Edit> edits() {
        return edits;
    }
}
