package archipel.command;

import static archipel.storage.FormatVersion.V3;
import static archipel.storage.FormatVersion.V4;

import archipel.storage.FormatVersion;
import java.util.List;

/**
 * The kinds of commands as their bytes name them, each with the formats from which on its versions are written. A kind
 * keeps its name for ever. Whoever changes a kind's fields gives it the next version, from the next format on, and goes
 * on reading the earlier ones.
 */
enum CommandKind {
    RAISE_FORMAT("raise-format", V3),
    DUTY("duty", V4),
    RESERVE_DATABASE("reserve-database", V3, V4),
    NAME_DATABASE("name-database", V3),
    DROP_DATABASE("drop-database", V3),
    ABANDON_DATABASE("abandon-database", V3, V4),
    RENEW_DATABASE("renew-database", V4),
    FORGET_DATABASE("forget-database", V3, V4),
    PUT_FACT("put-fact", V3),
    CREATE_DATABASE("create-database", V3),
    ERASE_DATABASE("erase-database", V3),
    WRITE_DOCUMENTS("write-documents", V3),
    COPY_DOCUMENTS("copy-documents", V3),
    WRITE_LOCAL("write-local", V3),
    SET_SECURITY("set-security", V3),
    SET_LIMIT("set-limit", V3),
    PURGE("purge", V3),
    REWIND("rewind", V3),
    COMPACT("compact", V3),
    SET_HORIZON("set-horizon", V3),
    RAISE_HORIZON("raise-horizon", V3),
    PRUNE("prune", V3),
    SETTLE("settle", V3),
    RESTART_TIME("restart-time", V3),
    STAGE_CHUNK("stage-chunk", V3, V4),
    RENEW_UPLOAD("renew-upload", V4),
    DROP_UPLOAD("drop-upload", V3, V4);

    private final String text;
    private final List<FormatVersion> formats;

    /** @param formats from which on the versions of the fields are written, the first version's first */
    CommandKind(String text, FormatVersion... formats) {
        this.text = text;
        this.formats = List.of(formats);
    }

    String text() {
        return text;
    }

    /** The newest version that this program can read. */
    int newest() {
        return formats.size();
    }

    /**
     * The version that is written in a format.
     *
     * @throws IllegalArgumentException where the format does not have this kind
     */
    int version(FormatVersion format) {
        int version = 0;
        while (version < formats.size() && format.isAtLeast(formats.get(version))) {
            version++;
        }
        if (version == 0) {
            throw new IllegalArgumentException("format " + format.number() + " has no command " + text);
        }
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
                if (version < 1 || version > kind.newest()) {
                    throw new UnknownCommandException(text, version);
                }
                return kind;
            }
        }
        throw new UnknownCommandException(text, version);
    }
}
