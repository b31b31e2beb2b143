package archipel.read;

import archipel.changes.Block;
import archipel.changes.Change;
import archipel.changes.ChangeRow;
import archipel.changes.Sequence;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.history.Bodies;
import archipel.history.BodyRow;
import archipel.history.DocumentRow;
import archipel.history.PastChanges;
import archipel.history.PastDocuments;
import archipel.history.SupersededChanges;
import archipel.read.DiffCursor.Difference;
import archipel.read.Visibility.StoredDocument;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a {@link Reader}, as long as that is open, and the positions of feeds among them. For one thread at a
 * time.
 */
public final class ChangeReader {
    private final Reader reader;

    ChangeReader(Reader reader) {
        this.reader = reader;
    }

    /** Changes after (when descending: up to and including) {@code seq}, in order; one per document. */
    public ChangeCursor after(long seq, boolean descending) {
        return visible(
                reader.isPinned()
                        ? new PastWalk(new PastChanges(reader.store(), reader.keys(), reader.block(), descending), seq)
                        : new NewestWalk(
                                reader.store()
                                        .cursor(
                                                Family.CHANGE,
                                                reader.keys().lower(),
                                                reader.keys().upper()),
                                reader.keys(),
                                seq,
                                descending));
    }

    /**
     * All changes that a block made, in order, those superseded since too.
     *
     * @throws BlockException {@code BELOW_HORIZON} when they are no longer kept
     */
    public ChangeCursor of(Block block) {
        reader.requireKept(block);
        return visible(
                new PastWalk(new PastChanges(reader.store(), reader.keys(), block, false), block.firstSeq() - 1));
    }

    /**
     * The documents that changed between two blocks, each once, in the order of their newest changes; costs what
     * changed. To somebody who could not see a document at one of the blocks it was not there then.
     *
     * @param from changes after that block are shown
     * @param to no earlier than {@code from}
     * @param after the seq to go on from; 0 for all
     * @throws BlockException {@code BELOW_HORIZON} when one of them can no longer be read
     */
    public DiffCursor diff(Block from, Block to, long after) {
        if (to.number() < from.number()) {
            throw new IllegalArgumentException("block " + to.number() + " is before block " + from.number());
        }
        reader.requireKept(from);
        return new DiffWalk(
                new PastDocuments(reader.store(), reader.keys(), from),
                new PastWalk(
                        new PastChanges(reader.store(), reader.keys(), to, false), Math.max(after, from.lastSeq())),
                this::isVisible);
    }

    /**
     * How many changes lie after {@code seq}, at most {@code limit}. Costs next to nothing, however many there are; at
     * a pinned block as much as there are superseded changes after {@code seq}; where something is hidden from the
     * reader as much as there are changes.
     */
    public long pending(long seq, long limit) {
        if (!reader.seesEverything()) {
            return counted(seq, limit);
        }
        DocumentReader documents = reader.documents();
        return Math.min(limit, seq == 0 ? documents.count() + documents.deletedCount() : pending(seq));
    }

    private long pending(long seq) {
        long newest = reader.facts().head().lastSeq();
        long last = reader.block().lastSeq();
        long standing = SupersededChanges.after(reader.store(), reader.keys(), seq, newest);
        if (!reader.isPinned() || seq >= last) {
            return reader.isPinned() ? 0 : standing;
        }
        return standing
                - SupersededChanges.after(reader.store(), reader.keys(), last, newest)
                + PastChanges.superseded(reader.store(), reader.keys(), reader.block(), seq);
    }

    private long counted(long seq, long limit) {
        long count = 0;
        try (ChangeCursor changes = after(seq, false)) {
            while (count < limit && changes.next()) {
                count++;
            }
        }
        return count;
    }

