package archipel.shell;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** How a command ended, for scripts; shown in its help. */
public enum ExitStatus {
    DONE(0, "Success."),
    FAULTS(
            1,
            "check or verify found faults, a node could not be reached or refused the request, or an unexpected error "
                    + "occurred."),
    USAGE(2, "The command line, a setting or the settings file is wrong."),
    DATA(3, "The data directory cannot be used: it is in use, not Archipel's, or of a newer version."),
    ADDRESS(4, "Cannot listen on the address: the port is in use, or not allowed."),
    MEMORY(5, "Out of memory, or a failure that the node cannot recover from; acknowledged writes are stored."),
    FILES(6, "The process may open too few files."),
    ABSENT(7, "The key has no value, or there is no such peer."),
    DIFFERENT(8, "set: the key has a different value, and keeps it."),
    STOPPED(143, "Stopped by SIGTERM (130: by Ctrl-C), all writes stored.");

    /** Of commands that read or write data, or ask a node to. */
    public static final Set<ExitStatus> ON_DATA = EnumSet.of(DONE, FAULTS, USAGE, DATA, FILES);

    /** Of commands that look at backups alone, without a store. */
    public static final Set<ExitStatus> ON_BACKUPS = EnumSet.of(DONE, FAULTS, USAGE, DATA);

    /** Of commands that do neither. */
    public static final Set<ExitStatus> WITHOUT_DATA = EnumSet.of(DONE, USAGE);

    /** Of a node itself, and of commands that do not say more. */
    public static final Set<ExitStatus> ON_SERVE = EnumSet.complementOf(EnumSet.of(ABSENT, DIFFERENT));

    /** Of commands that ask a node and nothing else. */
    public static final Set<ExitStatus> ON_NODE = EnumSet.of(DONE, FAULTS, USAGE);

    /** As {@link #ON_NODE}, about what should be there. */
    public static final Set<ExitStatus> ON_FOUND = EnumSet.of(DONE, FAULTS, USAGE, ABSENT);

    /** As {@link #ON_NODE}, about a key that should have none, or an equal one. */
    public static final Set<ExitStatus> ON_SET = EnumSet.of(DONE, FAULTS, USAGE, DIFFERENT);

    /** As {@link #ON_NODE}, of what runs until it is stopped. */
    public static final Set<ExitStatus> ON_WATCH = EnumSet.of(DONE, FAULTS, USAGE, STOPPED);

    private final int code;
    private final String meaning;

    ExitStatus(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    public int code() {
        return code;
    }

    /** What each code means, for picocli's help. */
    public static Map<String, String> meanings(Set<ExitStatus> statuses) {
        Map<String, String> meanings = new LinkedHashMap<>();
        for (ExitStatus status : statuses) {
            meanings.put(Integer.toString(status.code), status.meaning);
        }
        return meanings;
    }
}
