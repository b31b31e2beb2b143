package archipel.index;

import archipel.storage.Batch;
import archipel.storage.Family;
import archipel.storage.StorageException;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Marks the summaries of all chunks in which something changes, and makes and takes away chunks whose first row comes
 * or goes. What was in a chunk that goes is in the one before it from then on.
 */
final class Invalidation {
    private final StoreSnapshot store;
    private final IndexSpace space;
    private final Batch batch;

    /** @param store as it was before the changes */
    Invalidation(StoreSnapshot store, IndexSpace space, Batch batch) {
        this.store = store;
        this.space = space;
        this.batch = batch;
    }

    /** @param touches in ascending order */
    void write(List<Changeset.Touch> touches) {
        int from = 0;
        while (from < touches.size()) {
            int view = touches.get(from).place().view();
            int to = from;
            while (to < touches.size() && touches.get(to).place().view() == view) {
                to++;
            }
            try (Chunks chunks = new Chunks(store, space, view)) {
                for (int level = 1; level <= Chunks.LEVELS; level++) {
                    write(chunks, level, touches.subList(from, to));
                }
            }
            from = to;
        }
    }

    private void write(Chunks chunks, int level, List<Changeset.Touch> touches) {
        Set<Place> gone = new HashSet<>();
        for (Changeset.Touch touch : touches) {
            if (touch.before() && !touch.after() && isStart(touch, level)) {
                gone.add(touch.place());
            }
        }
        // From the last to the first: where a chunk begins is found by one seek, and where it ends need not be known.
        Chunk around = null;
        for (Changeset.Touch touch : touches.reversed()) {
            byte[] place = touch.place().bytes();
            if (around == null || Arrays.compareUnsigned(place, around.start()) < 0) {
                around = there(chunks.around(level, place));
                mark(chunks, level, around, gone);
            }
            if (isStart(touch, level) && touch.before() != touch.after()) {
                byte[] key = space.summary(level, place);
                if (touch.after()) {
                    batch.put(Family.INDEX, key, Summary.INVALID.encode());
                } else {
                    batch.delete(Family.INDEX, key);
                }
            }
        }
    }

    private static boolean isStart(Changeset.Touch touch, int level) {
        return Chunks.level(touch.place().bytes()) >= level;
    }

    private void mark(Chunks chunks, int level, Chunk changed, Set<Place> gone) {
        Chunk chunk = changed;
        while (gone.contains(new Place(chunk.start(), 0))) {
            chunk = there(chunks.to(level, chunk.start()));
        }
        if (chunk.summary().valid()) {
            batch.put(Family.INDEX, space.summary(level, chunk.start()), Summary.INVALID.encode());
        }
    }

    private static Chunk there(@Nullable Chunk chunk) {
        if (chunk == null) {
            throw new StorageException(StorageException.Kind.CORRUPT, "an index has rows in no chunk");
        }
        return chunk;
    }
}
