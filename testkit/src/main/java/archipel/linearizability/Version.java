package archipel.linearizability;

import org.jspecify.annotations.Nullable;

/**
 * What one write made of one key. A value that is written at most once in a history names it.
 *
 * @param value null for what the key is before any write
 */
public record Version(String key, @Nullable String value) {}
