package archipel.engine;

import archipel.attachments.AttachmentStream;
import archipel.attachments.ContentRow;
import archipel.attachments.StoredGzip;
import archipel.changes.Block;
import archipel.changes.Change;
import archipel.changes.ChangeRow;
import archipel.changes.FormerHead;
import archipel.changes.Sequence;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.LocalDocument;
import archipel.document.Revision;
import archipel.history.BlockChain;
import archipel.history.Bodies;
import archipel.history.BodyRow;
import archipel.history.DocumentRow;
import archipel.history.DocumentVersions;
import archipel.history.LocalRow;
import archipel.history.PastChanges;
import archipel.history.PastDocuments;
import archipel.history.PurgeRow;
import archipel.history.SupersededChanges;
import archipel.history.Versions;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StoreSnapshot;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A database as it stood at one block. What it shows does not change while it is open; it is to be closed, soon, since
 * it holds back the space of what was overwritten. For one thread at a time.
 *
 * <p>A pinned one, of a block that the reader chose, shows the same whenever and however often that block is read: of
 * each document the bodies of the leaves it had at the block, and no others. What is no part of blocks ({@code _local}
 * documents, sizes in bytes) is shown as of now.
 */
public final class Snapshot implements AutoCloseable {
    private final DatabaseRow row;
    private final FormerHead former;
    private final DatabaseState state;
    private final KeySpace keys;
    private final StoreSnapshot store;
    private final BlockChain chain;
    private final @Nullable PastDocuments past;
    private @Nullable DocumentRecord newestRead;
    private boolean closed;

    /**
     * @param former how far the databases had come that had this name before
     * @param store retained for this snapshot, which releases it
     */
    Snapshot(DatabaseRow row, FormerHead former, StoreSnapshot store) {
        this(row, former, row.state(), store, false);
    }

    private Snapshot(DatabaseRow row, FormerHead former, DatabaseState state, StoreSnapshot store, boolean pinned) {
        this.row = row;
        this.former = former;
        this.state = state;
        this.keys = Node.keys(row);
        this.store = store;
        this.chain = new BlockChain(store, keys, state.head(), row.retention().restarts());
        this.past = pinned ? new PastDocuments(store, keys, state.head()) : null;
    }

    /**
     * The same data as of one of its blocks; takes over what this snapshot holds.
     *
     * @param block one that can be read
     */
    Snapshot pinned(Block block) {
        closed = true;
        DatabaseState newest = row.state();
        DatabaseState then = new DatabaseState(
                newest.uuid(),
                block,
                block.totals().documents(),
                block.totals().deletedDocuments(),
                newest.bodyBytes(),
                newest.liveBodyBytes(),
                newest.attachmentBytes(),
                block.totals().purgeSeq(),
                newest.position());
        return new Snapshot(row, former, then, store, true);
    }

    public DatabaseState state() {
        return state;
    }

    /** Whether it is of a block that was asked for, rather than of the newest there was. */
    public boolean isPinned() {
        return past != null;
    }

    /** The number of the oldest block that can be read. */
    public long horizon() {
        return row.retention().horizon();
    }

    /** {@link Database#rules} as of this snapshot; at a pinned block as of now. */
    public long rules() {
        return row.rulesPosition();
    }

    /** The security object's JSON as it was set; null when it never was. At a pinned block as of now. */
    public byte @Nullable [] security() {
        return store.get(Family.CATALOG, new CatalogKeys(row.group()).security(row.number()));
    }

    /** A block of any age, up to this snapshot's; null when there is none of that number. */
    public @Nullable Block block(long number) {
        return chain.block(number);
    }

    /** A block of any age, up to this snapshot's; null when the hash is none of theirs. */
    public @Nullable Block blockByHash(byte[] hash) {
        return chain.block(hash);
    }

    /** The last block that is not later, up to this snapshot's; null when all are later. */
    public @Nullable Block blockAt(long timeMs) {
        return chain.at(timeMs);
    }

    /**
     * Blocks after (when descending: up to and including) the one of that number, in order, as far as this snapshot's;
     * -1 is before the first.
     */
    public BlockCursor blocks(long after, boolean descending) {
        return new BlockCursor() {
            private long number = descending ? Math.min(after, state.head().number()) + 1 : after;
            private @Nullable Block at;

            @Override
            public boolean next() {
                number += descending ? -1 : 1;
                at = chain.block(number);
                return at != null;
            }

            @Override
            public Block block() {
                return Objects.requireNonNull(at, "no block before the first call of next");
            }
        };
    }

