package archipel.index;

import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of one view's rows, each with its summary. A chunk of level 1 begins at each row whose place has a hash
 * that ends with {@value #BITS} zero bits, one of level 2 at each with twice as many, and so on; and one of each level
 * at the view's beginning. So a chunk is some 32 of the level below, whatever is inserted or deleted, and where they
 * begin depends on nothing but the rows that stand. For one thread.
 */
final class Chunks implements AutoCloseable {
    static final int LEVELS = 5;
    private static final int BITS = 5;
    private static final long FNV_BASIS = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    // Murmur3's last step.
    private static final long MIX_ONE = 0xff51afd7ed558ccdL;
    private static final long MIX_TWO = 0xc4ceb9fe1a85ec53L;

    private final StoreSnapshot store;
    private final IndexSpace space;
    private final int view;
    private final byte[] viewEnd;
    // One for all levels, made when it is needed.
    private @Nullable Cursor summaries;
    // Where that one stands. Chunks are mostly asked for in a row, and a step is much cheaper than a search.
    private byte @Nullable [] at;

    Chunks(StoreSnapshot store, IndexSpace space, int view) {
        this.store = store;
        this.space = space;
        this.view = view;
        this.viewEnd = Place.ofView(view + 1);
    }

    /**
     * The level of the largest chunk that begins at a place, 0 for none.
     *
     * @param in has the place in {@code [from, to)}
     */
    static int level(byte[] in, int from, int to) {
        if (to - from == Place.VIEW) {
            return LEVELS;
        }
        long hash = FNV_BASIS;
        for (int at = from; at < to; at++) {
            hash = (hash ^ in[at] & 255) * FNV_PRIME;
        }
        hash = (hash ^ hash >>> 33) * MIX_ONE;
        hash = (hash ^ hash >>> 33) * MIX_TWO;
        return Math.min(LEVELS, Long.numberOfTrailingZeros(hash ^ hash >>> 33) / BITS);
    }

    static int level(byte[] place) {
        return level(place, 0, place.length);
    }

    /** The chunk that begins at a place; null when none does. */
    @Nullable
    Chunk from(int level, byte[] place) {
        Cursor cursor = cursor();
        byte[] key = space.summary(level, place);
        if (!Arrays.equals(at, key) && !Arrays.equals(moved(cursor.seek(key)), key)) {
            return null;
        }
        Summary summary = Summary.decode(cursor.value());
        byte[] next = moved(cursor.next());
        return new Chunk(place, next != null && isOf(next, level) ? IndexSpace.chunkPlace(next) : viewEnd, summary);
    }

    /** The chunk that ends at a place, at which another one begins, or the view has ended; null when none does. */
    @Nullable
    Chunk to(int level, byte[] place) {
        Cursor cursor = cursor();
        byte[] key = space.summary(level, place);
        byte[] found = Arrays.equals(at, key) ? at : moved(cursor.seekBack(key));
        if (Arrays.equals(found, key)) {
            found = moved(cursor.previous());
        } else if (!Arrays.equals(place, viewEnd)) {
            return null;
        }
        return found == null ? null : here(level, place, found);
    }

    /** The chunk that a place lies in, as if it ended there; null when the view has no summaries. */
    @Nullable
    Chunk around(int level, byte[] place) {
        byte[] found = moved(cursor().seekBack(space.summary(level, place)));
        return found == null ? null : here(level, place, found);
    }

    private byte @Nullable [] moved(boolean found) {
        at = found ? cursor().key() : null;
        return at;
    }

    private @Nullable Chunk here(int level, byte[] end, byte[] key) {
        return isOf(key, level) ? new Chunk(IndexSpace.chunkPlace(key), end, Summary.decode(cursor().value())) : null;
    }

    private boolean isOf(byte[] key, int level) {
        return key[IndexSpace.PLACE] == level && Place.view(key, IndexSpace.PLACE + 1) == view;
    }

    private Cursor cursor() {
        Cursor cursor = summaries;
        if (cursor == null) {
            cursor = store.cursor(
                    Family.INDEX,
                    space.partLower(IndexSpace.Part.SUMMARIES),
                    space.partUpper(IndexSpace.Part.SUMMARIES));
            summaries = cursor;
        }
        return cursor;
    }

    @Override
    public void close() {
        if (summaries != null) {
            summaries.close();
        }
    }
}
