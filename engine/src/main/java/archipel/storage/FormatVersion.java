package archipel.storage;

/** The versions of what is on disk. A node opens every version up to {@link #NEWEST} and refuses a newer one. */
public enum FormatVersion {
    /** Documents, bodies, changes and what superseded them, blocks, local documents, purges, attachments. */
    V1(1);

    public static final FormatVersion NEWEST = V1;

    private final int number;

    FormatVersion(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
