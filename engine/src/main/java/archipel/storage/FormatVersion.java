package archipel.storage;

import org.jspecify.annotations.Nullable;

/**
 * The versions of what is on disk and of the commands in a log. A node opens data from {@link #OLDEST} to {@link
 * #NEWEST} and refuses all others.
 *
 * <p>In which of them rows and commands are written is a fact of each group, raised by a command: until all nodes of a
 * group know a version, none writes it, and all write the same bytes. Where the fact was never raised it is {@link
 * #BEFORE_RAISING}.
 */
public enum FormatVersion {
    /** Documents, bodies, changes and what superseded them, blocks, local documents, purges, attachments. */
    V1(1),
    /** Also superseded versions of documents and changes; bodies and blocks say more than in V1. */
    V2(2),
    /** Databases stand in groups: the catalog says in which, and which databases have no name. */
    V3(3),
    /**
     * A group's position has a term; uploads and databases that are being built have a lease; an erased database leaves
     * how far it had come.
     */
    V4(4),
    /** Documents in conflict have rows of their own; databases can have a merge policy, and edits resolve conflicts. */
    V5(5),
    /** There can be many data groups, over which databases are spread; groups know what they have applied of whom. */
    V6(6),
    /**
     * The system group has locks, and what another module keeps there; commands can be fenced by tokens of locks; there
     * are topics.
     */
    V7(7);

    public static final FormatVersion OLDEST = V2;
    public static final FormatVersion NEWEST = V7;

    /** What groups write that know of no format: versions before V4 raised none. */
    public static final FormatVersion BEFORE_RAISING = V3;

    private final int number;

    FormatVersion(int number) {
        this.number = number;
    }

    /** Null for what this program does not know. */
    public static @Nullable FormatVersion of(int number) {
        for (FormatVersion version : values()) {
            if (version.number == number) {
                return version;
            }
        }
        return null;
    }

    public int number() {
        return number;
    }

    public boolean isAtLeast(FormatVersion other) {
        return compareTo(other) >= 0;
    }
}
