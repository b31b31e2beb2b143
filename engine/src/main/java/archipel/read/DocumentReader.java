package archipel.read;

import archipel.changes.Block;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.history.Bodies;
import archipel.history.BodyRow;
import archipel.history.PastDocuments;
import archipel.storage.Family;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The documents of a {@link Reader}, as long as that is open. For one thread at a time. */
public final class DocumentReader {
    private static final int REMEMBERED_BLOCKS = 256;

    private final Reader reader;
    private @Nullable PastDocuments past;
    private @Nullable DocumentRecord last;
    private @Nullable OrderedRows rowsInOrder;
    private @Nullable OrderedRows bodiesInOrder;
    // Of the body that was read last, since who reads one often asks for its stamp as well.
    private @Nullable Origin origin;
    // By number. Documents that were written together come together again, or in the order of their ids.
    private final Map<Long, Block> originBlocks = new HashMap<>();
    private DocumentRecord.@Nullable Stemming stemming;

    DocumentReader(Reader reader) {
        this.reader = reader;
    }

    /**
     * Many documents will be asked for, and most in ascending order of id and close together: then they cost a part of
     * what they do one by one.
     */
    public void expectOrder() {
        if (!reader.isPinned() && rowsInOrder == null) {
            rowsInOrder = new OrderedRows(reader.store(), reader.keys(), Family.DOCUMENT);
            bodiesInOrder = new OrderedRows(reader.store(), reader.keys(), Family.BODY);
        }
    }

    private byte @Nullable [] row(Family family, @Nullable OrderedRows inOrder, byte[] key) {
        return inOrder == null ? reader.store().get(family, key) : inOrder.get(key);
    }

    /** Null when the document was never written (or was purged), or is hidden. A deleted document has a record. */
    public @Nullable DocumentRecord find(String id) {
        DocumentRecord known = last;
        if (known != null && known.id().equals(id)) {
            return known;
        }
        DocumentRecord found = stored(id);
        last = found != null && isVisible(found) ? found : null;
        return last;
    }

    private @Nullable DocumentRecord stored(String id) {
        byte[] row = reader.isPinned()
                ? past().row(id)
                : row(Family.DOCUMENT, rowsInOrder, reader.keys().document(id));
        return row == null ? null : new DocumentRecord(id, row, stemming());
    }

    /**
     * Null when that revision was never written here, or its body is gone: superseded and compacted or pruned; at a
     * pinned block when it is not a leaf there. Where documents are hidden, null also for what was superseded and was
     * hidden when it stood.
     */
    public @Nullable DocumentBody body(String id, Revision revision) {
        DocumentRecord known = find(id);
        return known == null ? null : body(known, revision);
    }

    /** As {@link #body(String, Revision)}, for a record that this reader gave. */
    public @Nullable DocumentBody body(DocumentRecord record, Revision revision) {
        if (record.isLeaf(revision)) {
            return storedLeaf(record.id(), revision);
        }
        if (reader.isPinned() || !record.tree().isWritten(revision)) {
            return null;
        }
        byte[] body = reader.store().get(Family.PAST_BODY, reader.keys().body(record.id(), revision));
        return body == null
                        || BodyRow.block(body) <= reader.facts().compactedTo()
                        || !wasVisible(record.id(), revision, BodyRow.block(body))
                ? null
                : BodyRow.decode(body);
    }

    /** Whether the document could be seen when that revision came; of what came before the horizon, at the horizon. */
    private boolean wasVisible(String id, Revision revision, long block) {
        if (reader.seesEverything()) {
            return true;
        }
        try (Reader then = reader.earlier(Math.max(block, reader.horizon()))) {
            DocumentRecord stood = then == null ? null : then.documents().find(id);
            return stood != null && stood.isLeaf(revision);
        }
    }

    /**
     * When and where a revision first came to be: as it was told with it, or else when it came here. Null where its
     * body is not here, or not at a block that can be told.
     */
    public @Nullable Stamp stamp(DocumentRecord record, Revision revision) {
        Origin known = origin;
        if (known == null || !known.isOf(record.id(), revision)) {
            byte[] row = Bodies.find(reader.store()::get, reader.keys(), record.id(), revision);
            if (row == null) {
                return null;
            }
            known = Origin.of(record.id(), revision, row);
        }
        Stamp stamp = known.stamp;
        if (stamp != null) {
            return stamp.node().isEmpty() ? new Stamp(stamp.timeMs(), reader.origin()) : stamp;
        }
        Block block = originBlocks.get(known.block);
        if (block == null) {
            block = reader.chain().block(known.block);
            if (block != null) {
                if (originBlocks.size() == REMEMBERED_BLOCKS) {
                    originBlocks.clear();
                }
                originBlocks.put(known.block, block);
            }
        }
        return block == null ? null : new Stamp(block.timeMs(), reader.origin());
    }

