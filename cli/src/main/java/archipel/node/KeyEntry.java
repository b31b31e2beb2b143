package archipel.node;

import archipel.json.JsonSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node keeps under a key: the winner, where replication has brought several values together.
 *
 * @param revision of the winner
 * @param value null where the document is not one of a key: it has no member {@code value}
 * @param conflicts revisions of the other values
 * @param document as the node has it
 */
public record KeyEntry(String revision, @Nullable JsonSlice value, List<String> conflicts, JsonSlice document) {}
