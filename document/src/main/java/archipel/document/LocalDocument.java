package archipel.document;

/**
 * A {@code _local} document: kept by this node alone, not replicated, without history.
 *
 * @param id with its {@code _local/} prefix
 * @param revision {@code 0-N}, N counting from 1
 * @param json without underscore members
 */
public record LocalDocument(String id, Revision revision, byte[] json) {}
