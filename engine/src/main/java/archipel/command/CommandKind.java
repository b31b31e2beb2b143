package archipel.command;

/**
 * The kinds of commands as their bytes name them, each with the version of its fields that this program writes. A kind
 * keeps its name for ever. Whoever changes a kind's fields gives it the next version and goes on reading the earlier
 * ones.
 */
enum CommandKind {
    RESERVE_DATABASE("reserve-database", 1),
    NAME_DATABASE("name-database", 1),
    DROP_DATABASE("drop-database", 1),
    ABANDON_DATABASE("abandon-database", 1),
    FORGET_DATABASE("forget-database", 1),
    PUT_FACT("put-fact", 1),
    CREATE_DATABASE("create-database", 1),
    ERASE_DATABASE("erase-database", 1),
    WRITE_DOCUMENTS("write-documents", 1),
    COPY_DOCUMENTS("copy-documents", 1),
    WRITE_LOCAL("write-local", 1),
    SET_SECURITY("set-security", 1),
    SET_LIMIT("set-limit", 1),
    PURGE("purge", 1),
    REWIND("rewind", 1),
    COMPACT("compact", 1),
    SET_HORIZON("set-horizon", 1),
    RAISE_HORIZON("raise-horizon", 1),
    PRUNE("prune", 1),
    SETTLE("settle", 1),
    RESTART_TIME("restart-time", 1),
    STAGE_CHUNK("stage-chunk", 1),
    DROP_UPLOAD("drop-upload", 1);

    private final String text;
    private final int version;

    CommandKind(String text, int version) {
        this.text = text;
        this.version = version;
    }

    String text() {
        return text;
    }

    int version() {
        return version;
    }

    /**
     * Finds a kind that this program can read.
     *
     * @throws UnknownCommandException for a kind or version that a newer program wrote
     */
    static CommandKind of(String text, int version) {
        for (CommandKind kind : values()) {
            if (kind.text.equals(text)) {
                if (version < 1 || version > kind.version) {
                    throw new UnknownCommandException(text, version);
                }
                return kind;
            }
        }
        throw new UnknownCommandException(text, version);
    }
}
