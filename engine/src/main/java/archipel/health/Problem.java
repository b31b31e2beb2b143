package archipel.health;

/** The kinds of lasting problems a node can have. Their order is the order in which they are listed. */
public enum Problem {
    /** The store no longer accepts writes, and only a restart or a recovery changes that. */
    STORAGE_HALTED("storage_halted", Impact.WRITES_FAIL),

    /** The ensemble that the node is a member of has not begun, or no majority of it can be reached. */
    NO_LEADER("no_leader", Impact.WRITES_FAIL),
    /** The node's log failed, or what applies it, in some groups of its ensemble: others go on with them. */
    MEMBER_STOPPED("member_stopped", Impact.WRITES_FAIL),
    /** The node was removed from its ensemble, and has what it had then. */
    NO_MEMBER("no_member", Impact.WRITES_FAIL),
    /** Most members of the ensemble have other data than this node, which serves none of it until it is rebuilt. */
    DIVERGED("diverged", Impact.WRITES_FAIL),
    /** Members of the ensemble have different data, and it cannot be told who is right. */
    DIVERGENCE_SUSPECTED("divergence_suspected", Impact.DEGRADED),

    /** Writes are refused until there is room on the disk. Reads and deletions work. */
    DISK_FULL("disk_full", Impact.DEGRADED),

    /** Connections are refused or closed because the process is short of file descriptors. */
    DESCRIPTORS_SHORT("descriptors_short", Impact.DEGRADED),

    /** Requests are refused because those under way take the memory there is. */
    MEMORY_SHED("memory_shed", Impact.DEGRADED),

    /** The system's clock is so far from the databases' time that they keep a time of their own. */
    CLOCK_DRIFT("clock_drift", Impact.DEGRADED),

    /** Writes fail here that a sound node would apply: stored data is damaged, or there is a bug. */
    WRITE_FAULTS("write_faults", Impact.DEGRADED),

    /** The store of indexes was damaged, so that they are built anew. Documents are unharmed. */
    INDEXES_DAMAGED("indexes_damaged", Impact.DEGRADED),

    /** What the node does in the background fails, and is tried again. */
    BACKGROUND_FAULTS("background_faults", Impact.DEGRADED);

    private final String label;
    private final Impact impact;

    Problem(String label, Impact impact) {
        this.label = label;
        this.impact = impact;
    }

    /** As answers and metrics name it; a part of the interface. */
    public String label() {
        return label;
    }

    public Impact impact() {
        return impact;
    }

    /** Whether the node can still serve clients. */
    public enum Impact {
        /** It is: some requests are refused or slow, and the problem may pass by itself. {@code /_up} answers 200. */
        DEGRADED,

        /** No write can succeed before an operator acts, or other nodes are back. {@code /_up} answers 503. */
        WRITES_FAIL
    }
}
