package archipel.engine;

import archipel.changes.ChangesLog;
import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows as the commands of one group see them: what the group has written so far, over what is stored. Writes go to
 * the group's batch. For the thread that applies.
 */
final class PendingRows implements ChangesLog.Rows {
    private static final byte[] DELETED = {};

    private final Store store;
    private final Batch batch;
    private final Map<Key, byte[]> written = new HashMap<>();
    // What the command under way wrote, and what was there before it.
    private final List<Key> keys = new ArrayList<>();
    private final List<byte @Nullable []> before = new ArrayList<>();

    PendingRows(Store store, Batch batch) {
        this.store = store;
        this.batch = batch;
    }

    /** Null when there is none. */
    @Override
    public byte @Nullable [] get(Family family, byte[] key) {
        byte[] mine = written.isEmpty() ? null : written.get(new Key(family, key));
        if (mine != null) {
            return mine == DELETED ? null : mine;
        }
        return store.get(family, key);
    }

    @Override
    public void put(Family family, byte[] key, byte[] value) {
        remember(new Key(family, key), value);
        batch.put(family, key, value);
    }

    @Override
    public void delete(Family family, byte[] key) {
        remember(new Key(family, key), DELETED);
        batch.delete(family, key);
    }

    /**
     * The rows from {@code lower} on and before {@code upper}; costs as much as the group has written, so for rare use.
     */
    SortedMap<byte[], byte[]> range(Family family, byte[] lower, byte[] upper) {
        TreeMap<byte[], byte[]> found = new TreeMap<>(Arrays::compareUnsigned);
        try (Cursor rows = store.cursor(family, lower, upper)) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                found.put(rows.key(), rows.value());
            }
        }
        written.forEach((key, value) -> {
            boolean inside = key.family() == family
                    && Arrays.compareUnsigned(key.bytes(), lower) >= 0
                    && Arrays.compareUnsigned(key.bytes(), upper) < 0;
            if (inside && value == DELETED) {
                found.remove(key.bytes());
            } else if (inside) {
                found.put(key.bytes(), value);
            }
        });
        return found;
    }

    private void remember(Key key, byte[] value) {
        keys.add(key);
        before.add(written.put(key, value));
    }

    /** Before each command. */
    void begin() {
        batch.mark();
    }

    /** The command was applied: the next ones see what it wrote. */
    void keep() {
        batch.keep();
        keys.clear();
        before.clear();
    }

    /** The command failed: nothing of it stays. */
    void undo() {
        batch.undo();
        for (int i = keys.size() - 1; i >= 0; i--) {
            byte[] old = before.get(i);
            if (old == null) {
                written.remove(keys.get(i));
            } else {
                written.put(keys.get(i), old);
            }
        }
        keys.clear();
        before.clear();
    }

    /** For rows that no command reads back: they go to the batch alone. */
    Batch batch() {
        return batch;
    }

    private record Key(Family family, byte[] bytes) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key that && family == that.family && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(bytes) + family.ordinal();
        }
    }
}
