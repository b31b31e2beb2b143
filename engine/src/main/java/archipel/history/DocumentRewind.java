package archipel.history;

import archipel.changes.Block;
import archipel.document.Attachment;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionHash;
import archipel.document.RevisionTree;
import archipel.storage.KeySpace;
import archipel.storage.StorageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says by which revisions documents go back to how they stood at an earlier block.
 *
 * <p>A revision tree only grows: a leaf that was taken away here would come back with the next replication. So a
 * document goes back by revisions that follow the ones it has, which every replica merges to the same winner:
 *
 * <ul>
 *   <li>Leaves that are open (no deletions) and were not open at the block are closed, each by a deletion.
 *   <li>Where the winner of the block is a leaf still, that makes it the winner again: it won over all that was open
 *       then, and nothing else is open now.
 *   <li>Where it is not, its body becomes a new revision. That follows today's winner, whose generation no open leaf
 *       exceeds, and so wins. Only where today's winner was open at the block, as a conflict, it stays one: the new
 *       revision then follows what became of the block's winner, which is longer than all that was open then.
 *   <li>Where today's winner has the same content already, it stands for the block's.
 * </ul>
 *
 * <p>Conflicts that were open at the block and still are stay open. Those that were resolved since stay resolved: to
 * bring one back it would have to follow what resolved it, and might win.
 *
 * <p>The ids of new revisions are content hashes, as those of any edit, so that nodes that rewind alike agree.
 */
public final class DocumentRewind implements AutoCloseable {
    private static final DocumentBody NOTHING = new DocumentBody(new byte[] {'{', '}'}, List.of());

    private final PastDocuments.Rows rows;
    private final KeySpace keys;
    private final PastDocuments past;

    /** @param rows as they are now; all that was superseded since the block must be among them */
    public DocumentRewind(PastDocuments.Rows rows, KeySpace keys, Block block) {
        this.rows = rows;
        this.keys = keys;
        this.past = new PastDocuments(rows, keys, block);
    }

    /**
     * The revisions that put a document back; none where it stands as it did.
     *
     * @param newest the {@code DOCUMENT} row as it is now
     * @return null where a revision that is needed cannot be made: none can follow its parent, or what has its id is
     *     another one, made to look like it
     */
    public @Nullable List<Successor> successors(String id, byte[] newest) {
        byte[] row = past.row(id, newest);
        RevisionTree then =
                row == null ? RevisionTree.EMPTY : DocumentRow.decode(row).tree();
        RevisionTree now = DocumentRow.decode(newest).tree();
        List<Successor> successors = successors(id, now, then);
        for (Successor successor : successors) {
            if (successor.parent.generation() == Integer.MAX_VALUE || now.contains(successor.revision())) {
                return null;
            }
        }
        return successors;
    }

    private List<Successor> successors(String id, RevisionTree now, RevisionTree then) {
        Leaf wanted = then.winner();
        Leaf winner = now.winner();
        if (winner == null) {
            throw new IllegalArgumentException("document " + id + " has no revisions");
        }
        List<Revision> open = new ArrayList<>();
        for (Leaf leaf : now.leaves()) {
            if (!leaf.deleted() && !isOpen(then, leaf.revision())) {
                open.add(leaf.revision());
            }
        }
        List<Successor> successors = new ArrayList<>();
        if (wanted != null && !now.isLeaf(wanted.revision())) {
            if (isAlike(id, wanted, winner)) {
                open.remove(winner.revision());
            } else {
                Revision parent = isOpen(then, winner.revision()) ? heir(now, wanted.revision()) : winner.revision();
                open.remove(parent);
                successors.add(new Successor(parent, wanted.deleted(), body(id, wanted.revision())));
            }
        }
        open.forEach(leaf -> successors.add(new Successor(leaf, true, NOTHING)));
        return successors;
    }

    private static boolean isOpen(RevisionTree tree, Revision revision) {
        return tree.isLeaf(revision) && !tree.isDeleted(revision);
    }

    // What became of a revision; where the tree has forgotten it, today's winner.
    private static Revision heir(RevisionTree now, Revision revision) {
        List<Leaf> heirs = now.leavesFrom(revision);
        return heirs.isEmpty()
                ? now.leaves().getFirst().revision()
                : heirs.getFirst().revision();
    }

    private boolean isAlike(String id, Leaf wanted, Leaf winner) {
        if (wanted.deleted() || winner.deleted()) {
            return wanted.deleted() == winner.deleted();
        }
        DocumentBody then = body(id, wanted.revision());
        DocumentBody now = body(id, winner.revision());
        return Arrays.equals(then.json(), now.json()) && unpositioned(then).equals(unpositioned(now));
    }

    private static List<Attachment> unpositioned(DocumentBody body) {
        return body.attachments().stream()
                .map(attachment -> attachment.withRevisionPosition(0))
                .toList();
    }

    private DocumentBody body(String id, Revision leaf) {
        byte[] row = Bodies.find(rows, keys, id, leaf);
        if (row == null) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT, "document " + id + " has no body for its leaf " + leaf);
        }
        return BodyRow.decode(row);
    }

    @Override
    public void close() {
        past.close();
    }

    /** A revision to come after a leaf. */
    public static final class Successor {
        private final Revision parent;
        private final boolean deleted;
        private final DocumentBody body;
        private @Nullable Revision revision;

        Successor(Revision parent, boolean deleted, DocumentBody body) {
            this.parent = parent;
            this.deleted = deleted;
            this.body = body;
        }

        public Revision parent() {
            return parent;
        }

        public boolean deleted() {
            return deleted;
        }

        /** Its id. */
        public Revision revision() {
            Revision known = revision;
            if (known == null) {
                byte[] canonical = CanonicalJson.digest(body.json(), 0, body.json().length);
                known = RevisionHash.next(parent, deleted, canonical, body.attachments());
                revision = known;
            }
            return known;
        }

        /**
         * The body with all attachments counting as new: the leaf before need not have them, and who has that leaf is
         * to get them.
         */
        public DocumentBody body() {
            int generation = parent.generation() + 1;
            return new DocumentBody(
                    body.json(),
                    body.attachments().stream()
                            .map(attachment -> attachment.withRevisionPosition(generation))
                            .toList());
        }
    }
}
