package archipel.calls;

import java.util.concurrent.atomic.LongAdder;

/** How often the client had to do more than ask once. All count from the beginning. */
public final class CallCounters {
    final LongAdder attempts = new LongAdder();
    final LongAdder failedAttempts = new LongAdder();
    final LongAdder unknownOutcomes = new LongAdder();

    CallCounters() {}

    /** Requests that were sent, repetitions included. */
    public long attempts() {
        return attempts.sum();
    }

    /** Those of them after which another node was asked, or the same one again. */
    public long failedAttempts() {
        return failedAttempts.sum();
    }

    /** Writes that ended with {@link archipel.failures.OutcomeUnknownException}. */
    public long unknownOutcomes() {
        return unknownOutcomes.sum();
    }
}
