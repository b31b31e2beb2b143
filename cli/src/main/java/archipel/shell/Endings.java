package archipel.shell;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** With which statuses a command can end, and what each of them means there; its help shows them. */
public final class Endings {
    private static final String REFUSED =
            "The node could not be reached or refused the request, or an unexpected error occurred.";
    private static final String FAULTS_OR_REFUSED =
            "Faults were found, the node could not be reached or refused the request, or an unexpected error occurred.";

    /** Of a node itself. */
    public static final Endings SERVE = of(
            ExitStatus.FAULTS,
            ExitStatus.DATA,
            ExitStatus.ADDRESS,
            ExitStatus.MEMORY,
            ExitStatus.FILES,
            ExitStatus.STOPPED);

    /** Of all commands. */
    public static final Endings ALL = of(ExitStatus.values()).with(ExitStatus.FAULTS, FAULTS_OR_REFUSED);

    /** Of commands that read or write data. */
    public static final Endings DATA = of(ExitStatus.FAULTS, ExitStatus.DATA, ExitStatus.FILES);

    /** As {@link #DATA}, where faults are looked for. */
    public static final Endings CHECK =
            DATA.with(ExitStatus.FAULTS, "Faults were found, or an unexpected error occurred.");

    /** As {@link #DATA}, or of commands that ask a node to do it. */
    public static final Endings DATA_OR_NODE = DATA.with(ExitStatus.FAULTS, REFUSED);

    /** As {@link #DATA_OR_NODE}, where faults are looked for. */
    public static final Endings VERIFY = DATA.with(ExitStatus.FAULTS, FAULTS_OR_REFUSED);

    /** Of commands that look at backups alone, without a store. */
    public static final Endings BACKUPS = of(ExitStatus.FAULTS, ExitStatus.DATA);

    /** Of commands that do neither. */
    public static final Endings WITHOUT_DATA = of();

    /** Of commands that ask a node and nothing else. */
    static final Endings NODE = of().with(ExitStatus.FAULTS, REFUSED);

    /** As {@link #NODE}, about a key that should have a value. */
    static final Endings KEY = NODE.with(ExitStatus.ABSENT, "The key has no value.");

    /** As {@link #NODE}, about a key that should have none, or an equal one. */
    static final Endings SET = NODE.with(ExitStatus.DIFFERENT, ExitStatus.DIFFERENT.meaning());

    /** As {@link #NODE}, of what runs until it is stopped. */
    static final Endings WATCH = NODE.with(ExitStatus.STOPPED, "Stopped by SIGTERM (130: by Ctrl-C).");

    /** As {@link #NODE}, about a peer. */
    static final Endings PEER = NODE.with(ExitStatus.ABSENT, "There is no such peer.");

    /** As {@link #NODE}, about a member of an ensemble. */
    static final Endings MEMBER = NODE.with(ExitStatus.ABSENT, "The ensemble has no such member.");

    /** As {@link #NODE}, of what makes a data directory that of a member. */
    static final Endings JOIN = NODE.with(ExitStatus.DATA, "The data directory cannot be used.");

    private final Map<ExitStatus, String> meanings;

    private Endings(Map<ExitStatus, String> meanings) {
        this.meanings = meanings;
    }

    /** Besides those that every command can end with. */
    private static Endings of(ExitStatus... others) {
        Map<ExitStatus, String> meanings = new EnumMap<>(ExitStatus.class);
        meanings.put(ExitStatus.DONE, ExitStatus.DONE.meaning());
        meanings.put(ExitStatus.USAGE, ExitStatus.USAGE.meaning());
        for (ExitStatus other : others) {
            meanings.put(other, other.meaning());
        }
        return new Endings(meanings);
    }

    private Endings with(ExitStatus status, String meaning) {
        Map<ExitStatus, String> all = new EnumMap<>(meanings);
        all.put(status, meaning);
        return new Endings(all);
    }

    /** What each code means, for picocli's help. */
    public Map<String, String> byCode() {
        Map<String, String> codes = new LinkedHashMap<>();
        meanings.forEach((status, meaning) -> codes.put(Integer.toString(status.code()), meaning));
        return codes;
    }
}
