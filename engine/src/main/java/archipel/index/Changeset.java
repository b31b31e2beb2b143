package archipel.index;

import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What pending documents change in the store. */
final class Changeset {
    private static final byte[] NOTHING = {};

    private final StoreSnapshot store;
    private final IndexSpace space;
    private final Batch batch;
    private final StoredState before;
    private final long[] rows;
    private final List<Touch> touches = new ArrayList<>();
    private long pastRows;
    private long bytes;
    private long newest;

    /** @param store as of the last commit */
    Changeset(StoreSnapshot store, IndexSpace space, StoredState before, Batch batch) {
        this.store = store;
        this.space = space;
        this.before = before;
        this.batch = batch;
        this.rows = before.rows().clone();
        this.pastRows = before.pastRows();
        this.bytes = before.bytes();
        this.newest = before.newest();
    }

    void add(String id, PendingDocument document) {
        if (document.isPurged()) {
            purge(id);
        }
        document.before().forEach((place, old) -> {
            StoredRow row = document.now().get(place);
            if (row != old) {
                rows[place.view()] -= row == null ? 1 : 0;
                bytes -= old.jsonBytes();
                touches.add(new Touch(place, true, row));
            }
        });
        document.now().forEach((place, row) -> {
            StoredRow old = document.before().get(place);
            if (row != old) {
                bytes += row.jsonBytes();
                newest = Math.max(newest, row.from());
            }
            if (old == null) {
                rows[place.view()]++;
                touches.add(new Touch(place, false, row));
            }
        });
        if (!document.before().keySet().equals(document.now().keySet())) {
            if (document.now().isEmpty()) {
                batch.delete(Family.INDEX, space.document(id));
            } else {
                List<Place> places = new ArrayList<>(document.now().keySet());
                Collections.sort(places);
                batch.put(Family.INDEX, space.document(id), Places.encode(places, id));
            }
        }
        past(id, document);
    }

    private void past(String id, PendingDocument document) {
        TreeMap<Long, List<Place>> ended = new TreeMap<>();
        for (PendingDocument.PastRow past : document.past()) {
            Place place = past.place();
            batch.put(
                    Family.INDEX,
                    space.past(place.bytes(), past.to()),
                    past.row().encode());
            ended.computeIfAbsent(past.to(), _ -> new ArrayList<>()).add(place);
            newest = Math.max(newest, past.to());
            pastRows++;
            if (!document.before().containsKey(place) && !document.now().containsKey(place)) {
                touches.add(new Touch(place, false, null));
            }
        }
        ended.forEach((to, places) -> {
            byte[] key = space.history(id, to);
            // Where a block's changes came in two commits, some rows may have ended at that block already.
            byte[] known = to > before.newest() || document.isPurged() ? null : store.get(Family.INDEX, key);
            if (known != null) {
                places.addAll(Places.decode(known, id));
            }
            Collections.sort(places);
            batch.put(Family.INDEX, key, Places.encode(places, id));
            batch.put(Family.INDEX, space.ended(to, id), NOTHING);
        });
    }

    private void purge(String id) {
        try (Cursor ended = store.cursor(Family.INDEX, space.history(id, 0), space.historyUpper(id))) {
            for (boolean more = ended.first(); more; more = ended.next()) {
                pastRows -= deleteEnded(batch, space, id, ended.key(), ended.value());
            }
        }
    }

    /** Deletes rows that lived to one block, by what {@link IndexSpace#history} has of them; returns how many. */
    static int deleteEnded(Batch batch, IndexSpace space, String id, byte[] historyKey, byte[] history) {
        long to = IndexSpace.to(historyKey);
        List<Place> places = Places.decode(history, id);
        for (Place place : places) {
            batch.delete(Family.INDEX, space.past(place.bytes(), to));
        }
        batch.delete(Family.INDEX, historyKey);
        batch.delete(Family.INDEX, space.ended(to, id));
        return places.size();
    }

    /** Adds what is left to the batch, and tells how the index stands with it. */
    StoredState finish(IndexWriter.Progress progress, Anchor anchor, Map<Integer, String> failures) {
        Collections.sort(touches);
        for (Touch touch : touches) {
            byte[] key = space.live(touch.place.bytes());
            if (touch.row != null) {
                batch.put(Family.INDEX, key, touch.row.encode());
            } else if (touch.before) {
                batch.delete(Family.INDEX, key);
            }
        }
        if (before.summarised() && !touches.isEmpty()) {
            new Invalidation(store, space, batch).write(touches);
        }
        long base = Math.max(progress.base(), before.progress().base());
        return new StoredState(
                progress.withBase(base),
                anchor,
                newest,
                rows,
                pastRows,
                bytes,
                before.summarised(),
                failures,
                before.gaps());
    }

    /**
     * A place where something changed.
     *
     * @param before whether a row stood there
     * @param row what stands there now; null: nothing
     */
    record Touch(Place place, boolean before, @Nullable StoredRow row) implements Comparable<Touch> {
        boolean after() {
            return row != null;
        }

        @Override
        public int compareTo(Touch other) {
            return place.compareTo(other.place);
        }
    }
}
