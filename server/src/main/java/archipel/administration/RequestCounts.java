package archipel.administration;

import archipel.http.RequestMetrics;
import archipel.http.Verb;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the requests: by method, by status, and by how long they took, in buckets that double. Cheap enough for every
 * request; what shows the counts asks for them when it is asked itself.
 */
public final class RequestCounts implements RequestMetrics {
    private static final int GREATEST_STATUS = 600;
    private static final int BUCKETS = 40;

    private final LongAdder[] verbs = adders(Verb.values().length);
    private final AtomicLongArray statuses = new AtomicLongArray(GREATEST_STATUS);
    private final LongAdder[] buckets = adders(BUCKETS);
    private final LongAdder nanoseconds = new LongAdder();

    private static LongAdder[] adders(int count) {
        LongAdder[] adders = new LongAdder[count];
        for (int i = 0; i < count; i++) {
            adders[i] = new LongAdder();
        }
        return adders;
    }

    @Override
    public void answered(Verb verb, int status, long took) {
        verbs[verb.ordinal()].increment();
        statuses.incrementAndGet(Math.clamp(status, 0, GREATEST_STATUS - 1));
        nanoseconds.add(took);
        // Bucket b holds what took less than 2^b microseconds, and no less than half of that.
        buckets[Math.min(BUCKETS - 1, Long.SIZE - Long.numberOfLeadingZeros(took / 1_000))].increment();
    }

    /** All that were answered. */
    public long total() {
        long total = 0;
        for (LongAdder verb : verbs) {
            total += verb.sum();
        }
        return total;
    }

    public long of(Verb verb) {
        return verbs[verb.ordinal()].sum();
    }

    public long of(int status) {
        return statuses.get(status);
    }

    /** All requests together, in seconds. */
    public double seconds() {
        return nanoseconds.sum() / 1e9;
    }

    /** How long the fastest part of the requests took at the most, in seconds; as exact as the buckets are. */
    public double quantileSeconds(double part) {
        long wanted = (long) Math.ceil(total() * part);
        long seen = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            seen += buckets[bucket].sum();
            if (seen >= wanted && seen > 0) {
                return (1L << bucket) / 1e6;
            }
        }
        return 0;
    }
}