    /**
     * Whether this database gave out that seq, at any time, rather than one of the same name that was here before, or
     * another node. A seq without a hash is anybody's, as long as it is not past the newest.
     */
    public boolean recognizes(Sequence sequence) {
        long seq = sequence.number();
        if (seq > reader.block().lastSeq()) {
            return false;
        }
        if (seq == 0 || sequence.hashPrefix() == 0) {
            return true;
        }
        // The block that made the change; those after it that changed no document showed it too.
        Block block = reader.chain().ofSeq(seq);
        while (block != null && (block.lastSeq() == seq || block.firstSeq() <= seq)) {
            if (block.hashPrefix() == sequence.hashPrefix()) {
                return true;
            }
            block = reader.chain().block(block.number() + 1);
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
        return seq > reader.facts().head().lastSeq() && seq <= reader.former().lastSeq();
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

    private ChangeCursor visible(ChangeCursor all) {
        return reader.seesEverything() ? all : new VisibleChanges(all, this::isVisible);
    }

    private boolean isVisible(StoredDocument document) {
        return reader.seesEverything() || reader.visibility().sees(document);
    }

    /** A document as one of its changes has it. Its body may be no leaf's any more. */
    private final class Changed implements StoredDocument {
        private final String id;
        private final Leaf winner;

        Changed(String id, Leaf winner) {
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
            byte[] body = Bodies.find(reader.store()::get, reader.keys(), id, winner.revision());
            return body == null ? null : BodyRow.decode(body);
        }
    }

    private final class VisibleChanges implements ChangeCursor {
        private final ChangeCursor all;
        private final Predicate<StoredDocument> visible;
        private @Nullable Change change;

        VisibleChanges(ChangeCursor all, Predicate<StoredDocument> visible) {
            this.all = all;
            this.visible = visible;
        }

        @Override
        public boolean next() {
            while (all.next()) {
                Change next = all.change();
                if (visible.test(new Changed(next.id(), next.winner()))) {
                    change = next;
                    return true;
                }
            }
            change = null;
            return false;
        }

        @Override
        public Change change() {
            return Objects.requireNonNull(change, "not at a change");
        }

        @Override
        public void close() {
            all.close();
        }
    }

    private static final class NewestWalk implements ChangeCursor {
        private final Cursor rows;
        private final KeySpace keys;
        private final long seq;
        private final boolean descending;
        private boolean begun;
        private byte[] key = {};

        NewestWalk(Cursor rows, KeySpace keys, long seq, boolean descending) {
            this.rows = rows;
            this.keys = keys;
            this.seq = seq;
            this.descending = descending;
        }

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
    }

    private record PastWalk(PastChanges rows, long from) implements ChangeCursor {
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

    private final class DiffWalk implements DiffCursor {
        private final PastDocuments earlier;
        private final PastWalk later;
        private final Predicate<StoredDocument> visible;
        private @Nullable Difference difference;

        DiffWalk(PastDocuments earlier, PastWalk later, Predicate<StoredDocument> visible) {
            this.earlier = earlier;
            this.later = later;
            this.visible = visible;
        }

        @Override
        public boolean next() {
            while (later.next()) {
                Change change = later.change();
                List<Leaf> before = visible(change.id(), before(change.id()));
                List<Leaf> after = visible(change.id(), change.leaves());
                if (!before.isEmpty() || !after.isEmpty()) {
                    difference = new Difference(change.sequence(), change.id(), before, after);
                    return true;
                }
            }
            difference = null;
            return false;
        }

        private List<Leaf> before(String id) {
            byte[] row = earlier.row(id);
            return row == null ? List.of() : DocumentRow.decode(row).tree().leaves();
        }

        private List<Leaf> visible(String id, List<Leaf> leaves) {
            return leaves.isEmpty() || visible.test(new Changed(id, leaves.getFirst())) ? leaves : List.of();
        }

        @Override
        public Difference difference() {
            return Objects.requireNonNull(difference, "not at a difference");
        }

        @Override
        public void close() {
            earlier.close();
            later.close();
        }
    }
}
