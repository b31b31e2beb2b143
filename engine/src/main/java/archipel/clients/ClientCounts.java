package archipel.clients;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many of something there are now, in all and of one {@link ClientNetwork}. Safe for use by many threads. */
public final class ClientCounts {
    private final AtomicInteger total = new AtomicInteger();
    private final Map<String, Integer> byNetwork = new ConcurrentHashMap<>();

    /** What came of {@link #enter}. */
    public enum Outcome {
        ENTERED,
        /** There are as many as there may be. */
        FULL,
        /** This client has as many as one client may have. */
        CLIENT_FULL
    }

    /**
     * Counts one in where there is room for it.
     *
     * @param most how many there may be in all
     * @param mostOfOne how many of them one network may have
     */
    public Outcome enter(String network, int most, int mostOfOne) {
        if (total.incrementAndGet() > most) {
            total.decrementAndGet();
            return Outcome.FULL;
        }
        boolean[] entered = new boolean[1];
        byNetwork.compute(network, (_, count) -> {
            int now = count == null ? 0 : count;
            entered[0] = now < mostOfOne;
            return entered[0] ? Integer.valueOf(now + 1) : count;
        });
        if (entered[0]) {
            return Outcome.ENTERED;
        }
        total.decrementAndGet();
        return Outcome.CLIENT_FULL;
    }

    /** Counts out one that {@link #enter} has counted in. */
    public void leave(String network) {
        total.decrementAndGet();
        byNetwork.computeIfPresent(network, (_, count) -> count == 1 ? null : count - 1);
    }

    public int total() {
        return total.get();
    }
}
