package archipel.log;

import archipel.command.GroupCommand.Once;
import archipel.command.Refusal;
import archipel.document.ErrorCode;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which commands of which origins a group has seen, so that one that comes again is refused ({@link Once}). What a
 * round changes stays apart until it is committed, and is written once a round. For the thread that applies.
 *
 * <p>A command is asked for first ({@link #require}) and noted once it was applied or refused ({@link #note}), which
 * cannot fail by what is stored. So there is nothing to take back of one that a fault of this node has kept from being
 * applied.
 */
public final class AppliedWindows {
    private final CatalogKeys keys;
    private final Map<Long, AppliedWindow> stored = new HashMap<>();
    // Those that the round has changed, and those that it has forgotten before it changed them.
    private final Map<Long, AppliedWindow> pending = new HashMap<>();
    private final Set<Long> forgotten = new HashSet<>();

    private AppliedWindows(int group) {
        this.keys = new CatalogKeys(group);
    }

    /**
     * Reads a group's windows.
     *
     * @throws StorageException of kind corrupt where a row is none that was ever written
     */
    public static AppliedWindows load(Store store, int group) {
        AppliedWindows windows = new AppliedWindows(group);
        byte[] lower = windows.keys.origins();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                RowReader key = new RowReader(rows.key(), CatalogKeys.PREFIX);
                long origin = key.u64();
                if (key.remaining() > 0) {
                    throw new StorageException(
                            StorageException.Kind.CORRUPT, "an origin of " + key.remaining() + " bytes too many");
                }
                windows.stored.put(origin, AppliedWindow.decode(rows.value()));
            }
        }
        return windows;
    }

    /** Whether there are any, as of the last commit. */
    public boolean isEmpty() {
        return stored.isEmpty();
    }

    private @Nullable AppliedWindow find(long origin) {
        AppliedWindow changed = pending.get(origin);
        return changed != null || forgotten.contains(origin) ? changed : stored.get(origin);
    }

    /**
     * Makes sure that a command is to be applied.
     *
     * @throws Refusal where it was seen, is of a former run, or comes before the one that it is to come after
     */
    public void require(Once<?> command) {
        AppliedWindow window = find(command.origin());
        long run = window == null ? -1 : window.run();
        if (command.run() < run) {
            throw new Refusal(ErrorCode.FORMER_RUN);
        }
        long seen = window == null || run < command.run() ? 0 : window.seen();
        if (command.number() <= seen) {
            throw new Refusal(ErrorCode.APPLIED_BEFORE);
        }
        if (command.after() > seen) {
            throw new Refusal(ErrorCode.OUT_OF_ORDER);
        }
    }

    /**
     * The command, which was {@link #require}d, was applied or refused.
     *
     * @return whether it is the first of its run
     */
    public boolean note(Once<?> command) {
        AppliedWindow before = find(command.origin());
        pending.put(command.origin(), new AppliedWindow(command.run(), command.number()));
        return before == null || before.run() < command.run();
    }

    /** Of an origin that never sends anything again. */
    public void forget(long origin) {
        pending.remove(origin);
        if (stored.containsKey(origin)) {
            forgotten.add(origin);
        }
    }

    /** Adds to the round's batch what the round changed here. */
    public void write(Batch batch) {
        for (long origin : forgotten) {
            if (!pending.containsKey(origin)) {
                batch.delete(Family.CATALOG, keys.origin(origin));
            }
        }
        pending.forEach((origin, window) -> batch.put(Family.CATALOG, keys.origin(origin), window.encode()));
    }

    /** The round is stored. */
    public void commit() {
        stored.keySet().removeAll(forgotten);
        stored.putAll(pending);
        rollback();
    }

    /** The round came to nothing. */
    public void rollback() {
        pending.clear();
        forgotten.clear();
    }
}
