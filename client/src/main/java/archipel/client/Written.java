package archipel.client;

/**
 * A write that was acknowledged.
 *
 * @param revision which the document has now
 * @param block a state of the database that shows it; where a repeated write was recognised, a later one may be named
 */
public record Written(String id, String revision, Block block) {}
