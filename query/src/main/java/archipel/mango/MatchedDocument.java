package archipel.mango;

import archipel.document.DocumentBody;
import archipel.engine.DocumentRecord;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A document that a query found.
 *
 * @param record null where the index had all that is shown
 * @param body what the client may see of it; null as {@code record} is
 * @param document the members that the selector and the fields name, at least
 */
public record Found(
        @Nullable DocumentRecord record, @Nullable DocumentBody body, ObjectNode document) {
    /** What is done with what is found. */
    @FunctionalInterface
    public interface Sink {
        void add(Found found) throws IOException;
    }
}
