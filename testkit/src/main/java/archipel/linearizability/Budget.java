package archipel.linearizability;

import java.time.Duration;

/** What is left of the time that a check may take. */
final class Budget {
    /** A step takes a microsecond or some, a reading of the clock a small part of that. */
    private static final int STEPS_PER_READING = 16;

    private final long deadlineNs;
    private long steps;
    private boolean spent;

    Budget(Duration time) {
        this(System.nanoTime() + time.toNanos());
    }

    private Budget(long deadlineNs) {
        this.deadlineNs = deadlineNs;
    }

    /** A budget for a part of the work, which ends no later than this one. */
    Budget part(Duration time) {
        long partNs = System.nanoTime() + time.toNanos();
        return new Budget(partNs - deadlineNs < 0 ? partNs : deadlineNs);
    }

    /** To be called often. */
    boolean isSpent() {
        if (!spent && steps++ % STEPS_PER_READING == 0) {
            spent = System.nanoTime() - deadlineNs >= 0;
        }
        return spent;
    }
}
