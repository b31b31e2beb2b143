package archipel.witness;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What to run.
 *
 * @param url of the node, with name and password
 * @param database that is made for the run, and must not be there
 * @param length after which the run ends
 * @param requests after which it ends too, where that is earlier
 * @param documents that are written, updated and deleted one by one or in bulk
 * @param groups of documents that are only ever written together, atomically
 * @param perSecond requests that each client sends at the most
 * @param horizon how many blocks the database is told to keep, so that older ones go while they are read; 0 to leave
 *     that to the node
 * @param away how long the node may be away before the run gives up
 */
public record Plan(
        URI url,
        String database,
        long seed,
        Duration length,
        long requests,
        int writers,
        int pollers,
        int pagers,
        int repeaters,
        int documents,
        int groups,
        int perSecond,
        int horizon,
        Duration away,
        boolean keep,
        Path record) {
    /** How many documents each group has. */
    static final int GROUP_SIZE = 4;

    /** A small run. */
    public static Plan of(URI url, Path record) {
        return new Plan(
                url,
                "history-check",
                1,
                Duration.ofSeconds(20),
                Long.MAX_VALUE,
                4,
                4,
                3,
                2,
                60,
                8,
                50,
                0,
                Duration.ofSeconds(60),
                false,
                record);
    }

    /** The same that ends after so long, or so many requests. */
    public Plan lasting(Duration atMost, long requestsAtMost) {
        return with(seed, atMost, requestsAtMost, horizon);
    }

    /** The same with another seed. */
    public Plan seeded(long other) {
        return with(other, length, requests, horizon);
    }

    /** The same in a database that keeps that many blocks. */
    public Plan keeping(int blocks) {
        return with(seed, length, requests, blocks);
    }

    private Plan with(long otherSeed, Duration otherLength, long otherRequests, int otherHorizon) {
        return new Plan(
                url,
                database,
                otherSeed,
                otherLength,
                otherRequests,
                writers,
                pollers,
                pagers,
                repeaters,
                documents,
                groups,
                perSecond,
                otherHorizon,
                away,
                keep,
                record);
    }
}
