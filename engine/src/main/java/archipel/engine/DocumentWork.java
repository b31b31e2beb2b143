package archipel.engine;

import archipel.changes.Block;
import archipel.changes.ChangeDigest;
import archipel.changes.ChangesLog;
import archipel.changes.Sequence;
import archipel.command.DataCommand;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.document.RevisionTreeBuilder;
import archipel.history.Bodies;
import archipel.history.BodyRow;
import archipel.history.DocumentRow;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StorageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One document while a command works on it: read once, changed in memory, written at the end if it changed. */
final class DocumentWork {
    private final PendingRows rows;
    private final KeySpace keys;
    private final String id;
    private final byte @Nullable [] beforeRow;
    private final @Nullable DocumentRow before;
    private final Map<Revision, NewBody> written = new LinkedHashMap<>();
    private RevisionTree tree;
    // What was merged since.
    private @Nullable RevisionTreeBuilder merged;
    private int revisionsLimit;
    private byte[] encodedTree = {};
    private ChangesLog.@Nullable Pending sealed;

    DocumentWork(PendingRows rows, KeySpace keys, String id) {
        this.rows = rows;
        this.keys = keys;
        this.id = id;
        byte[] row = rows.get(Family.DOCUMENT, keys.document(id));
        this.beforeRow = row;
        this.before = row == null ? null : DocumentRow.decode(row);
        this.tree = before == null ? RevisionTree.EMPTY : before.tree();
    }

    String id() {
        return id;
    }

    /** The row as it was before the command; null where there was none. */
    byte @Nullable [] storedRow() {
        return beforeRow;
    }

    /** Length of the row as it was before the command; 0 where there was none. */
    int storedBytes() {
        return beforeRow == null ? 0 : beforeRow.length;
    }

    boolean isDesign() {
        return id.startsWith("_design/");
    }

    /** As of {@link #finishMerging}. */
    RevisionTree tree() {
        return tree;
    }

    /** Makes the tree of all that was merged; after the last merge, and before anything but another merge. */
    void finishMerging() {
        RevisionTreeBuilder builder = merged;
        if (builder == null) {
            return;
        }
        RevisionTree whole = builder.build();
        RevisionTree stemmed = whole.stemmed(revisionsLimit);
        if (stemmed != whole) {
            // What is stored of those stays for readers of earlier blocks, until it is pruned.
            written.keySet().removeIf(revision -> !stemmed.contains(revision));
        }
        tree = stemmed.equals(tree) ? tree : stemmed;
        merged = null;
    }

    /** As {@link RevisionTree#winner}, between two merges. */
    @Nullable
    Leaf winner() {
        return merged == null ? tree.winner() : merged.winner();
    }

    /** As {@link RevisionTree#isLeaf}, between two merges. */
    boolean isLeaf(Revision revision) {
        return merged == null ? tree.isLeaf(revision) : merged.isLeaf(revision);
    }

    /** The leaves that are not deleted, the winner first; makes the tree of what was merged so far. */
    List<Revision> liveLeaves() {
        finishMerging();
        return tree.leaves().stream()
                .filter(leaf -> !leaf.deleted())
                .map(Leaf::revision)
                .toList();
    }

    /** Keeps the row that says whether the document is in conflict. */
    void writeConflict() {
        Conflicts.update(rows, keys, id, before != null && before.tree().hasConflicts(), tree.hasConflicts());
    }

    /** Whether the document has to be written. */
    boolean changed() {
        return !written.isEmpty() || before != null && tree != before.tree();
    }

    /** How many revisions were merged with their bodies. */
    int writtenCount() {
        return written.size();
    }

    /** Merges a revision with its body, and the path's stamp; false when it was written already. */
    boolean merge(RevisionPath path, boolean deleted, DocumentBody body, byte[] jsonDigest, int limit) {
        RevisionTreeBuilder builder = merged == null ? tree.builder() : merged;
        Revision newest = path.newest();
        if (builder.isWritten(newest)) {
            return false;
        }
        boolean kept = isKept(builder, newest);
        builder.merge(path, deleted);
        merged = builder;
        revisionsLimit = limit;
        written.put(
                newest,
                kept
                        ? NewBody.AGAIN
                        : new NewBody(body, BodyRow.encodeAttachments(body.attachments()), jsonDigest, path.stamp()));
        return true;
    }

