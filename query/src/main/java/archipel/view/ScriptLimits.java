package archipel.view;

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
    public static final ScriptLimits DEFAULT = new ScriptLimits(
            Duration.ofSeconds(5), 64L << 20, Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8), 64);

    /** With a quarantine as by default. */
    public ScriptLimits(Duration time, long memory, int threads, int contexts) {
        this(time, memory, threads, contexts, 3, Duration.ofMinutes(1), 5);
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
