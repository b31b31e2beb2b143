package archipel.index;

import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes an index. What is told is kept until {@link #commit}, which writes all of it or nothing; a few thousand rows a
 * commit are fast. Blocks come in ascending order, but for the first scan, in which those of one document do, and
 * documents in ascending order of their ids' UTF-8; a document whose id is greater than what a commit's {@link
 * Progress#scannedTo} named is known to be new. For one thread.
 */
public final class IndexWriter implements AutoCloseable {
    private final Index index;
    private final Store store;
    private final IndexSpace space;
    private final Map<String, PendingDocument> documents = new LinkedHashMap<>();
    private @Nullable StoreSnapshot snapshot;
    private final Map<Integer, String> failures = new TreeMap<>();
    private @Nullable List<Gap> gaps;
    private int pendingRows;
    private boolean closed;

    IndexWriter(Index index) {
        this.index = index;
        this.store = index.store();
        this.space = index.space();
    }

    /**
     * From that block on the document emits these rows, in any order, and no others. A row that it emitted before with
     * the same place and content goes on as it was. A document may come again with a later block.
     *
     * @throws IllegalArgumentException for two rows of one place
     */
    public void replace(String id, long block, List<IndexRow> rows) {
        PendingDocument document = document(id);
        Map<Place, byte[]> bodies = new HashMap<>();
        for (IndexRow row : rows) {
            if (row.view() < 0 || row.view() >= index.stored().rows().length) {
                throw new IllegalArgumentException("there is no view " + row.view());
            }
            Place place = Place.of(row.view(), row.sortKey(), id, row.ordinal());
            if (bodies.put(place, StoredRow.body(row)) != null) {
                throw new IllegalArgumentException("document " + id + " has two rows at one place");
            }
        }
        document.replace(block, bodies, index.stored().progress().base());
        pendingRows += rows.size();
        gaps = Gap.replaced(gaps(), id, block);
    }

    /**
     * After {@link #replace}: what the document emits in a view from that block on could not be found out.
     *
     * @param reason for whoever asks for the view's rows
     */
    public void leaveOut(String id, long block, int view, String reason) {
        List<Gap> more = new ArrayList<>(gaps());
        more.add(new Gap(view, id, block, Gap.OPEN, reason));
        gaps = more;
    }

    private List<Gap> gaps() {
        List<Gap> pending = gaps;
        return pending == null ? index.stored().gaps() : pending;
    }

    /** The document was purged: all its rows go, past ones too. It may come again. */
    public void purge(String id) {
        document(id).purge();
        gaps = Gap.without(gaps(), id);
    }

    /** With the next commit a view has failed, for good; its rows stay as they are. */
    public void fail(int view, String reason) {
        failures.put(view, reason);
    }

    /** How many rows were told since the last commit. */
    public int pendingRows() {
        return pendingRows;
    }

    private PendingDocument document(String id) {
        PendingDocument known = documents.get(id);
        if (known == null) {
            known = new PendingDocument(isNew(id) ? Map.of() : stored(id));
            documents.put(id, known);
        }
        return known;
    }

    private boolean isNew(String id) {
        Progress progress = index.stored().progress();
        String scannedTo = progress.scannedTo();
        return !progress.scanned()
                && (scannedTo == null
                        || Arrays.compareUnsigned(
                                        id.getBytes(StandardCharsets.UTF_8), scannedTo.getBytes(StandardCharsets.UTF_8))
                                > 0);
    }

    private Map<Place, StoredRow> stored(String id) {
        byte[] places = snapshot().get(Family.INDEX, space.document(id));
        if (places == null) {
            return Map.of();
        }
        Map<Place, StoredRow> rows = new HashMap<>();
        for (Place place : Places.decode(places, id)) {
            byte[] row = snapshot().get(Family.INDEX, space.live(place.bytes()));
            if (row == null) {
                throw new IndexException(
                        IndexException.Kind.DAMAGED, "an index lacks a row that document " + id + " emitted");
            }
            rows.put(place, StoredRow.decode(row));
        }
        return rows;
    }

    // As of the last commit. While it is held the store is not closed.
    private StoreSnapshot snapshot() {
        StoreSnapshot held = snapshot;
        if (held == null) {
            held = store.snapshot();
            snapshot = held;
        }
        return held;
    }

    private void release() {
        documents.clear();
        gaps = null;
        pendingRows = 0;
        StoreSnapshot held = snapshot;
        snapshot = null;
        if (held != null) {
            held.release();
        }
    }

    /**
     * Writes what came since the last commit, whole or not at all, and how far the index has come with it. Not fsynced:
     * what a crash takes is the end of what was written, and can be made again.
     *
     * @param anchor in the history that all of it comes from
     * @throws IndexException {@code DROPPED}, {@code REPLACED}
     */
    public void commit(Progress progress, Anchor anchor) {
        requireOpen();
        try (Batch batch = store.batch()) {
            Changeset changes = new Changeset(snapshot(), space, index.stored(), batch);
            documents.forEach(changes::add);
            Map<Integer, String> all = new TreeMap<>(index.stored().failures());
            all.putAll(failures);
            StoredState next = changes.finish(progress, anchor, all);
            List<Gap> left =
                    gaps().stream().filter(gap -> !all.containsKey(gap.view())).toList();
            index.commit(batch, next.withGaps(Gap.since(left, next.progress().base())));
        } finally {
            release();
        }
    }

    /**
     * Deletes rows that lived to that block or an earlier one, those of some versions of documents at a time. From the
     * first call on no block before that one is answered.
     *
     * @param atMost how many versions
     * @return whether there are more
     * @throws IllegalStateException when something was told since the last commit
     */
    public boolean prune(long horizon, int atMost) {
        requireCommitted();
        try (Batch batch = store.batch();
                Cursor ended = snapshot()
                        .cursor(Family.INDEX, space.ended(index.prunedTo(), ""), space.ended(horizon + 1, ""))) {
            long rows = 0;
            int versions = 0;
            boolean more = ended.first();
            while (more && versions < atMost) {
                String id = IndexSpace.endedId(ended.key());
                byte[] key = space.history(id, IndexSpace.endedTo(ended.key()));
                byte[] history = snapshot().get(Family.INDEX, key);
                if (history == null) {
                    throw new IndexException(
                            IndexException.Kind.DAMAGED, "an index lacks which rows of document " + id + " ended");
                }
                rows += Changeset.deleteEnded(batch, space, id, key, history);
                versions++;
                more = ended.next();
            }
            long prunedTo = more ? IndexSpace.endedTo(ended.key()) : Math.max(index.prunedTo(), horizon + 1);
            if (versions > 0 || horizon > index.stored().progress().base()) {
                index.commit(batch, index.stored().pruned(horizon, rows));
            }
            index.setPrunedTo(prunedTo);
            return more;
        } finally {
            release();
        }
    }

    /**
     * Computes the summaries that later changes have made invalid, or all of them the first time.
     *
     * @param reducers one for each view, always the same; {@link Reducer#NONE} to count only
     * @throws IllegalStateException when something was told since the last commit
     */
    public void summarise(List<Reducer> reducers) {
        requireCommitted();
        if (reducers.size() != index.stored().rows().length) {
            throw new IllegalArgumentException(
                    reducers.size() + " reducers for " + index.stored().rows().length + " views");
        }
        try (Summarizer summarizer = new Summarizer(index, store, snapshot())) {
            if (index.stored().summarised()) {
                summarizer.invalid(reducers);
            } else {
                summarizer.all(reducers);
            }
        } finally {
            release();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the writer is closed");
        }
    }

    private void requireCommitted() {
        requireOpen();
        if (!documents.isEmpty()) {
            throw new IllegalStateException("commit comes first");
        }
    }

    /** What was not committed is forgotten. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            release();
            index.written();
        }
    }

    /**
     * How far an index has come; the meaning of the parts is told at {@link IndexState}.
     *
     * @param block all changes up to this block are in; of the next one some may be
     */
    public record Progress(
            long base,
            long block,
            long seq,
            long purgeSeq,
            @Nullable String scannedTo,
            boolean scanned,
            long errors) {
        Progress withBase(long later) {
            return new Progress(later, block, seq, purgeSeq, scannedTo, scanned, errors);
        }
    }
}
