package archipel.view;

/**
 * What a map function emitted.
 *
 * @param view of the index's views, from 0
 * @param key JSON
 * @param value JSON
 */
public record Emission(int view, byte[] key, byte[] value) {}
