package archipel.engine;

import archipel.command.Refusal;
import archipel.document.ErrorCode;
import archipel.history.PastDocuments;
import archipel.lock.Fences;
import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.SavepointMap;
import archipel.storage.SeekableRows;
import archipel.storage.Store;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The rows as the commands of one batch see them: what the batch has written so far, over what is stored. Writes go to
 * RocksDB's batch, which is not on the heap. For the thread that applies.
 *
 * <p>What was written is kept on the heap beside it, for those who read it back; so two kinds of rows are not. Rows
 * that only moved to another family are read from where they are stored. And a large command that is the last of its
 * batch and reads nothing back ({@link #begin}) leaves no rows behind.
 */
final class PendingRows implements PastDocuments.Rows, Fences.Rows {
    private static final byte[] DELETED = {};
    // The value is what the store has under the same key as a leaf's body.
    private static final byte[] MOVED = {};

    private final Store store;
    private final Batch batch;
    // In order of the keys once somebody walks over them.
    private final SavepointMap<Key, byte[]> written = new SavepointMap<>();
    private boolean forgetful;
    private long allowance = Long.MAX_VALUE;
    private long spendable = Long.MAX_VALUE;
    private ErrorCode refusal = ErrorCode.SUPERSEDES_TOO_MUCH;

    PendingRows(Store store, Batch batch) {
        this.store = store;
        this.batch = batch;
    }

    /** Null when there is none. */
    @Override
    public byte @Nullable [] get(Family family, byte[] key) {
        byte[] mine = written.isEmpty() ? null : written.get(new Key(family, key));
        if (mine != null) {
            return value(mine, key);
        }
        return store.get(family, key);
    }

    private byte @Nullable [] value(byte[] mine, byte[] key) {
        if (mine == MOVED) {
            return store.get(Family.BODY, key);
        }
        return mine == DELETED ? null : mine;
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
     * Bounds what the command under way may {@link #spend}. The stored bodies that it moves by {@link #retire} and
     * {@link #restore} count by themselves: they are in the batch as a whole, in memory outside the heap.
     *
     * @param code refuses a command that spends more; its reason names the bound in MiB
     */
    void bound(long bytes, ErrorCode code) {
        allowance = bytes;
        spendable = bytes;
        refusal = code;
    }

    /** @throws Refusal where that is more than {@link #bound} has left */
    void spend(long bytes) {
        spendable -= bytes;
        if (spendable < 0) {
            throw new Refusal(refusal, allowance >> 20);
        }
    }

    /**
     * Moves a leaf's body, if there is one, to those that are superseded.
     *
     * @throws Refusal 413 where that is more than the command may
     */
    void retire(byte[] key) {
        byte[] mine = written.isEmpty() ? null : written.get(new Key(Family.BODY, key));
        byte[] row = mine == null ? store.get(Family.BODY, key) : mine;
        if (row == null || row == DELETED) {
            return;
        }
        spend(row.length);
        delete(Family.BODY, key);
        remember(new Key(Family.PAST_BODY, key), mine == null ? MOVED : row);
        batch.put(Family.PAST_BODY, key, row);
    }

    /**
     * Moves a superseded body to where it belongs now that its revision has come again.
     *
     * @param row the body as it is to stand there
     * @throws Refusal 413 where that is more than the command may
     */
    void restore(byte[] key, Family family, byte[] row) {
        spend(row.length);
        delete(Family.PAST_BODY, key);
        put(family, key, row);
    }

    /**
     * Visits the rows from {@code lower} on and before {@code upper}, one at a time: what is stored in order, then what
     * the batch has written. The visitor may write and delete; it does not see that. A value is read only when it is
     * asked for. The first time in a batch this costs as much as the batch has written, so it is for rare use.
     */
    void forEach(Family family, byte[] lower, byte[] upper, BiConsumer<byte[], Supplier<byte[]>> visitor) {
        TreeMap<byte[], byte[]> own = new TreeMap<>(Arrays::compareUnsigned);
        written.ordered()
                .subMap(new Key(family, lower), new Key(family, upper))
                .forEach((key, value) -> own.put(key.bytes(), value));
        try (Cursor rows = store.cursor(family, lower, upper)) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                byte[] key = rows.key();
                if (!own.containsKey(key)) {
                    visitor.accept(key, rows::value);
                }
            }
        }
        own.forEach((key, mine) -> {
            byte[] value = value(mine, key);
            if (value != null) {
                visitor.accept(key, () -> value);
            }
        });
    }

    /**
     * The rows from {@code lower} on and before {@code upper}, as they are when this is called. As with {@link
     * #forEach}, the first time in a batch costs as much as the batch has written.
     */
    @Override
    public SeekableRows seekable(Family family, byte[] lower, byte[] upper) {
        NavigableMap<Key, byte[]> own =
                new TreeMap<>(written.ordered().subMap(new Key(family, lower), true, new Key(family, upper), false));
        return new MergedRows(family, own, store.cursor(family, lower, upper));
    }

    /** What is stored, and over it what the batch has written. */
    private final class MergedRows implements SeekableRows {
        private final Family family;
        private final NavigableMap<Key, byte[]> own;
        private final Cursor stored;
        private byte[] key = {};
        private byte[] value = {};

        MergedRows(Family family, NavigableMap<Key, byte[]> own, Cursor stored) {
            this.family = family;
            this.own = own;
            this.stored = stored;
        }

        @Override
        public boolean seek(byte[] wanted) {
            boolean found = stored.seek(wanted);
            if (own.isEmpty()) {
                return found && at(stored.key(), stored.value());
            }
            while (found && own.containsKey(new Key(family, stored.key()))) {
                found = stored.next();
            }
            for (Map.Entry<Key, byte[]> entry :
                    own.tailMap(new Key(family, wanted), true).entrySet()) {
                byte[] mine = entry.getKey().bytes();
                if (found && Arrays.compareUnsigned(stored.key(), mine) < 0) {
                    break;
                }
                byte[] written = PendingRows.this.value(entry.getValue(), mine);
                if (written != null) {
                    return at(mine, written);
                }
            }
            return found && at(stored.key(), stored.value());
        }

        private boolean at(byte[] foundKey, byte[] foundValue) {
            key = foundKey;
            value = foundValue;
            return true;
        }

        @Override
        public byte[] key() {
            return key;
        }

        @Override
        public byte[] value() {
            return value;
        }

        @Override
        public void close() {
            stored.close();
        }
    }

    private void remember(Key key, byte[] value) {
        if (!forgetful) {
            written.put(key, value);
        }
    }

    /**
     * Before each command.
     *
     * @param forget whether the command reads back nothing that it writes, and none comes after it in the batch
     */
    void begin(boolean forget) {
        forgetful = forget;
        spendable = Long.MAX_VALUE;
        written.mark();
        batch.mark();
    }

    /** The command was applied: the next ones see what it wrote. */
    void keep() {
        batch.keep();
        forgetful = false;
    }

    /** The command failed: nothing of it stays. */
    void undo() {
        batch.undo();
        written.undo();
        forgetful = false;
    }

    /** For rows that no command reads back: they go to the batch alone. */
    Batch batch() {
        return batch;
    }

    private record Key(Family family, byte[] bytes) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = family.compareTo(other.family);
            return order != 0 ? order : Arrays.compareUnsigned(bytes, other.bytes);
        }

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
