package archipel.storage;

/**
 * The versions of what is on disk. A node opens those from {@link #OLDEST} to {@link #NEWEST} and refuses all others.
 */
public enum FormatVersion {
    /** Documents, bodies, changes and what superseded them, blocks, local documents, purges, attachments. */
    V1(1),
    /** Also superseded versions of documents and changes; bodies and blocks say more than in V1. */
    V2(2),
    /** Databases stand in groups: the catalog says in which, and which databases have no name. */
    V3(3);

    public static final FormatVersion OLDEST = V2;
    public static final FormatVersion NEWEST = V3;

    private final int number;

    FormatVersion(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
