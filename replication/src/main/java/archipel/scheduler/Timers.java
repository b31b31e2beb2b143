package archipel.scheduler;

import java.util.Comparator;
import java.util.TreeSet;

/** What is to be done at some time and may be called off before. Not safe for concurrent use. */
final class Timers {
    private final TreeSet<Timer> timers =
            new TreeSet<>(Comparator.<Timer>comparingLong(timer -> timer.atMs).thenComparingLong(timer -> timer.order));
    private long orders;

    /** One thing that is to be done. */
    static final class Timer {
        private final long atMs;
        private final long order;
        private final Runnable work;

        private Timer(long atMs, long order, Runnable work) {
            this.atMs = atMs;
            this.order = order;
            this.work = work;
        }
    }

    /** @param atMs of the steady clock */
    Timer at(long atMs, Runnable work) {
        Timer timer = new Timer(atMs, orders++, work);
        timers.add(timer);
        return timer;
    }

    void cancel(Timer timer) {
        timers.remove(timer);
    }

    /** Does what is due. */
    void run(long nowMs) {
        while (!timers.isEmpty() && timers.first().atMs <= nowMs) {
            timers.pollFirst().work.run();
        }
    }

    /** When the next thing is due; {@link Long#MAX_VALUE} for never. */
    long nextMs() {
        return timers.isEmpty() ? Long.MAX_VALUE : timers.first().atMs;
    }
}
