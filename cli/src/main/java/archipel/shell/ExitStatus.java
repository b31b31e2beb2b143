package archipel.shell;

/** How a command ended, for scripts. */
public enum ExitStatus {
    DONE(0, "Success."),
    FAULTS(1, "An unexpected error occurred."),
    USAGE(2, "The command line, a setting or the settings file is wrong."),
    DATA(3, "The data directory cannot be used: it is in use, not Archipel's, or of a newer version."),
    ADDRESS(4, "Cannot listen on the address: the port is in use, or not allowed."),
    MEMORY(5, "Out of memory, or a failure that the node cannot recover from; acknowledged writes are stored."),
    FILES(6, "The process may open too few files."),
    ABSENT(7, "The key has no value, or there is no such peer or member."),
    DIFFERENT(8, "The key has a different value, and keeps it."),
    STOPPED(143, "Stopped by SIGTERM (130: by Ctrl-C), all writes stored.");

    private final int code;
    private final String meaning;

    ExitStatus(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    public int code() {
        return code;
    }

    /** Where a command does not say more: see {@link Endings}. */
    String meaning() {
        return meaning;
    }
}
