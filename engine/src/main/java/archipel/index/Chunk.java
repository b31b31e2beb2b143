package archipel.index;

/**
 * A run of places with its summary.
 *
 * @param start the first place; of the first row in it, but for the first chunk of a view
 * @param end after the last
 */
record Chunk(byte[] start, byte[] end, Summary summary) {}
