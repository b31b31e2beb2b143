package archipel.log;

/**
 * Told by a log when this node begins and ceases to lead a group. What a node does to shared state without being asked
 * is for the leader alone.
 *
 * <p>On the log's threads: neither waits nor appends.
 */
public interface Leadership {
    /**
     * This node leads the group, and its state machine has applied every command of earlier terms.
     *
     * @param term greater than all before it; commands that are appended from now on get it, or a later one
     */
    void begin(int group, long term);

    /** This node leads the group no more; it may be told so long after another one began. */
    void end(int group, long term);
}
