package archipel.mango;

import archipel.document.DocumentBody;
import archipel.read.DocumentRecord;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A document that matches a query.
 *
 * @param record null where the index had all that is shown
 * @param body what the client may see of it; null as {@code record} is
 * @param document the members that the selector and the fields name, at least
 */
public record MatchedDocument(
        @Nullable DocumentRecord record, @Nullable DocumentBody body, ObjectNode document) {
    /** Receives the documents in order. */
    @FunctionalInterface
    public interface Sink {
        void add(MatchedDocument document) throws IOException;
    }
}