    /**
     * All changes that a block made, in order, those superseded since too.
     *
     * @throws BlockException {@code BELOW_HORIZON} when they are no longer kept
     */
    public ChangeCursor changesOf(Block block) {
        if (block.number() < horizon()) {
            throw new BlockException(
                    BlockException.Kind.BELOW_HORIZON, Long.toString(block.number()), state.head(), horizon());
        }
        return new ChangeWalk(new PastChanges(store, keys, block, false), block.firstSeq() - 1);
    }

    /**
     * The documents that changed between two blocks, each once, in the order of their newest changes; costs what
     * changed.
     *
     * @param from what is told is what came after that block
     * @param to no earlier than {@code from}
     * @param after the seq to go on from; 0 for all
     * @throws BlockException {@code BELOW_HORIZON} when one of them can no longer be read
     */
    public DiffCursor diff(Block from, Block to, long after) {
        if (to.number() < from.number()) {
            throw new IllegalArgumentException("block " + to.number() + " is before block " + from.number());
        }
        if (from.number() < horizon()) {
            throw new BlockException(
                    BlockException.Kind.BELOW_HORIZON, Long.toString(from.number()), state.head(), horizon());
        }
        return new DiffWalk(
                new PastDocuments(store, keys, from),
                new ChangeWalk(new PastChanges(store, keys, to, false), Math.max(after, from.lastSeq())));
    }

    // A pinned block shows what its trees were, for ever.
    private DocumentRecord.@Nullable Stemming stemming() {
        return isPinned() ? null : new CompactedTrees();
    }

    private final class CompactedTrees implements DocumentRecord.Stemming {
        @Override
        public int revisionsLimit() {
            return row.revisionsLimit();
        }

        @Override
        public long compactedSeq() {
            Block block = row.retention().compactedTo() == 0
                    ? null
                    : chain.block(row.retention().compactedTo());
            return block == null ? 0 : block.lastSeq();
        }
    }

    /** Null when the document was never written (or was purged). A deleted document has a record. */
    public @Nullable DocumentRecord document(String id) {
        DocumentRecord known = newestRead;
        if (known != null && known.id().equals(id)) {
            return known;
        }
        byte[] document = past == null ? store.get(Family.DOCUMENT, keys.document(id)) : past.row(id);
        newestRead = document == null ? null : new DocumentRecord(id, document, stemming());
        return newestRead;
    }

    /**
     * Null when that revision was never written here, or its body is gone: superseded and compacted or pruned; at a
     * pinned block when it is not a leaf there.
     */
    public @Nullable DocumentBody body(String id, Revision revision) {
        DocumentRecord known = document(id);
        return known == null ? null : body(known, revision);
    }

    /** As {@link #body(String, Revision)}, for a record that this snapshot gave. */
    public @Nullable DocumentBody body(DocumentRecord record, Revision revision) {
        if (record.isLeaf(revision)) {
            return leafBody(record.id(), revision);
        }
        if (isPinned() || !record.tree().isWritten(revision)) {
            return null;
        }
        byte[] body = store.get(Family.PAST_BODY, keys.body(record.id(), revision));
        return body == null || BodyRow.block(body) <= row.retention().compactedTo() ? null : BodyRow.decode(body);
    }

    /** As {@link #body(String, Revision)} for a revision that is known to be a leaf here; reads nothing else. */
    public @Nullable DocumentBody leafBody(String id, Revision leaf) {
        byte[] body =
                isPinned() ? Bodies.find(store::get, keys, id, leaf) : store.get(Family.BODY, keys.body(id, leaf));
        return body == null ? null : BodyRow.decode(body);
    }

    /**
     * Documents in ascending or descending order of id (bytes of UTF-8).
     *
     * @param start where to begin, in the direction of travel; null for the end of the order
     * @param withBodies whether {@link DocumentCursor#body} will be asked for, so that bodies are read ahead in order
     */
    public DocumentCursor documents(@Nullable String start, boolean descending, boolean withBodies) {
        PastDocuments documents = isPinned() ? new PastDocuments(store, keys, state.head()) : null;
        return new DocumentWalk(keys, store, documents, stemming(), start, descending, withBodies);
    }

