package archipel.mango;

import archipel.document.DocumentBody;
import archipel.read.DocumentRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A walk over the documents that may match; begins before the first. Deleted and design documents are left out. */
interface Walk extends AutoCloseable {
    boolean next();

    String id();

    /** Where in the walk that is, for bookmarks; empty in a walk by id. */
    default byte[] sortKey() {
        return new byte[0];
    }

    /** The values of the columns, where no document is read; else null. */
    default @Nullable JsonNode key() {
        return null;
    }

    DocumentRecord record();

    @Nullable
    DocumentBody body();

    /** How many rows or documents were passed so far, those left out among them. */
    long keysExamined();

    @Override
    void close();
}
