package archipel.changes;

import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.storage.RevisionCodec;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What is stored of a change, under its seq: enough to answer a changes feed without another read, and to recompute its
 * block.
 *
 * @param digest of the change ({@link ChangeDigest}), 32 bytes
 * @param written the revisions whose bodies the change stored
 */
public record ChangeRow(
        Sequence sequence, long blockNumber, byte[] digest, List<Leaf> leaves, List<Revision> written, String id) {
    public byte[] encode() {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        RowWriter row = new RowWriter(64 + utf8.length + 24 * leaves.size());
        row.varint(blockNumber).u32(sequence.hashPrefix()).raw(digest);
        row.varint(leaves.size());
        for (Leaf leaf : leaves) {
            row.u8(leaf.deleted() ? 1 : 0);
            RevisionCodec.write(row, leaf.revision());
        }
        // Nearly always the change wrote just the winner.
        if (written.size() == 1 && written.getFirst().equals(leaves.getFirst().revision())) {
            row.u8(1);
        } else {
            row.u8(0).varint(written.size());
            written.forEach(revision -> RevisionCodec.write(row, revision));
        }
        return row.raw(utf8).toBytes();
    }

    public static ChangeRow decode(long seq, byte[] value) {
        RowReader row = new RowReader(value);
        long block = row.varint();
        int prefix = row.u32();
        byte[] digest = row.raw(32);
        List<Leaf> leaves = leaves(row);
        List<Revision> written = written(row, leaves);
        return new ChangeRow(new Sequence(seq, prefix), block, digest, leaves, written, utf8(row));
    }

    /** As {@link #decode}, without what feeds do not show. */
    public static Change decodeChange(long seq, byte[] value) {
        RowReader row = new RowReader(value);
        long block = row.varint();
        int prefix = row.u32();
        row.skip(32);
        List<Leaf> leaves = leaves(row);
        written(row, leaves);
        return new Change(new Sequence(seq, prefix), block, utf8(row), leaves);
    }

    private static List<Leaf> leaves(RowReader row) {
        int count = row.count();
        if (count == 1) {
            return List.of(leaf(row));
        }
        List<Leaf> leaves = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            leaves.add(leaf(row));
        }
        return leaves;
    }

    private static Leaf leaf(RowReader row) {
        boolean deleted = row.u8() == 1;
        return new Leaf(RevisionCodec.read(row), deleted);
    }

    private static List<Revision> written(RowReader row, List<Leaf> leaves) {
        if (row.u8() == 1) {
            return List.of(leaves.getFirst().revision());
        }
        int count = row.count();
        List<Revision> written = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            written.add(RevisionCodec.read(row));
        }
        return written;
    }

    private static String utf8(RowReader row) {
        return new String(row.rest(), StandardCharsets.UTF_8);
    }
}
