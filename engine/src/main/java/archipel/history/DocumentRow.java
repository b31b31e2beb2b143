package archipel.history;

import archipel.changes.Sequence;
import archipel.document.CorruptTreeException;
import archipel.document.Leaf;
import archipel.document.RevisionTree;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;

/**
 * A document's row, of now or of a version that was superseded.
 *
 * @param liveBytes JSON of the leaves' bodies
 */
public record DocumentRow(Sequence sequence, long liveBytes, RevisionTree tree) {
    public static byte[] encode(Sequence sequence, long liveBytes, byte[] tree) {
        return new RowWriter(24 + tree.length)
                .varint(sequence.number())
                .u32(sequence.hashPrefix())
                .varint(liveBytes)
                .raw(tree)
                .toBytes();
    }

    /** The seq alone, which begins the row. */
    public static long seq(byte[] value) {
        return new RowReader(value).varint();
    }

    public static DocumentRow decode(byte[] value) {
        RowReader row = new RowReader(value);
        Sequence sequence = new Sequence(row.varint(), row.u32());
        long liveBytes = row.varint();
        try {
            return new DocumentRow(sequence, liveBytes, RevisionTree.decode(value, row.position(), row.remaining()));
        } catch (CorruptTreeException e) {
            throw corrupt(e);
        }
    }

    /** The seq of the newest change, which begins the row. */
    public static Sequence sequence(byte[] value) {
        RowReader row = new RowReader(value);
        return new Sequence(row.varint(), row.u32());
    }

    /** The winner alone; costs the same however many revisions the tree has. */
    public static Leaf winner(byte[] value) {
        RowReader row = new RowReader(value);
        row.varint();
        row.u32();
        row.varint();
        try {
            Leaf winner = RevisionTree.winner(value, row.position(), row.remaining());
            if (winner == null) {
                throw new StorageException(StorageException.Kind.CORRUPT, "a document has an empty tree");
            }
            return winner;
        } catch (CorruptTreeException e) {
            throw corrupt(e);
        }
    }

    /** Whether the tree is more than one revision after the other; reads no more than where it begins. */
    public static boolean hasBranches(byte[] value) {
        RowReader row = new RowReader(value);
        row.varint();
        row.u32();
        row.varint();
        return RevisionTree.hasBranches(value, row.position());
    }

    private static StorageException corrupt(CorruptTreeException e) {
        return new StorageException(StorageException.Kind.CORRUPT, String.valueOf(e.getMessage()), e);
    }
}
