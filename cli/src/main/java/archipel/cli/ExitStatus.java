package archipel.cli;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** How a command ended, for scripts; shown in its help. */
enum ExitStatus {
    DONE(0, "Done."),
    FAULTS(
            1,
            "check or verify found faults, a running node could not be reached or refused, or something unexpected "
                    + "went wrong."),
    USAGE(2, "The command line, a setting or the settings file is wrong."),
    DATA(3, "The data directory cannot be used: in use, not Archipel's, or of a newer version."),
    ADDRESS(4, "The address cannot be listened on: the port is in use, or not allowed."),
    MEMORY(5, "The server ran out of memory, or failed where it could not go on; everything acknowledged is written."),
    FILES(6, "The process may open too few files."),
    STOPPED(143, "Stopped by SIGTERM, everything written (130 for Ctrl-C).");

    /** Of commands that read or write data, or ask a node to. */
    static final Set<ExitStatus> ON_DATA = EnumSet.of(DONE, FAULTS, USAGE, DATA, FILES);

    /** Of commands that look at backups alone, without a store. */
    static final Set<ExitStatus> ON_BACKUPS = EnumSet.of(DONE, FAULTS, USAGE, DATA);

    /** Of commands that do neither. */
    static final Set<ExitStatus> WITHOUT_DATA = EnumSet.of(DONE, USAGE);

    private final int code;
    private final String meaning;

    ExitStatus(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    /** What each code means, for picocli's help. */
    static Map<String, String> meanings(Set<ExitStatus> statuses) {
        Map<String, String> meanings = new LinkedHashMap<>();
        for (ExitStatus status : statuses) {
            meanings.put(Integer.toString(status.code), status.meaning);
        }
        return meanings;
    }
}
