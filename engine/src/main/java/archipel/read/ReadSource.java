package archipel.read;

import archipel.changes.FormerHead;
import archipel.storage.StoreSnapshot;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A database as its door sees it. Safe for use by many threads. */
public interface ReadSource {
    /**
     * The newest committed state.
     *
     * @throws archipel.document.RequestException 404 when the database was deleted
     */
    Committed newest();

    /** What stamps call this node. */
    String origin();

    /** How far the databases had come that had this name before. */
    FormerHead former();

    /**
     * Ends once {@link #newest} shows everything that was acknowledged to anybody before this was called, or with a
     * {@link archipel.document.RequestException} where that cannot be had. Has ended already on a single node.
     */
    CompletableFuture<@Nullable Void> acknowledged();

    /** Whether this node leads those that have the database, so that its newest state is the leader's. */
    boolean leads();

    /** Waits until the block of that number is there, in vain when the database is deleted or the node closes. */
    void awaitBlock(long number, Duration wait) throws InterruptedException;

    /**
     * Waits until a time is over, and settles which block stood then: later blocks get later times.
     *
     * @return false where the time is not over
     */
    boolean settle(long timeMs, Duration wait) throws InterruptedException;

    /**
     * What was committed.
     *
     * @param store as of the same command as the facts; retained for the caller, who releases it
     */
    record Committed(DatabaseFacts facts, StoreSnapshot store) {}
}
