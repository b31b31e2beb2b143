package archipel.failures;

/**
 * 404 {@code block_unknown} or 409 {@code other_history}: the block or position that the caller has seen is not part
 * of this database's history. The database was deleted and made again, or restored from a backup. What the caller knows
 * of it is void; {@code Database.forget} lets it begin anew.
 */
public final class OtherHistoryException extends ArchipelException {
    /** @param what which request, for people */
    public OtherHistoryException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }

    /** Where a feed can begin again; empty where the node does not say. */
    public String restart() {
        return answer().field("restart");
    }
}
