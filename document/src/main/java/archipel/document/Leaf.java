package archipel.document;

/**
 * A revision that nothing has been written on.
 *
 * @param deleted whether the revision is a deletion
 */
public record Leaf(Revision revision, boolean deleted) {}
