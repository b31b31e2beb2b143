package archipel.nemesis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** The threads of a workload's clients, which end together, and what they counted. Safe for use by many threads. */
final class ClientThreads {
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Violations violations = new Violations();
    private volatile boolean over;

    /** What a client repeats until the end. */
    @FunctionalInterface
    interface Step {
        void run() throws Exception;
    }

    /** Not to be called by two threads at once. */
    void begin(String name, Step step) {
        threads.add(Thread.ofVirtual().name(name).start(() -> {
            while (!over) {
                try {
                    step.run();
                } catch (Exception e) {
                    violations.add(name + " got what it does not understand: " + e + " at " + e.getStackTrace()[0]);
                }
            }
        }));
    }

    boolean isOver() {
        return over;
    }

    /** Pauses, not beyond the end. */
    void pause(int ms) {
        long begunNs = System.nanoTime();
        while (!over && System.nanoTime() - begunNs < TimeUnit.MILLISECONDS.toNanos(ms)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(Math.min(ms, 100)));
        }
    }

    void count(String what) {
        counts.computeIfAbsent(what, _ -> new LongAdder()).increment();
    }

    long counted(String what) {
        return counts.getOrDefault(what, new LongAdder()).sum();
    }

    /** How often what happened. */
    String counts() {
        return new TreeMap<>(counts).toString();
    }

    Violations violations() {
        return violations;
    }

    /** Returns once all have ended. */
    void end() {
        over = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
