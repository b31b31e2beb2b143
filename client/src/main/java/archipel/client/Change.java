package archipel.client;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A document has changed. Of several changes of one document, a feed shows the newest.
 *
 * @param seq the position of the change, with which another feed can go on after it
 * @param revisions the document's winner, or all its leaves
 * @param block the number of the block that made the change
 * @param document with its id and revision; null unless it was asked for
 */
public record Change(
        String seq,
        String id,
        List<String> revisions,
        boolean deleted,
        long block,
        @Nullable JsonNode document) {
    public Change {
        revisions = List.copyOf(revisions);
    }
}