    // A revision that was stemmed can come again while its body is still there. Bodies that the tree does not name are
    // of a lower generation than some leaf, because they are ancestors of one; so hardly any write has to look.
    private boolean isKept(RevisionTreeBuilder builder, Revision revision) {
        boolean older = builder.greatestGeneration() > revision.generation();
        return older && rows.get(Family.PAST_BODY, keys.body(id, revision)) != null;
    }

    // Read each time: a command can bring back any number of bodies, which are as large as bodies can be.
    private byte[] kept(Revision revision) {
        byte[] row = rows.get(Family.PAST_BODY, keys.body(id, revision));
        if (row == null) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT, "document " + id + " has no body any more for " + revision);
        }
        return row;
    }

    /** Takes over a document of another database, where there is none. */
    void copy(DataCommand.CopiedDocument copied) {
        tree = copied.tree();
        for (DataCommand.CopiedBody body : copied.bodies()) {
            byte[] attachments = BodyRow.encodeAttachments(body.body().attachments());
            written.put(body.revision(), new NewBody(body.body(), attachments, body.jsonDigest(), null));
        }
    }

    /** Takes leaves away; answers those that were there. */
    List<Revision> purge(List<Revision> leaves) {
        List<Revision> gone = leaves.stream().filter(tree::isLeaf).distinct().toList();
        if (gone.isEmpty()) {
            return gone;
        }
        tree = tree.without(gone);
        return gone;
    }

    private BodyRow.Metadata stored(Revision leaf) {
        byte[] row = rows.get(Family.BODY, keys.body(id, leaf));
        if (row == null) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT, "document " + id + " has no body for its leaf " + leaf);
        }
        return BodyRow.decodeMetadata(row);
    }

    /** The change as it is hashed, once the command is done with this document; the same each time. */
    ChangesLog.Pending seal(long seq) {
        if (sealed != null) {
            return sealed;
        }
        encodedTree = tree.encode();
        List<ChangeDigest.Written> bodies = new ArrayList<>(written.size());
        written.forEach((revision, body) -> bodies.add(
                body.body == null
                        ? BodyRow.digested(revision, kept(revision))
                        : new ChangeDigest.Written(revision, body.attachments, body.jsonDigest)));
        byte[] digest = ChangeDigest.of(seq, id, encodedTree, bodies);
        sealed = new ChangesLog.Pending(id, supersededSeq(), tree.leaves(), List.copyOf(written.keySet()), digest);
        return sealed;
    }

    /** Whether the change leaves behind what nobody reads once its block is the oldest readable one. */
    boolean leavesBehind() {
        return before != null || written.keySet().stream().anyMatch(revision -> !tree.isLeaf(revision));
    }

    /** Adds to the totals what the command makes of the document. */
    void count(Totals totals) {
        totals.count(before == null ? null : before.tree().winner(), tree.winner());
    }

    /** Of the change row whose place the command takes; 0 when there is none. */
    long supersededSeq() {
        return before == null ? 0 : before.sequence().number();
    }

    /**
     * Writes bodies, row, and the row that was there before as history; tells what that changed. After {@link #seal},
     * for a document whose tree is not empty.
     *
     * @param purge whether the command takes leaves away, whose bodies it deletes where they are
     */
    void write(Sequence sequence, long block, References references, Totals totals, boolean purge) {
        List<Revision> former = formerLeaves();
        long liveBytes = liveBytes(former);
        if (!purge) {
            // Out of the way of those who read the newest.
            former.forEach(leaf -> rows.retire(keys.body(id, leaf)));
        }
        written.forEach((revision, body) -> {
            byte[] key = keys.body(id, revision);
            Family family = Bodies.family(tree.isLeaf(revision));
            if (body.body == null) {
                rows.restore(key, family, BodyRow.withBlock(kept(revision), block));
            } else {
                references.add(body.body.attachments());
                totals.bodyBytes += body.body.json().length;
                rows.put(family, key, BodyRow.encode(block, body.stamp, body.attachments, body.body.json()));
            }
        });
        totals.liveBodyBytes += liveBytes - (before == null ? 0 : before.liveBytes());
        if (beforeRow != null) {
            rows.put(Family.HISTORY, keys.history(id, block), beforeRow);
        }
        rows.put(Family.DOCUMENT, keys.document(id), DocumentRow.encode(sequence, liveBytes, encodedTree));
    }

    private List<Revision> formerLeaves() {
        List<Revision> former = new ArrayList<>();
        if (before != null) {
            for (Leaf leaf : before.tree().leaves()) {
                if (!tree.isLeaf(leaf.revision())) {
                    former.add(leaf.revision());
                }
            }
        }
        return former;
    }

    /** Deletes what is stored of revisions that a purge has taken, or that the tree had forgotten before. */
    void writePurged(References references, Totals totals) {
        for (Family family : List.of(Family.BODY, Family.PAST_BODY)) {
            rows.forEach(family, keys.versions(id), keys.versionsUpper(id), (key, row) -> {
                if (!tree.contains(KeySpace.bodyRevision(key))) {
                    BodyRow.Metadata body = BodyRow.decodeMetadata(row.get());
                    references.remove(body.attachments());
                    totals.bodyBytes -= body.jsonBytes();
                    rows.delete(family, key);
                }
            });
        }
    }

    /** Deletes all that is left of a document whose tree is empty, its earlier versions too. */
    void writeGone(Totals totals) {
        if (before == null) {
            return;
        }
        totals.liveBodyBytes -= before.liveBytes();
        rows.delete(Family.DOCUMENT, keys.document(id));
        rows.delete(Family.CHANGE, keys.change(supersededSeq()));
        rows.forEach(Family.HISTORY, keys.versions(id), keys.versionsUpper(id), (key, row) -> {
            rows.delete(Family.CHANGE_HISTORY, keys.changeHistory(DocumentRow.seq(row.get())));
            rows.delete(Family.HISTORY, key);
        });
    }

    // What is not known has to be read: of a document with many conflicts few leaves change, of others all do. Before
    // anything is written, which takes the bodies of former leaves elsewhere.
    private long liveBytes(List<Revision> former) {
        long bytes = 0;
        int known = 0;
        for (Map.Entry<Revision, NewBody> body : written.entrySet()) {
            if (tree.isLeaf(body.getKey())) {
                DocumentBody json = body.getValue().body;
                bytes += json == null
                        ? BodyRow.decodeMetadata(kept(body.getKey())).jsonBytes()
                        : json.json().length;
                known++;
            }
        }
        if (before == null || known == tree.leafCount()) {
            return bytes;
        }
        bytes += before.liveBytes();
        for (Revision leaf : former) {
            bytes -= stored(leaf).jsonBytes();
        }
        return bytes;
    }

    /**
     * @param body null where it is stored already, and only gets a newer block
     * @param stamp null for the block's time, on this node
     */
    private record NewBody(
            @Nullable DocumentBody body,
            byte[] attachments,
            byte[] jsonDigest,
            @Nullable Stamp stamp) {
        private static final NewBody AGAIN = new NewBody(null, new byte[0], new byte[0], null);
    }

    /** By how much a command changes what the database's state counts. */
    static final class Totals {
        long documents;
        long deletedDocuments;
        long bodyBytes;
        long liveBodyBytes;

        private void count(@Nullable Leaf before, @Nullable Leaf after) {
            add(before, -1);
            add(after, 1);
        }

        private void add(@Nullable Leaf winner, int change) {
            if (winner != null && winner.deleted()) {
                deletedDocuments += change;
            } else if (winner != null) {
                documents += change;
            }
        }
    }

    /** A command's changes as their block has them, summed up before the block is made. */
    static final class SealedChanges {
        private final long lastSeq;
        private final Totals totals = new Totals();
        private final List<byte[]> digests = new ArrayList<>();
        private int outdated;
        private boolean design;

        /** @param head the block that theirs comes after */
        SealedChanges(Block head) {
            this.lastSeq = head.lastSeq();
        }

        /** Gives a document the next seq; the command is done with it. */
        void add(DocumentWork document) {
            document.count(totals);
            outdated += document.leavesBehind() ? 1 : 0;
            design |= document.isDesign();
            digests.add(document.seal(lastSeq + digests.size() + 1).digest());
        }

        /** A document of which nothing is left, so that it has no change. */
        void addGone(DocumentWork document) {
            document.count(totals);
            design |= document.isDesign();
        }

        Totals totals() {
            return totals;
        }

        /** Of the changes, in order of their seqs. */
        List<byte[]> digests() {
            return digests;
        }

        /** How many changes leave behind what nobody reads once their block is the oldest readable one. */
        int outdated() {
            return outdated;
        }

        /** Whether a design document is among them. */
        boolean isDesign() {
            return design;
        }
    }
}
