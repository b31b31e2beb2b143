package archipel.mesh;

import archipel.changes.SteadyClock;
import archipel.clients.ClientNetwork;
import archipel.memory.BoundedMap;
import java.util.function.IntSupplier;

/**
 * How often nodes that are not let in may try, from one client network, so that nobody guesses a secret. Whoever is let
 * in does not count. Safe for use by many threads.
 */
final class JoinAttempts {
    private static final int MOST_NETWORKS = 10_000;

    private final SteadyClock clock;
    private final IntSupplier perMinute;
    private final BoundedMap<String, TokenBucket> networks = new BoundedMap<>(() -> MOST_NETWORKS);

    /** @param perMinute asked for each network that is new */
    JoinAttempts(SteadyClock clock, IntSupplier perMinute) {
        this.clock = clock;
        this.perMinute = perMinute;
    }

    /** Of the network of that address; the one that was asked for the longest ago is forgotten for a new one. */
    synchronized TokenBucket of(String address) {
        String network = ClientNetwork.of(address);
        TokenBucket pace = networks.get(network);
        if (pace == null) {
            int most = perMinute.getAsInt();
            pace = new TokenBucket(clock, most, most / 60.0);
            networks.put(network, pace);
        }
        return pace;
    }
}
