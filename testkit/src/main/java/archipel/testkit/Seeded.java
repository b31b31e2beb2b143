package archipel.testkit;

import java.util.SplittableRandom;

/**
 * Runs a property with random input that can be had again: a failure names its seed, and {@code -Dseed=N} runs that one
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
        Long asked = Long.getLong(PROPERTY);
        if (asked != null) {
            run(asked, property);
            return;
        }
        int wanted = Integer.getInteger("seed.runs", runs);
        for (long seed = 1; seed <= wanted; seed++) {
            run(seed, property);
        }
    }

    private static void run(long seed, Property property) {
        try {
            property.check(new SplittableRandom(seed));
        } catch (Throwable failure) {
            throw new AssertionError("failed with seed " + seed + "; replay with -Dseed=" + seed, failure);
        }
    }

    /** Something that holds for every random input. */
    @FunctionalInterface
    public interface Property {
        void check(SplittableRandom random) throws Exception;
    }
}
