package archipel.engine;

import archipel.changes.ChangeDigest;
import archipel.changes.ChangesLog;
import archipel.changes.Sequence;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StorageException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One document while a command works on it: read once, changed in memory, written at the end if it changed. */
final class DocumentWork {
    private final PendingRows rows;
    private final KeySpace keys;
    private final String id;
    private final @Nullable DocumentRow before;
    private final Map<Revision, NewBody> written = new LinkedHashMap<>();
    private final List<Revision> removed = new ArrayList<>();
    private RevisionTree tree;
    private byte[] encodedTree = {};
    private long liveBytes;

    DocumentWork(PendingRows rows, KeySpace keys, String id) {
        this.rows = rows;
        this.keys = keys;
        this.id = id;
        byte[] row = rows.get(Family.DOCUMENT, keys.document(id));
        this.before = row == null ? null : DocumentRow.decode(row);
        this.tree = before == null ? RevisionTree.EMPTY : before.tree();
    }

    String id() {
        return id;
    }

    RevisionTree tree() {
        return tree;
    }

    /** Whether the document has to be written. */
    boolean changed() {
        return !written.isEmpty() || before != null && tree != before.tree();
    }

    /** Merges a revision with its body; false when it was written already. */
    boolean merge(RevisionPath path, boolean deleted, DocumentBody body, byte[] jsonDigest, int limit) {
        RevisionTree.MergeResult result = tree.merge(path, deleted, limit);
        if (result.kind() == RevisionTree.MergeKind.KNOWN) {
            return false;
        }
        tree = result.tree();
        written.put(path.newest(), new NewBody(body, BodyRow.encodeAttachments(body.attachments()), jsonDigest));
        remove(result.stemmed());
        return true;
    }

    /** Takes leaves away; answers those that were there. */
    List<Revision> purge(List<Revision> leaves) {
        List<Revision> gone = leaves.stream().filter(tree::isLeaf).distinct().toList();
        if (gone.isEmpty()) {
            return gone;
        }
        RevisionTree rest = tree.without(gone);
        Set<Revision> bodies = new LinkedHashSet<>(tree.writtenAncestors());
        tree.leaves().forEach(leaf -> bodies.add(leaf.revision()));
        bodies.removeIf(rest::contains);
        tree = rest;
        remove(bodies);
        return gone;
    }

    private void remove(Collection<Revision> revisions) {
        for (Revision revision : revisions) {
            if (written.remove(revision) == null) {
                removed.add(revision);
            }
        }
    }

    /** The attachments of a body written by this command, or stored; null when there is no such body. */
    @Nullable List<Attachment> attachments(Revision revision) {
        NewBody mine = written.get(revision);
        if (mine != null) {
            return mine.body.attachments();
        }
        BodyRow.Metadata stored = stored(revision);
        return stored == null ? null : stored.attachments();
    }

    private BodyRow.@Nullable Metadata stored(Revision revision) {
        byte[] row = rows.get(Family.BODY, keys.body(id, revision));
        return row == null ? null : BodyRow.decodeMetadata(row);
    }

    /** The change as it is hashed, once the command is done with this document. */
    ChangesLog.Pending seal(long seq) {
        encodedTree = tree.encode();
        List<ChangeDigest.Written> bodies = new ArrayList<>(written.size());
        written.forEach((revision, body) ->
                bodies.add(new ChangeDigest.Written(revision, body.attachments, body.jsonDigest)));
        byte[] digest = ChangeDigest.of(seq, id, encodedTree, bodies);
        return new ChangesLog.Pending(id, supersededSeq(), tree.leaves(), List.copyOf(written.keySet()), digest);
    }

    /** Of the change row whose place the command takes; 0 when there is none. */
    long supersededSeq() {
        return before == null ? 0 : before.sequence().number();
    }

    /** Writes bodies and row, and tells what that changed. After {@link #seal}, unless the tree is empty. */
    void write(Sequence sequence, References references, Totals totals) {
        for (Revision revision : removed) {
            removeBody(revision, references, totals);
        }
        written.forEach((revision, body) -> {
            references.add(body.body.attachments());
            totals.bodyBytes += body.body.json().length;
            rows.put(
                    Family.BODY,
                    keys.body(id, revision),
                    BodyRow.encode(body.attachments, body.body.json()));
        });
        totals.count(before == null ? null : before.tree().winner(), tree.winner());
        liveBytes = tree.isEmpty() ? 0 : liveBytes();
        totals.liveBodyBytes += liveBytes - (before == null ? 0 : before.liveBytes());
        if (!tree.isEmpty()) {
            rows.put(Family.DOCUMENT, keys.document(id), DocumentRow.encode(sequence, liveBytes, encodedTree));
        } else if (before != null) {
            rows.delete(Family.DOCUMENT, keys.document(id));
            rows.batch().delete(Family.CHANGE, keys.change(before.sequence().number()));
        }
    }

    private void removeBody(Revision revision, References references, Totals totals) {
        BodyRow.Metadata body = stored(revision);
        if (body != null) {
            references.remove(body.attachments());
            totals.bodyBytes -= body.jsonBytes();
            rows.delete(Family.BODY, keys.body(id, revision));
        }
    }

    // Nearly always there is one leaf and this command wrote it, so that nothing has to be read.
    private long liveBytes() {
        long bytes = 0;
        for (Leaf leaf : tree.leaves()) {
            NewBody mine = written.get(leaf.revision());
            if (mine != null) {
                bytes += mine.body.json().length;
            } else if (tree.isWritten(leaf.revision())) {
                BodyRow.Metadata stored = stored(leaf.revision());
                if (stored == null) {
                    throw new StorageException(
                            StorageException.Kind.CORRUPT,
                            "document " + id + " has no body for its leaf " + leaf.revision());
                }
                bytes += stored.jsonBytes();
            }
        }
        return bytes;
    }

    private record NewBody(DocumentBody body, byte[] attachments, byte[] jsonDigest) {}

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
}
