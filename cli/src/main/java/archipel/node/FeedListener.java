package archipel.node;

/** Who is told how it stands with a feed. */
public interface FeedListener {
    /** Nothing comes until {@link #resumed}, for this reason; what happens meanwhile is told then. */
    void interrupted(String reason);

    /** It goes on. */
    void resumed();
}
