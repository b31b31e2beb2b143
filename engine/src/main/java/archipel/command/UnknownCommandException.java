package archipel.command;

/**
 * A command that a newer program wrote. It must not be skipped: the nodes that know it have applied it. The group stops
 * on this node until the program is upgraded.
 */
public final class UnknownCommandException extends RuntimeException {
    private final String kind;
    private final int version;

    UnknownCommandException(String kind, int version) {
        super("The command " + kind + " of version " + version + " is not known to this program; upgrade it.");
        this.kind = kind;
        this.version = version;
    }

    /** As the command's bytes name it. */
    public String kind() {
        return kind;
    }

    /** Of the command's fields. */
    public int version() {
        return version;
    }
}