    /** Changes after (when descending: up to and including) {@code seq}, in order; one per document. */
    public ChangeCursor changes(long seq, boolean descending) {
        if (isPinned()) {
            return new ChangeWalk(new PastChanges(store, keys, state.head(), descending), seq);
        }
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

    /**
     * Every version that a document had, in the order of the changes that made them, from after {@code afterSeq} up to
     * this snapshot's block: what stood at any block since is told by those, as long as neither the block nor {@code
     * afterSeq} lies before the horizon. Of what was superseded behind the horizon only some may be left.
     */
    public VersionCursor versions(long afterSeq) {
        return new VersionWalk(new Versions(store, keys, afterSeq, state.head().lastSeq()));
    }

    /**
     * Every version that stood at a block from the horizon up to this snapshot's, in order of id (bytes of UTF-8), and
     * of one document in order of block; one that was there before counts as the horizon's. Of the whole database this
     * costs much less than {@link #versions}, which gives the same in order of the changes.
     *
     * @param start the first id; null for all
     */
    public VersionCursor versionsById(@Nullable String start) {
        Block base = Objects.requireNonNull(
                chain.block(Math.min(horizon(), state.head().number())));
        return new DocumentVersionWalk(new DocumentVersions(store, keys, chain, base, state.head(), start));
    }

    /**
     * How many changes lie after {@code seq}. Costs next to nothing, however many there are; at a pinned block as much
     * as there are superseded changes after {@code seq}.
     */
    public long pending(long seq, long limit) {
        return Math.min(limit, seq == 0 ? state.documents() + state.deletedDocuments() : pending(seq));
    }

    private long pending(long seq) {
        long newest = row.state().head().lastSeq();
        long last = state.head().lastSeq();
        long standing = SupersededChanges.after(store, keys, seq, newest);
        if (!isPinned() || seq >= last) {
            return isPinned() ? 0 : standing;
        }
        return standing
                - SupersededChanges.after(store, keys, last, newest)
                + PastChanges.superseded(store, keys, state.head(), seq);
    }

    /**
     * Whether this database gave out that seq, at any time, rather than one of the same name that was here before, or
     * another node. A seq without a hash is anybody's, as long as it is not past the newest.
     */
    public boolean recognizes(Sequence sequence) {
        long seq = sequence.number();
        if (seq > state.head().lastSeq()) {
            return false;
        }
        if (seq == 0 || sequence.hashPrefix() == 0) {
            return true;
        }
        // The block that made the change; those after it that changed no document showed it too.
        Block block = chain.ofSeq(seq);
        while (block != null && (block.lastSeq() == seq || block.firstSeq() <= seq)) {
            if (block.hashPrefix() == sequence.hashPrefix()) {
                return true;
            }
            block = chain.block(block.number() + 1);
        }
        return false;
    }

    /**
     * Whether that seq, which is ahead of the newest, is one of a database that had this name before. A node that lags
     * behind another cannot tell the two histories apart there; taking the seq for a former database's costs the reader
     * a look from the beginning, and waiting for one that never comes would cost it everything.
     */
    public boolean isOfFormerDatabase(Sequence sequence) {
        long seq = sequence.number();
        return seq > row.state().head().lastSeq() && seq <= former.lastSeq();
    }

    /**
     * Where a reader that has been on another history can go on from: the first of its seqs that this database gave
     * out.
     *
     * @param past what the reader remembers, the newest first
     * @return null when none of them is of this history
     */
    public @Nullable Sequence commonAncestor(List<Sequence> past) {
        return past.stream().filter(this::recognizes).findFirst().orElse(null);
    }

    public @Nullable LocalDocument local(String id) {
        byte[] row = store.get(Family.LOCAL, keys.local(id));
        return row == null ? null : local(id, row);
    }

    private static LocalDocument local(String id, byte[] value) {
        LocalRow local = LocalRow.decode(value);
        return new LocalDocument(id, new Revision(0, Long.toString(local.revision())), local.json());
    }

    /** {@code _local} documents in ascending order of id, from {@code start} on (null: all). */
    public List<LocalDocument> locals(@Nullable String start, int limit) {
        List<LocalDocument> found = new ArrayList<>();
        byte[] lower = start == null ? keys.lower() : keys.local(start);
        try (Cursor rows = store.cursor(Family.LOCAL, lower, keys.upper())) {
            for (boolean more = rows.first(); more && found.size() < limit; more = rows.next()) {
                found.add(local(KeySpace.suffixText(rows.key()), rows.value()));
            }
        }
        return found;
    }

    /** The purges after {@code purgeSeq}, in order. */
    public List<PurgeInfo> purges(long purgeSeq, int limit) {
        List<PurgeInfo> found = new ArrayList<>();
        try (Cursor rows = store.cursor(Family.PURGE, keys.purge(purgeSeq + 1), keys.upper())) {
            for (boolean more = rows.first(); more && found.size() < limit; more = rows.next()) {
                PurgeRow purge = PurgeRow.decode(rows.value());
                found.add(
                        new PurgeInfo(KeySpace.suffixNumber(rows.key()), purge.uuid(), purge.id(), purge.revisions()));
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

    /**
     * An attachment with the encoding and the length that its stored bytes have, whatever was claimed when it came.
     * Content that is marked as encoded, and was not checked when it came, is read for it the first time.
     */
    public Attachment asStored(Attachment attachment) {
        return StoredGzip.asStored(
                attachment, () -> decodedLength(attachment.content()), () -> attachment(attachment, 0));
    }

    /** Of content that was found to be gzip when it came; {@link ContentRow#UNKNOWN} for other content. */
    long decodedLength(ContentHash content) {
        byte[] value = store.get(Family.ATTACHMENT, keys.content(content));
        return value == null ? ContentRow.UNKNOWN : ContentRow.decode(value).decodedLength();
    }

    DatabaseRow row() {
        return row;
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
            if (past != null) {
                past.close();
            }
            store.release();
        }
    }

    private record ChangeWalk(PastChanges rows, long from) implements ChangeCursor {
        @Override
        public boolean next() {
            return rows.next(from);
        }

        @Override
        public Change change() {
            return ChangeRow.decodeChange(rows.seq(), rows.row());
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    private final class VersionWalk implements VersionCursor {
        private final Versions rows;
        private @Nullable Change change;

        VersionWalk(Versions rows) {
            this.rows = rows;
        }

        @Override
        public boolean next() {
            boolean more = rows.next();
            change = more ? ChangeRow.decodeChange(rows.seq(), rows.row()) : null;
            return more;
        }

        private Change change() {
            return Objects.requireNonNull(change, "no version before the first call of next, or after the last");
        }

        @Override
        public String id() {
            return change().id();
        }

        @Override
        public long seq() {
            return change().sequence().number();
        }

        @Override
        public long block() {
            return change().blockNumber();
        }

        @Override
        public List<Leaf> leaves() {
            return change().leaves();
        }

        @Override
        public @Nullable DocumentBody body() {
            Revision winner = change().winner().revision();
            byte[] body = rows.isPast()
                    ? Bodies.find(store::get, keys, id(), winner)
                    : store.get(Family.BODY, keys.body(id(), winner));
            return body == null ? null : BodyRow.decode(body);
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    private record DocumentVersionWalk(DocumentVersions rows) implements VersionCursor {
        @Override
        public boolean next() {
            return rows.next();
        }

        @Override
        public String id() {
            return rows.id();
        }

        @Override
        public long seq() {
            return DocumentRow.seq(rows.row());
        }

        @Override
        public long block() {
            return rows.block();
        }

        @Override
        public List<Leaf> leaves() {
            return DocumentRow.decode(rows.row()).tree().leaves();
        }

        @Override
        public @Nullable DocumentBody body() {
            byte[] body = rows.body();
            return body == null ? null : BodyRow.decode(body);
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    private record DiffWalk(PastDocuments earlier, ChangeWalk later) implements DiffCursor {
        @Override
        public boolean next() {
            return later.next();
        }

        @Override
        public Difference difference() {
            Change change = later.change();
            byte[] row = earlier.row(change.id());
            List<Leaf> before =
                    row == null ? List.of() : DocumentRow.decode(row).tree().leaves();
            return new Difference(change.sequence(), change.id(), before, change.leaves());
        }

        @Override
        public void close() {
            earlier.close();
            later.close();
        }
    }

    /** A walk over what differs between two blocks; begins before the first. */
    public interface DiffCursor extends AutoCloseable {
        boolean next();

        Difference difference();

        @Override
        void close();
    }

    /**
     * What became of one document.
     *
     * @param sequence of the newest change up to the later block
     * @param before its leaves at the earlier block, the winner first; empty when it was not there
     * @param after its leaves at the later block, the winner first
     */
    public record Difference(Sequence sequence, String id, List<Leaf> before, List<Leaf> after) {}

    /** A walk over blocks; begins before the first. Holds nothing but its snapshot. */
    public interface BlockCursor {
        boolean next();

        Block block();
    }

    /** A walk over documents; begins before the first. */
    public interface DocumentCursor extends AutoCloseable {
        boolean next();

        String id();

        Leaf winner();

        DocumentRecord record();

        /** The winner's body; null when deleted documents' bodies are not there any more. */
        @Nullable
        DocumentBody body();

        @Override
        void close();
    }

    /** A walk over versions; begins before the first. */
    public interface VersionCursor extends AutoCloseable {
        boolean next();

        String id();

        /** Of the change that made the version. */
        long seq();

        /** The number of the block that made the version. */
        long block();

        /** The winner first. */
        List<Leaf> leaves();

        /** The winner's body at that version; null when it is gone. */
        @Nullable
        DocumentBody body();

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
