package archipel.testkit;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a property with random input that can be had again: a failure names its seed and the command that runs that one
 * alone.
 */
public final class Seeded {
    private static final String PROPERTY = "seed";

    private Seeded() {}

    /**
     * Runs the property once for each of {@code runs} seeds, the same ones every time; with {@code -Dseed=N} once with
     * that seed. {@code -Dseed.runs=N} runs more, or fewer.
     */
    public static void check(int runs, Property property) {
        check(StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE).getCallerClass(), runs, 1, property);
    }

    /** As {@link #check(int, Property)}, on all processors: for a property that many threads may run at once. */
    public static void checkInParallel(int runs, Property property) {
        Class<?> test = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                .getCallerClass();
        check(test, runs, Runtime.getRuntime().availableProcessors(), property);
    }

    private static void check(Class<?> test, int runs, int threads, Property property) {
        Long asked = Long.getLong(PROPERTY);
        if (asked != null) {
            run(test, asked, property);
            return;
        }
        int wanted = Integer.getInteger("seed.runs", runs);
        if (threads == 1) {
            for (long seed = 1; seed <= wanted; seed++) {
                run(test, seed, property);
            }
            return;
        }
        AtomicLong next = new AtomicLong(1);
        AtomicReference<@Nullable AssertionError> failure = new AtomicReference<>();
        Runnable work = () -> {
            for (long seed = next.getAndIncrement();
                    seed <= wanted && failure.get() == null;
                    seed = next.getAndIncrement()) {
                try {
                    run(test, seed, property);
                } catch (AssertionError e) {
                    failure.compareAndSet(null, e);
                }
            }
        };
        List<Thread> workers = IntStream.range(0, threads)
                .mapToObj(i -> Thread.ofPlatform().name("seeds-" + i).start(work))
                .toList();
        try {
            for (Thread worker : workers) {
                worker.join();
            }
        } catch (InterruptedException e) {
            next.set(Long.MAX_VALUE);
            Thread.currentThread().interrupt();
        }
        AssertionError first = failure.get();
        if (first != null) {
            throw first;
        }
    }

    private static void run(Class<?> test, long seed, Property property) {
        try {
            property.check(new SplittableRandom(seed));
        } catch (Throwable failure) {
            throw new AssertionError(
                    "failed with seed " + seed + "; replay with ./dev replay " + test.getSimpleName() + " " + seed,
                    failure);
        }
    }

    /** Something that holds for every random input. */
    @FunctionalInterface
    public interface Property {
        void check(SplittableRandom random) throws Exception;
    }
}
