package archipel.view;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;
import java.time.Duration;

/**
 * What functions of design documents may use.
 *
 * @param time of a processor for one call, which may be for many documents; a call that takes longer is ended
 * @param memory in bytes: what one call may allocate, beside an allowance for its input, while memory is short; a call
 *     that allocates four times as much is ended in any case
 * @param threads that run functions asked for by requests, and as many again for building indexes
 * @param contexts how many compiled groups of functions are kept for the next call, about 1 MB each
 * @param strikes how many calls of one function may be ended before it is quarantined
 * @param quarantine how long at first
 * @param mapFailures with how many documents a map may be ended while its index is brought up to date, before its view
 *     fails
 */
public record ScriptLimits(
        Duration time, long memory, int threads, int contexts, int strikes, Duration quarantine, int mapFailures) {
    public static final SettingGroup GROUP = new SettingGroup("Functions of design documents");

    public static final Setting<Integer> SCRIPT_TIME_MS = GROUP.cluster(
            "script_time_ms",
            new WholeNumber(10, 600_000, "milliseconds"),
            "5000",
            Change.AT_START,
            "Processor time that one call of a design document's function may use. One call of a map function covers "
                    + "many documents; if it takes longer, they are mapped one by one.");
    public static final Setting<Long> SCRIPT_MEMORY = GROUP.cluster(
            "script_memory",
            new ByteSize(1 << 20, 1L << 30),
            "64MiB",
            Change.AT_START,
            "Memory that one call of a design document's function may allocate while memory is short, at most a "
                    + "quarter of the heap. A call that allocates four times as much is always stopped.");
    public static final Setting<Integer> SCRIPT_THREADS = GROUP.node(
            "script_threads",
            new WholeNumber(1, 256, "threads"),
            "2",
            Change.AT_START,
            "How many threads run functions for requests, and as many again for building indexes. A call that takes "
                    + "longer than a moment no longer counts. Databases take turns.");
    public static final Setting<Integer> SCRIPT_STRIKES = GROUP.cluster(
            "script_strikes",
            new WholeNumber(1, 1_000, "calls"),
            "3",
            Change.AT_START,
            "How many calls of a function may use too much time or memory before it is quarantined: it is not called "
                    + "for a while, and requests that need it fail with 503.");
    public static final Setting<Integer> SCRIPT_QUARANTINE_SECONDS = GROUP.cluster(
            "script_quarantine_seconds",
            new WholeNumber(1, 3_600, "seconds"),
            "60",
            Change.AT_START,
            "How long a function is quarantined the first time; each further time takes twice as long, up to an hour.");
    public static final Setting<Integer> SCRIPT_MAP_FAILURES = GROUP.cluster(
            "script_map_failures",
            new WholeNumber(1, 100, "documents"),
            "5",
            Change.AT_START,
            "How many documents may cost a map function too much time or memory before its view fails until the "
                    + "design document changes. With fewer, the view fails until those documents change. Other views "
                    + "go on.");

    public static final ScriptLimits DEFAULT = new ScriptLimits(
            Duration.ofSeconds(5), 64L << 20, Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8), 64);

    /** With a quarantine as by default. */
    public ScriptLimits(Duration time, long memory, int threads, int contexts) {
        this(time, memory, threads, contexts, 3, Duration.ofMinutes(1), 5);
    }

    /** As it is set. */
    public static ScriptLimits of(Settings settings) {
        return new ScriptLimits(
                Duration.ofMillis(settings.get(SCRIPT_TIME_MS)),
                settings.get(SCRIPT_MEMORY),
                settings.get(SCRIPT_THREADS),
                DEFAULT.contexts(),
                settings.get(SCRIPT_STRIKES),
                Duration.ofSeconds(settings.get(SCRIPT_QUARANTINE_SECONDS)),
                settings.get(SCRIPT_MAP_FAILURES));
    }

    /** Characters of the longest string: the largest document there is by default, and a little more. */
    static final int STRING_LENGTH = 8 << 20;

    /**
     * Elements of the longest list that a builtin may make or walk in one step, which nothing can stop: with 16 bytes
     * for each it is a small part of the heap.
     */
    static final long LIST_LENGTH = Math.clamp(Runtime.getRuntime().maxMemory() / 256, 500_000, 10_000_000);

    /** How many calls deep functions may recurse. */
    static final int FRAMES = 1000;

    /** Of a thread's stack: so much that it has room for the frames of the interpreter under each of these calls. */
    static final long STACK_BYTES = 16L << 20;

    /** Allocation that each byte of input allows. */
    static final int PER_INPUT_BYTE = 64;
}
