package archipel.linearizability;

import java.time.Duration;

/**
 * How much a check may cost before it gives up. Most histories need next to nothing; for some every search takes time
 * and memory that grow exponentially, since the problem is NP-complete (Gibbons and Korach).
 *
 * @param time for the whole history; explanations of violations take up to 45 s more
 * @param configurations how many are remembered at once, at some 150 bytes each and the state that each has
 */
public record Bounds(Duration time, int configurations) {
    /** A minute, and a few hundred megabytes. */
    public static final Bounds USUAL = new Bounds(Duration.ofMinutes(1), 1_000_000);
}
