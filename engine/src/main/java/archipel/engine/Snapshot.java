package archipel.engine;

import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.changes.Change;
import archipel.changes.ChangeRow;
import archipel.changes.Sequence;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StoreSnapshot;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A database as it stood at one block. What it shows does not change while it is open; it is to be closed, soon, since it
 * holds back the space of what was overwritten. For one thread at a time.
 */
public final class Snapshot implements AutoCloseable {
    private final DatabaseState state;
    private final KeySpace keys;
    private final StoreSnapshot store;
    private boolean closed;

    /** @param store retained for this snapshot, which releases it */
    Snapshot(DatabaseRow row, StoreSnapshot store) {
        this.state = row.state();
        this.keys = Node.keys(row);
        this.store = store;
    }

    public DatabaseState state() {
        return state;
    }

    /** Null when the document was never written (or was purged). A deleted document has a record. */
    public @Nullable DocumentRecord document(String id) {
        byte[] row = store.get(Family.DOCUMENT, keys.document(id));
        return row == null ? null : record(id, row);
    }

    static DocumentRecord record(String id, byte[] row) {
        DocumentRow decoded = DocumentRow.decode(row);
        return new DocumentRecord(id, decoded.sequence(), decoded.tree());
    }

    /** Null when that revision was never written here or compaction has taken its body. */
    public @Nullable DocumentBody body(String id, Revision revision) {
        byte[] row = store.get(Family.BODY, keys.body(id, revision));
        return row == null ? null : BodyRow.decode(row);
    }

    /**
     * Documents in ascending or descending order of id (bytes of UTF-8).
     *
     * @param start where to begin, in the direction of travel; null for the end of the order
     * @param withBodies whether {@link DocumentCursor#body} will be asked for, so that bodies are read ahead in order
     */
    public DocumentCursor documents(@Nullable String start, boolean descending, boolean withBodies) {
        return new DocumentWalk(keys, store, start, descending, withBodies);
    }

    /** Changes after (when descending: up to and including) {@code seq}, in order; one per document. */
    public ChangeCursor changes(long seq, boolean descending) {
        Cursor rows = store.cursor(Family.CHANGE, keys.lower(), keys.upper());
        return new ChangeCursor() {
            private boolean begun;
            private byte[] key = {};

            @Override
            public boolean next() {
                boolean found;
                if (begun) {
                    found = descending ? rows.previous() : rows.next();
                } else {
                    begun = true;
                    found = descending ? rows.seekBack(keys.change(seq)) : rows.seek(keys.change(seq + 1));
                }
                if (found) {
                    key = rows.key();
                }
                return found;
            }

            @Override
            public Change change() {
                return ChangeRow.decodeChange(KeySpace.suffixNumber(key), rows.value());
            }

            @Override
            public void close() {
                rows.close();
            }
        };
    }

    /** How many changes lie after {@code seq}; costs next to nothing, however many there are. */
    public long pending(long seq, long limit) {
        long pending = seq == 0
                ? state.documents() + state.deletedDocuments()
                : SupersededChanges.after(store, keys, seq, state.head().lastSeq());
        return Math.min(limit, pending);
    }

    /**
     * Whether this database gave out that seq, rather than one of the same name that was here before, or another node.
     * A seq without a hash is anybody's, as long as it is not past the newest.
     */
    public boolean recognizes(Sequence sequence) {
        long seq = sequence.number();
        Block head = state.head();
        if (seq > head.lastSeq()) {
            return false;
        }
        if (seq == 0 || sequence.hashPrefix() == 0 || seq == head.lastSeq() && sequence.equals(head.lastSequence())) {
            return true;
        }
        long first = firstReaching(seq);
        if (first > 0 && block(first - 1) == null) {
            // The block that made the change may have been dropped: nothing speaks against the seq.
            return true;
        }
        // The first block that reaches the seq made the change; those after it that changed no document showed it too.
        for (long number = first; number <= head.number(); number++) {
            Block block = block(number);
            if (block == null || block.hashPrefix() == sequence.hashPrefix()) {
                return true;
            }
            if (block.lastSeq() > seq) {
                break;
            }
        }
        return false;
    }

    private long firstReaching(long seq) {
        long low = 0;
        long high = state.head().number();
        while (low < high) {
            long middle = low + high >>> 1;
            Block block = block(middle);
            if (block == null || block.lastSeq() < seq) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private @Nullable Block block(long number) {
        byte[] row = store.get(Family.BLOCK, keys.block(number));
        return row == null ? null : BlockRow.decode(number, row);
    }

    public @Nullable LocalDocument local(String id) {
        byte[] row = store.get(Family.LOCAL, keys.local(id));
        return row == null ? null : LocalRow.decode(id, row);
    }

    /** {@code _local} documents in ascending order of id, from {@code start} on (null: all). */
    public List<LocalDocument> locals(@Nullable String start, int limit) {
        List<LocalDocument> found = new ArrayList<>();
        byte[] lower = start == null ? keys.lower() : keys.local(start);
        try (Cursor rows = store.cursor(Family.LOCAL, lower, keys.upper())) {
            for (boolean more = rows.first(); more && found.size() < limit; more = rows.next()) {
                found.add(LocalRow.decode(KeySpace.suffixText(rows.key()), rows.value()));
            }
        }
        return found;
    }

    /** The purges after {@code purgeSeq}, in order. */
    public List<PurgeInfo> purges(long purgeSeq, int limit) {
        List<PurgeInfo> found = new ArrayList<>();
        try (Cursor rows = store.cursor(Family.PURGE, keys.purge(purgeSeq + 1), keys.upper())) {
            for (boolean more = rows.first(); more && found.size() < limit; more = rows.next()) {
                found.add(PurgeRow.decode(KeySpace.suffixNumber(rows.key()), rows.value()));
            }
        }
        return found;
    }

    /**
     * An attachment's stored bytes from {@code offset} on, read chunk by chunk; valid while the snapshot is open.
     *
     * @throws archipel.document.RequestException 500 {@code storage_error} where the content is not whole
     */
    public InputStream attachment(Attachment attachment, long offset) {
        return new AttachmentStream(store, keys, attachment.content(), offset);
    }

    StoreSnapshot store() {
        return store;
    }

    KeySpace keys() {
        return keys;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            store.release();
        }
    }

    /** A walk over documents; begins before the first. */
    public interface DocumentCursor extends AutoCloseable {
        boolean next();

        String id();

        Leaf winner();

        DocumentRecord record();

        /** The winner's body; null when deleted documents' bodies are not there any more. */
        @Nullable DocumentBody body();

        @Override
        void close();
    }

    /** A walk over changes; begins before the first. */
    public interface ChangeCursor extends AutoCloseable {
        boolean next();

        Change change();

        @Override
        void close();
    }

    /**
     * @param purgeSeq from 1
     * @param uuid as shown by {@code _purged_infos}
     */
    public record PurgeInfo(long purgeSeq, String uuid, String id, List<Revision> revisions) {}
}
