package archipel.engine;

import archipel.changes.Block;
import archipel.changes.ChangeRow;
import archipel.changes.Digests;
import archipel.command.DataCommand;
import archipel.command.RewindResult;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.RevisionPath;
import archipel.history.DocumentRewind;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.SeekableRows;
import archipel.storage.StorageException;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The documents that a rewind puts back, in the order of their newest changes before it.
 *
 * <p>As in any command, a document is needed twice: to find out what changes, and to write it. Those that came first
 * are kept in between, up to {@value #KEPT_BYTES} bytes of bodies and trees; the others are worked on anew, so that a
 * rewind of any size takes little memory.
 */
final class RewoundDocuments implements AutoCloseable {
    private static final int KEPT = 1_000;
    private static final long KEPT_BYTES = 1 << 20;

    private final PendingRows rows;
    private final KeySpace keys;
    private final DocumentRewind rewind;
    private final int revisionsLimit;
    private final DocumentWork.SealedChanges sealed;
    private final DocumentWork[] kept = new DocumentWork[KEPT];
    private final long[] changed;
    private int keptCount;
    private long keptBytes;
    private long restored;
    private long deleted;
    private long closedConflicts;
    private long skipped;

    /**
     * Finds out which those are.
     *
     * @param rows whose bound is spent for what is to be written, but for bodies that move
     */
    RewoundDocuments(PendingRows rows, KeySpace keys, Block to, DatabaseRow database) {
        this.rows = rows;
        this.keys = keys;
        this.sealed = new DocumentWork.SealedChanges(database.state().head());
        this.rewind = new DocumentRewind(rows, keys, to);
        this.revisionsLimit = database.revisionsLimit();
        try {
            this.changed = changed(since(to.lastSeq()));
        } catch (RuntimeException | Error e) {
            rewind.close();
            throw e;
        }
    }

    private long[] since(long seq) {
        LongStream.Builder seqs = LongStream.builder();
        try (SeekableRows changes = rows.seekable(Family.CHANGE, keys.change(seq + 1), keys.upper())) {
            long next = seq + 1;
            while (changes.seek(keys.change(next))) {
                rows.spend(DataCommand.REWOUND_BYTES);
                long found = KeySpace.suffixNumber(changes.key());
                seqs.add(found);
                next = found + 1;
            }
        }
        return seqs.build().toArray();
    }

    private long[] changed(long[] seqs) {
        int count = 0;
        for (long seq : seqs) {
            DocumentWork document = read(seq);
            Leaf before = document.winner();
            long bytes = putBack(document);
            rows.spend(bytes);
            if (document.changed()) {
                count(before, document);
                sealed.add(document);
                keep(count, document, bytes + document.storedBytes());
                seqs[count++] = seq;
            }
        }
        return Arrays.copyOf(seqs, count);
    }

    // Tells how many bytes of JSON that brings.
    private long putBack(DocumentWork document) {
        byte[] row = document.storedRow();
        if (row == null) {
            throw new StorageException(StorageException.Kind.CORRUPT, "there is no document " + document.id());
        }
        List<DocumentRewind.Successor> successors = rewind.successors(document.id(), row);
        if (successors == null) {
            skipped++;
            return 0;
        }
        long bytes = 0;
        for (DocumentRewind.Successor successor : successors) {
            DocumentBody body = successor.body();
            document.merge(
                    RevisionPath.of(successor.revision(), successor.parent()),
                    successor.deleted(),
                    body,
                    Digests.of(body.json()),
                    revisionsLimit);
            bytes += body.json().length;
        }
        document.finishMerging();
        return bytes;
    }

    private void count(@Nullable Leaf before, DocumentWork document) {
        Leaf after = document.winner();
        if (after == null || before == null) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT, "document " + document.id() + " has no revisions");
        }
        boolean sameWinner = after.revision().equals(before.revision());
        restored += after.deleted() || sameWinner ? 0 : 1;
        deleted += after.deleted() && !before.deleted() ? 1 : 0;
        // One revision is the winner's; each other one closes a conflict.
        closedConflicts += document.writtenCount() - (sameWinner ? 0 : 1);
    }

    // Without a gap, so that the number kept says which.
    private void keep(int index, DocumentWork document, long bytes) {
        keptBytes += bytes;
        if (index == keptCount && index < KEPT && keptBytes <= KEPT_BYTES) {
            kept[keptCount++] = document;
        }
    }

    private DocumentWork read(long seq) {
        byte[] row = rows.get(Family.CHANGE, keys.change(seq));
        if (row == null) {
            throw new StorageException(StorageException.Kind.CORRUPT, "there is no change row at seq " + seq);
        }
        return new DocumentWork(rows, keys, ChangeRow.decodeChange(seq, row).id());
    }

    /** Those that have to be written. Those that are asked for twice may be made twice. */
    List<DocumentWork> changed() {
        return new AbstractList<>() {
            @Override
            public DocumentWork get(int index) {
                if (index < keptCount) {
                    return kept[index];
                }
                DocumentWork document = read(changed[index]);
                putBack(document);
                return document;
            }

            @Override
            public int size() {
                return changed.length;
            }
        };
    }

    /** The same as their block has them. */
    DocumentWork.SealedChanges sealed() {
        return sealed;
    }

    /** @param head the database's once they are written */
    RewindResult result(Block head) {
        return new RewindResult(head, restored, deleted, closedConflicts, skipped);
    }

    @Override
    public void close() {
        rewind.close();
    }
}
