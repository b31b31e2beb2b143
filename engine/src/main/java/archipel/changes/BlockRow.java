package archipel.changes;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.List;

/** Blocks as they are hashed and stored. */
public final class BlockRow {
    private static final String DOMAIN = "archipel block 1";
    private static final byte[] NO_PARENT = new byte[32];

    private BlockRow() {}

    /** Block 0, which makes the database. */
    public static Block first(String databaseUuid, long timeMs) {
        byte[] content = Digests.sha256().text(databaseUuid).finish();
        return seal(0, NO_PARENT, timeMs, 0, 0, content, Block.Totals.NONE);
    }

    /**
     * The block after {@code parent}.
     *
     * @param timeMs not less than the parent's, unless time begins anew
     * @param lastSeq the newest seq after the block
     * @param changes the digests of the changes, in order of seq
     * @param extra digest of what else the command did (a purge), empty when it did nothing else
     */
    public static Block next(
            Block parent, long timeMs, long lastSeq, List<byte[]> changes, byte[] extra, Block.Totals totals) {
        return seal(
                parent.number() + 1, parent.hash(), timeMs, lastSeq, changes.size(), content(changes, extra), totals);
    }

    /** The digest over a block's changes. */
    public static byte[] content(List<byte[]> changes, byte[] extra) {
        Digests digest = Digests.sha256().number(changes.size());
        changes.forEach(digest::bytes);
        return digest.bytes(extra).finish();
    }

    private static Block seal(
            long number, byte[] parent, long timeMs, long lastSeq, int changes, byte[] content, Block.Totals totals) {
        Block unsealed = new Block(number, parent, parent, timeMs, lastSeq, changes, content, totals);
        return new Block(number, hash(unsealed), parent, timeMs, lastSeq, changes, content, totals);
    }

    /** The hash that the block's other fields give. */
    public static byte[] hash(Block block) {
        return Digests.sha256()
                .text(DOMAIN)
                .bytes(block.parent())
                .number(block.number())
                .number(block.timeMs())
                .number(block.lastSeq())
                .number(block.changes())
                .bytes(block.content())
                .finish();
    }

    public static byte[] encode(Block block) {
        return new RowWriter(144)
                .raw(block.hash())
                .raw(block.parent())
                .raw(block.content())
                .varint(block.timeMs())
                .varint(block.lastSeq())
                .varint(block.changes())
                .varint(block.totals().documents())
                .varint(block.totals().deletedDocuments())
                .varint(block.totals().purgeSeq())
                .varint(block.totals().outdated())
                .toBytes();
    }

    public static Block decode(long number, byte[] value) {
        RowReader row = new RowReader(value);
        byte[] hash = row.raw(32);
        byte[] parent = row.raw(32);
        byte[] content = row.raw(32);
        long timeMs = row.varint();
        long lastSeq = row.varint();
        int changes = (int) row.varint();
        Block.Totals totals = new Block.Totals(row.varint(), row.varint(), row.varint(), (int) row.varint());
        return new Block(number, hash, parent, timeMs, lastSeq, changes, content, totals);
    }
}
