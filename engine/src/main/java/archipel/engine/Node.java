package archipel.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** One process's data: the databases of one data directory. Safe for use by many threads. */
public final class Node implements AutoCloseable {
    /**
     * Opens the data directory, making it if there is none. Costs the same however much it holds.
     *
     * @throws NodeOpenException where another process holds it, it is not Archipel's, or a newer version wrote it
     */
    public static Node open(Path directory, NodeOptions options) {
        throw new UnsupportedOperationException();
    }

    /** 32 hex digits, the same for the life of the data directory. */
    public String uuid() {
        throw new UnsupportedOperationException();
    }

    /** In ascending order. */
    public List<String> databaseNames() {
        throw new UnsupportedOperationException();
    }

    /** Null when there is none of that name. */
    public @Nullable Database find(String name) {
        throw new UnsupportedOperationException();
    }

    /** @throws archipel.document.RequestException 404 when there is none */
    public Database database(String name) {
        throw new UnsupportedOperationException();
    }

    /** @throws archipel.document.RequestException 412 when there is one of that name; the name is not validated here */
    public Database create(String name) {
        throw new UnsupportedOperationException();
    }

    /** @throws archipel.document.RequestException 404 when there is none */
    public void delete(String name) {
        throw new UnsupportedOperationException();
    }

    /** The position of the newest committed command; what {@code _db_updates} counts in. */
    public long position() {
        throw new UnsupportedOperationException();
    }

    /** The newest event of each database whose newest event is after {@code position}, in order. */
    public List<DatabaseEvent> eventsSince(long position) {
        throw new UnsupportedOperationException();
    }

    /** Waits for an event after {@code position}; false when there was none in time, or the node is closing. */
    public boolean awaitEvent(long position, Duration timeout) throws InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** Settings changed at run time and other small durable facts, by key. */
    public SortedMap<String, String> facts() {
        throw new UnsupportedOperationException();
    }

    /** Durably sets a fact, or removes it when the value is null. */
    public void putFact(String key, @Nullable String value) {
        throw new UnsupportedOperationException();
    }

    /** What runs in the background, for {@code _active_tasks}. */
    public List<BackgroundTask> tasks() {
        throw new UnsupportedOperationException();
    }

    /** Whether {@link #close} has begun; feeds end then. */
    public boolean isClosing() {
        throw new UnsupportedOperationException();
    }

    /** Ends feeds and uploads, commits what has been submitted, and lets the directory go. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    /**
     * @param position of the command
     * @param kind {@code created}, {@code updated} or {@code deleted}
     */
    public record DatabaseEvent(long position, String database, String kind) {}

    /**
     * @param type as {@code _active_tasks} calls it, such as {@code database_compaction}
     * @param progress percent
     * @param startedMs since the epoch
     * @param updatedMs since the epoch
     */
    public record BackgroundTask(
            String type, String database, int progress, long changesDone, long totalChanges, long startedMs, long updatedMs) {}
}
