package archipel.objects;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A state as it was loaded.
 *
 * @param revision null where there is none yet
 * @param state its members; null where there is none yet
 */
public record StoredState(
        @Nullable String revision, @Nullable ObjectNode state) {
    public static final StoredState NONE = new StoredState(null, null);
}
