package archipel.node;

import org.jspecify.annotations.Nullable;

/**
 * A change of a key.
 *
 * @param seq after which later changes come
 * @param entry what the key has since then; null where that is nothing
 */
public record KeyChange(
        String seq, String key, String revision, @Nullable KeyEntry entry) {}
