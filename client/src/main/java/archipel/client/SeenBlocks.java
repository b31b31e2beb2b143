package archipel.client;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The newest block of each database that this client was shown. Safe for use by many threads. */
final class SeenBlocks {
    private final Map<String, Block> newest = new ConcurrentHashMap<>();

    @Nullable
    Block newest(String database) {
        return newest.get(database);
    }

    /** One of the same number and a hash is better than one without: it names the history as well. */
    void saw(String database, Block block) {
        newest.merge(
                database,
                block,
                (before, now) -> now.number() > before.number()
                                || now.number() == before.number()
                                        && before.hash().isEmpty()
                        ? now
                        : before);
    }

    /** The database is another one from now on, or gone. */
    void forget(String database) {
        newest.remove(database);
    }
}
