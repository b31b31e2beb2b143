package archipel.ensemble;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Simulated time and all that is to happen in it, on one thread: of what is due at the same moment the seed says which
 * comes first.
 */
final class SimClock {
    private final SplittableRandom random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::turn));
    private long nowMs;
    // What happens between two steps of something else is not interrupted itself.
    private boolean nested;

    SimClock(SplittableRandom random) {
        this.random = random;
    }

    private record Event(long atMs, long turn, Runnable work) {}

    long nowMs() {
        return nowMs;
    }

    void after(long delayMs, Runnable work) {
        events.add(new Event(nowMs + delayMs, random.nextLong(), work));
    }

    /** Within so many milliseconds. */
    void within(int mostMs, Runnable work) {
        after(random.nextInt(mostMs + 1), work);
    }

    /** Does what is due until then. */
    void run(long forMs) {
        long untilMs = nowMs + forMs;
        while (!events.isEmpty() && events.peek().atMs <= untilMs) {
            Event next = events.poll();
            nowMs = Math.max(nowMs, next.atMs);
            next.work.run();
        }
        nowMs = untilMs;
    }

    /**
     * What other threads do while one is between two of its steps: something that is about to happen, happens now. Not
     * to be called with a lock held.
     */
    void interleave() {
        if (nested || events.isEmpty() || random.nextInt(4) > 0) {
            return;
        }
        nested = true;
        try {
            List<Event> passed = new ArrayList<>();
            int skipped = random.nextInt(Math.min(events.size(), 4));
            for (int i = 0; i < skipped; i++) {
                passed.add(events.poll());
            }
            Event next = events.poll();
            events.addAll(passed);
            if (next != null && next.atMs - nowMs < 100) {
                next.work.run();
            } else if (next != null) {
                events.add(next);
            }
        } finally {
            nested = false;
        }
    }
}