    /**
     * Where a body came from.
     *
     * @param stamp null where it is the time of the block, on this node
     */
    private record Origin(
            String id, Revision revision, @Nullable Stamp stamp, long block) {
        static Origin of(String id, Revision revision, byte[] row) {
            return new Origin(id, revision, BodyRow.stamp(row), BodyRow.block(row));
        }

        boolean isOf(String otherId, Revision other) {
            return revision.equals(other) && id.equals(otherId);
        }
    }

    /** Whether the document is there and may not be seen, so that whoever reads must not replace it either. */
    public boolean isHidden(String id) {
        DocumentRecord found = reader.seesEverything() ? null : stored(id);
        return found != null && !isVisible(found);
    }

    /**
     * As {@link #body(String, Revision)} for a revision that is known to be a leaf here; reads nothing else where
     * nothing is hidden.
     */
    public @Nullable DocumentBody leafBody(String id, Revision leaf) {
        return reader.seesEverything() || find(id) != null ? storedLeaf(id, leaf) : null;
    }

    /** Of a document that has passed the filter, or is to be asked about. */
    @Nullable
    DocumentBody storedLeaf(String id, Revision leaf) {
        byte[] body = reader.isPinned()
                ? Bodies.find(reader.store()::get, reader.keys(), id, leaf)
                : row(Family.BODY, bodiesInOrder, reader.keys().body(id, leaf));
        if (body == null) {
            return null;
        }
        origin = Origin.of(id, leaf, body);
        return BodyRow.decode(body);
    }

    /**
     * Documents in ascending or descending order of id (bytes of UTF-8).
     *
     * @param start where to begin, in the direction of travel; null for the end of the order
     * @param withBodies whether {@link DocumentCursor#body} will be asked for, so that bodies are read ahead in order
     */
    public DocumentCursor cursor(@Nullable String start, boolean descending, boolean withBodies) {
        return new DocumentWalk(reader, stemming(), start, descending, withBodies);
    }

    /**
     * All documents in the order in which they are best copied.
     *
     * @param after the id to go on from; null for all
     */
    public CopyWalk copyWalk(@Nullable String after) {
        return new CopyWalk(this, after);
    }

    /**
     * Documents of which more than one leaf is not deleted, as {@link #cursor} walks them. Of the newest block this
     * costs what there are of them; at a pinned block it visits all documents.
     */
    public DocumentCursor conflicts(@Nullable String start, boolean descending) {
        boolean kept = !reader.isPinned()
                && reader.store().get(Family.CONFLICT, reader.keys().conflictsKept()) != null;
        return kept
                ? new ConflictWalk(reader, start, descending)
                : new ConflictFilter(cursor(start, descending, false));
    }

    /** Live documents, design documents included. Looks at each where something is hidden from the reader. */
    public long count() {
        if (!reader.seesEverything()) {
            return counted(false);
        }
        return reader.isPinned()
                ? reader.block().totals().documents()
                : reader.facts().documents();
    }

    /** Documents whose winner is a deletion. Looks at each where something is hidden from the reader. */
    public long deletedCount() {
        if (!reader.seesEverything()) {
            return counted(true);
        }
        return reader.isPinned()
                ? reader.block().totals().deletedDocuments()
                : reader.facts().deletedDocuments();
    }

    private long counted(boolean deleted) {
        long count = 0;
        try (DocumentCursor all = cursor(null, false, true)) {
            while (all.next()) {
                count += all.winner().deleted() == deleted ? 1 : 0;
            }
        }
        return count;
    }

    private boolean isVisible(DocumentRecord record) {
        return reader.seesEverything() || reader.visibility().sees(new Candidate(record.id(), record.winner()));
    }

    private final class Candidate implements Visibility.StoredDocument {
        private final String id;
        private final Leaf winner;

        Candidate(String id, Leaf winner) {
            this.id = id;
            this.winner = winner;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public Leaf winner() {
            return winner;
        }

        @Override
        public @Nullable DocumentBody body() {
            return storedLeaf(id, winner.revision());
        }
    }

    private PastDocuments past() {
        PastDocuments known = past;
        if (known == null) {
            known = new PastDocuments(reader.store(), reader.keys(), reader.block());
            past = known;
        }
        return known;
    }

    // A pinned block shows what its trees were, for ever.
    private DocumentRecord.@Nullable Stemming stemming() {
        if (stemming == null && !reader.isPinned()) {
            stemming = new CompactedTrees();
        }
        return stemming;
    }

    private final class CompactedTrees implements DocumentRecord.Stemming {
        @Override
        public int revisionsLimit() {
            return reader.facts().revisionsLimit();
        }

        @Override
        public long compactedSeq() {
            long compactedTo = reader.facts().compactedTo();
            Block block = compactedTo == 0 ? null : reader.chain().block(compactedTo);
            return block == null ? 0 : block.lastSeq();
        }
    }

    void close() {
        if (past != null) {
            past.close();
        }
        if (rowsInOrder != null) {
            rowsInOrder.close();
        }
        if (bodiesInOrder != null) {
            bodiesInOrder.close();
        }
    }
}
