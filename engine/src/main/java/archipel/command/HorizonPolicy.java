package archipel.command;

import java.time.Duration;

/** Which blocks of a database stay readable. What is kept is a minimum: more may be there for a while. */
public sealed interface HorizonPolicy {
    /** 10,000 blocks and one hour. */
    HorizonPolicy DEFAULT = new Newest(10_000, Duration.ofHours(1));

    /** Every block from now on, for ever. */
    record All() implements HorizonPolicy {}

    /**
     * A block while it is one of the newest, or young.
     *
     * @param blocks how many of the newest, the head included; at least 1
     * @param age how long after its time, at least 0; what is less than a millisecond is left out
     */
    record Newest(long blocks, Duration age) implements HorizonPolicy {
        public Newest {
            if (blocks < 1 || age.isNegative()) {
                throw new IllegalArgumentException("a horizon of " + blocks + " blocks and " + age);
            }
        }
    }
}
