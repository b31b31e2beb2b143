package archipel.index;

import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Recounts a database's indexes: rows against what says which document emitted them, past rows against what says when
 * they ended, counts, and summaries against rows. What a row should be only its map knows.
 */
public final class IndexCheck {
    private final StoreSnapshot store;
    private final IndexSpace space;
    private final String signature;
    private final Consumer<String> found;

    private IndexCheck(StoreSnapshot store, IndexSpace space, String signature, Consumer<String> found) {
        this.store = store;
        this.space = space;
        this.signature = signature;
        this.found = found;
    }

    /**
     * Checks the indexes of one database.
     *
     * @param store of indexes
     * @param found is told what does not hold, in words
     */
    public static void run(Store store, KeySpace keys, Consumer<String> found) {
        StoreSnapshot snapshot = store.snapshot();
        try {
            Map<Integer, String> known = new HashMap<>();
            byte[] lower = IndexSpace.signatures(keys);
            try (Cursor rows = snapshot.cursor(Family.INDEX, lower, KeySpace.successor(lower))) {
                for (boolean more = rows.first(); more; more = rows.next()) {
                    known.put(new RowReader(rows.value()).u32(), IndexSpace.signature(rows.key()));
                }
            }
            known.forEach((number, signature) ->
                    new IndexCheck(snapshot, new IndexSpace(keys, number), signature, found).run());
            strays(snapshot, keys, known, found);
        } finally {
            snapshot.release();
        }
    }

    // Those of dropped indexes are about to go.
    private static void strays(StoreSnapshot store, KeySpace keys, Map<Integer, String> known, Consumer<String> found) {
        List<IndexSpace> dropped = IndexSpace.dropped(store, keys);
        try (Cursor rows = store.cursor(Family.INDEX, keys.index(1), keys.upper())) {
            boolean more = rows.first();
            while (more) {
                int number = new RowReader(rows.key(), KeySpace.PREFIX).u32();
                if (!known.containsKey(number) && !dropped.contains(new IndexSpace(keys, number))) {
                    found.accept("there are rows of index number " + number + ", which is not there");
                }
                more = rows.seek(keys.index(number + 1));
            }
        }
    }

    private void found(String what) {
        found.accept("index " + signature + ": " + what);
    }

    private void run() {
        byte[] value = store.get(Family.INDEX, space.state());
        if (value == null || store.get(Family.INDEX, space.definition()) == null) {
            found("it has no state or no definition");
            return;
        }
        StoredState state = StoredState.decode(value);
        live(state);
        documents();
        past(state);
        histories();
        if (state.summarised()) {
            for (int view = 0; view < state.rows().length; view++) {
                summaries(view);
            }
        }
    }

    private void live(StoredState state) {
        long[] rows = new long[state.rows().length];
        long bytes = 0;
        try (Cursor live = part(IndexSpace.Part.LIVE_ROWS)) {
            for (boolean more = live.first(); more; more = live.next()) {
                int view = Place.view(live.key(), IndexSpace.PLACE);
                StoredRow row = StoredRow.decode(live.value());
                if (view >= rows.length || row.from() > state.newest()) {
                    found("a row of view " + view + " lives from block " + row.from());
                    continue;
                }
                rows[view]++;
                bytes += row.jsonBytes();
            }
        }
        for (int view = 0; view < rows.length; view++) {
            compare("rows of view " + view, rows[view], state.rows()[view]);
        }
        compare("bytes", bytes, state.bytes());
    }

    // Each place that a document is said to have has a row, and there are no others.
    private void documents() {
        long places = 0;
        try (Cursor documents = part(IndexSpace.Part.DOCUMENTS)) {
            for (boolean more = documents.first(); more; more = documents.next()) {
                String id = IndexSpace.documentId(documents.key());
                for (Place place : Places.decode(documents.value(), id)) {
                    places++;
                    if (store.get(Family.INDEX, space.live(place.bytes())) == null) {
                        found("a row of document " + id + " is missing");
                    }
                }
            }
        }
        compare("rows", count(IndexSpace.Part.LIVE_ROWS), places);
    }

    private void past(StoredState state) {
        long rows = 0;
        try (Cursor past = part(IndexSpace.Part.PAST_ROWS)) {
            for (boolean more = past.first(); more; more = past.next()) {
                long from = StoredRow.from(past.value());
                long to = IndexSpace.to(past.key());
                if (from >= to || to > state.newest()) {
                    found("a past row lives from block " + from + " to block " + to);
                }
                rows++;
            }
        }
        compare("past rows", rows, state.pastRows());
    }

    private void histories() {
        long places = 0;
        long versions = 0;
        try (Cursor histories = part(IndexSpace.Part.HISTORIES)) {
            for (boolean more = histories.first(); more; more = histories.next()) {
                String id = IndexSpace.historyId(histories.key());
                long to = IndexSpace.to(histories.key());
                versions++;
                for (Place place : Places.decode(histories.value(), id)) {
                    places++;
                    if (store.get(Family.INDEX, space.past(place.bytes(), to)) == null) {
                        found("a row that document " + id + " had until block " + to + " is missing");
                    }
                }
                if (store.get(Family.INDEX, space.ended(to, id)) == null) {
                    found("the rows that document " + id + " had until block " + to + " would never be pruned");
                }
            }
        }
        compare("past rows", count(IndexSpace.Part.PAST_ROWS), places);
        compare("versions with past rows", count(IndexSpace.Part.ENDS), versions);
    }

    private void summaries(int view) {
        long[] chunks = new long[1];
        // By level: whether one in the chunk that has not ended is invalid.
        boolean[] doubtful = new boolean[Chunks.LEVELS + 2];
        new ChunkWalk(store, space, view, new ChunkWalk.Sink() {
                    @Override
                    public void row(LiveRows at) {}

                    @Override
                    public void chunk(int level, byte[] start, long rows, long lastChange) {
                        chunks[0]++;
                        byte[] value = store.get(Family.INDEX, space.summary(level, start));
                        if (value == null) {
                            found("a chunk of level " + level + " has no summary");
                            return;
                        }
                        Summary summary = Summary.decode(value);
                        if (summary.valid() && summary.rows() != rows) {
                            found("a chunk of level " + level + " has " + rows + " rows, its summary says "
                                    + summary.rows());
                        }
                        if (summary.valid() && (summary.lastChange() < lastChange || doubtful[level])) {
                            found("a chunk of level " + level + " has changed since its summary");
                        }
                        doubtful[level + 1] |= !summary.valid();
                        doubtful[level] = false;
                    }
                })
                .run();
        long stored = 0;
        for (int level = 1; level <= Chunks.LEVELS; level++) {
            stored += count(space.summary(level, Place.ofView(view)), space.summary(level, Place.ofView(view + 1)));
        }
        compare("chunks of view " + view, chunks[0], stored);
    }

    private Cursor part(IndexSpace.Part part) {
        return store.cursor(Family.INDEX, space.partLower(part), space.partUpper(part));
    }

    private long count(IndexSpace.Part part) {
        return count(space.partLower(part), space.partUpper(part));
    }

    private long count(byte[] lower, byte[] upper) {
        long count = 0;
        try (Cursor rows = store.cursor(Family.INDEX, lower, upper)) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                count++;
            }
        }
        return count;
    }

    private void compare(String what, long counted, long said) {
        if (counted != said) {
            found("there are " + counted + " " + what + ", and said to be " + said);
        }
    }
}
