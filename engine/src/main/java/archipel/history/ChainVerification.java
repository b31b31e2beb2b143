package archipel.history;

import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.changes.ChangeDigest;
import archipel.changes.ChangeHistoryRow;
import archipel.changes.ChangeRow;
import archipel.changes.Digests;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Computes a database's hash chain again from what is stored, block after block, and stops at the first that does not
 * hold. The link and the fields of every block are checked. Its changes are as far as they are kept: each one's digest
 * is computed again from the tree and the bodies as they stood, the block's content from the digests. All changes since
 * the horizon are kept, and of those before it the ones that still stand.
 */
public final class ChainVerification {
    private static final byte[] NOTHING = {};

    private final StoreSnapshot store;
    private final KeySpace keys;
    private final Block head;
    private final long horizon;
    private final List<Long> restarts;
    private long blocks;
    private long changes;
    private long standing;
    private long unproven;
    private boolean complete;

    /**
     * @param horizon the oldest block that can be read
     * @param restarts the blocks after which time may go back
     */
    public ChainVerification(StoreSnapshot store, KeySpace keys, Block head, long horizon, List<Long> restarts) {
        this.store = store;
        this.keys = keys;
        this.head = head;
        this.horizon = horizon;
        this.restarts = restarts;
    }

    /** How many blocks were found to hold. */
    public long blocks() {
        return blocks;
    }

    /** How many changes were computed again. */
    public long changes() {
        return changes;
    }

    /** How many bodies are there whose digest went with a change that is no longer kept. */
    public long unproven() {
        return unproven;
    }

    /** False when it was cut off, so that not all is known to hold. */
    public boolean isComplete() {
        return complete;
    }

    /**
     * @param uuid the database's, which block 0 was made with
     * @param goOn asked before each block; false cuts the run off
     * @throws Broken for the first block that does not hold
     */
    public void run(String uuid, LongPredicate goOn) throws Broken {
        Block before = null;
        for (long number = 0; number <= head.number(); number++) {
            if (!goOn.test(number)) {
                return;
            }
            try {
                before = block(number, before, uuid);
            } catch (StorageException e) {
                throw new Broken(number, e.details());
            }
            blocks++;
        }
        documents();
        complete = true;
    }

    private Block block(long number, @Nullable Block before, String uuid) throws Broken {
        byte[] row = store.get(Family.BLOCK, keys.block(number));
        if (row == null) {
            throw new Broken(number, "it is missing");
        }
        Block block = BlockRow.decode(number, row);
        Block first = BlockRow.first(uuid, block.timeMs());
        Block parent = before == null ? first : before;
        hold(before == null ? number == 0 : number == before.number() + 1, number, "it is out of order");
        hold(
                Arrays.equals(block.parent(), before == null ? first.parent() : before.hash()),
                number,
                "it does not name its parent's hash");
        hold(Arrays.equals(BlockRow.hash(block), block.hash()), number, "its hash is not the one its fields give");
        hold(
                block.lastSeq() == (before == null ? 0 : before.lastSeq() + block.changes())
                        && (block.timeMs() >= parent.timeMs() || restarts.contains(parent.number())),
                number,
                "it goes back, or skips a seq");
        byte[] named = store.get(Family.BLOCK_HASH, keys.blockHash(block.hash()));
        hold(named != null && new RowReader(named).u64() == number, number, "it is not found by its hash");
        if (before == null) {
            hold(Arrays.equals(block.content(), first.content()), number, "it was made for another database");
        } else {
            content(before, block);
        }
        hold(number < head.number() || Arrays.equals(block.hash(), head.hash()), number, "it is not the head");
        return block;
    }

    private void content(Block before, Block block) throws Broken {
        List<byte[]> digests = new ArrayList<>(block.changes());
        boolean whole = true;
        for (long seq = block.firstSeq(); seq <= block.lastSeq(); seq++) {
            byte[] digest = change(block, seq);
            whole &= digest != null;
            if (digest != null) {
                digests.add(digest);
            }
        }
        byte[] extra = extra(before, block);
        if (whole && extra != null) {
            hold(
                    Arrays.equals(BlockRow.content(digests, extra), block.content()),
                    block.number(),
                    "it is not made of its changes");
        }
    }

    // Null when the purges that the block did are no longer remembered.
    private byte @Nullable [] extra(Block before, Block block) {
        if (before.totals().purgeSeq() == block.totals().purgeSeq()) {
            return NOTHING;
        }
        PurgeDigest digest = new PurgeDigest();
        for (long purge = before.totals().purgeSeq() + 1;
                purge <= block.totals().purgeSeq();
                purge++) {
            byte[] row = store.get(Family.PURGE, keys.purge(purge));
            if (row == null) {
                return null;
            }
            digest.add(row);
        }
        return digest.finish();
    }

    // Null when the change is gone, which it may be before the horizon.
    private byte @Nullable [] change(Block block, long seq) throws Broken {
        byte[] row = store.get(Family.CHANGE, keys.change(seq));
        long until = Long.MAX_VALUE;
        if (row == null) {
            byte[] past = store.get(Family.CHANGE_HISTORY, keys.changeHistory(seq));
            if (past == null) {
                hold(block.number() < horizon, block.number(), "its change at seq " + seq + " is missing");
                return null;
            }
            until = ChangeHistoryRow.supersededAt(past);
            row = ChangeHistoryRow.change(past);
        } else {
            standing++;
        }
        ChangeRow change = ChangeRow.decode(seq, row);
        hold(
                change.blockNumber() == block.number() && change.sequence().hashPrefix() == block.hashPrefix(),
                block.number(),
                "its change at seq " + seq + " names another block");
        String what = "document " + change.id() + " at seq " + seq + " ";
        byte[] document = until == Long.MAX_VALUE
                ? store.get(Family.DOCUMENT, keys.document(change.id()))
                : store.get(Family.HISTORY, keys.history(change.id(), until));
        if (document == null) {
            throw new Broken(block.number(), what + "is missing");
        }
        DocumentRow version = DocumentRow.decode(document);
        byte[] again = DocumentRow.encode(
                version.sequence(), version.liveBytes(), version.tree().encode());
        // What is decoded to the same is not always the same bytes.
        hold(
                Arrays.equals(change.encode(), row) && Arrays.equals(again, document),
                block.number(),
                what + "has bytes that nobody wrote");
        hold(
                version.sequence().equals(change.sequence())
                        && version.tree().leaves().equals(change.leaves()),
                block.number(),
                what + "is not what its change tells");
        byte[] digest = digest(block, change, version, until, what);
        hold(
                digest == null || Arrays.equals(digest, change.digest()),
                block.number(),
                what + "is not what the block was made with");
        changes++;
        return change.digest();
    }

    // Null where a body is gone that may be: of a revision that is no leaf, or of a version before the horizon.
    private byte @Nullable [] digest(Block block, ChangeRow change, DocumentRow version, long until, String what)
            throws Broken {
        boolean readable = until > horizon;
        List<ChangeDigest.Written> written = new ArrayList<>(change.written().size());
        Set<Revision> others = new HashSet<>();
        version.tree().leaves().stream().map(Leaf::revision).forEach(others::add);
        long liveBytes = 0;
        boolean whole = true;
        for (Revision revision : change.written()) {
            boolean leaf = others.remove(revision);
            byte[] row = Bodies.find(store::get, keys, change.id(), revision);
            hold(
                    row != null || !(leaf && readable) && block.number() <= horizon,
                    block.number(),
                    what + "has no body for " + revision);
            if (row == null) {
                whole = false;
                continue;
            }
            BodyRow.Metadata metadata = BodyRow.decodeMetadata(row);
            hold(
                    metadata.block() == block.number() || writtenAgain(change.id(), revision, block, metadata.block()),
                    block.number(),
                    what + "has a body of another block");
            written.add(BodyRow.digested(revision, row));
            liveBytes += leaf ? metadata.jsonBytes() : 0;
        }
        for (Revision leaf : others) {
            byte[] row = Bodies.find(store::get, keys, change.id(), leaf);
            hold(row != null || !readable, block.number(), what + "has no body for its leaf " + leaf);
            if (row == null) {
                whole = false;
                continue;
            }
            BodyRow.Metadata metadata = BodyRow.decodeMetadata(row);
            liveBytes += metadata.jsonBytes();
            unproven += until == Long.MAX_VALUE && metadata.block() < horizon ? 1 : 0;
        }
        hold(!whole || liveBytes == version.liveBytes(), block.number(), what + "has bodies of another length");
        long seq = change.sequence().number();
        return whole ? ChangeDigest.of(seq, change.id(), version.tree().encode(), written) : null;
    }

    // A revision that was stemmed can come back while its body is still there.
    private boolean writtenAgain(String id, Revision revision, Block block, long later) {
        boolean possible = later > block.number() && later <= head.number();
        byte[] row = possible ? store.get(Family.BLOCK, keys.block(later)) : null;
        if (row == null || later < horizon) {
            return row != null;
        }
        Block other = BlockRow.decode(later, row);
        try (PastChanges rows = new PastChanges(store, keys, other, false)) {
            while (rows.next(other.firstSeq() - 1)) {
                ChangeRow change = ChangeRow.decode(rows.seq(), rows.row());
                if (change.id().equals(id)) {
                    return change.written().contains(revision);
                }
            }
        }
        return false;
    }

    // With the changes that stand each compared to its document, a count tells whether there are others.
    private void documents() throws Broken {
        long count = 0;
        try (Cursor rows = store.cursor(Family.DOCUMENT, keys.lower(), keys.upper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                count++;
            }
        } catch (StorageException e) {
            throw new Broken(head.number(), e.details());
        }
        hold(
                count == standing,
                head.number(),
                "there are " + count + " documents and " + standing + " changes that stand");
    }

    private static void hold(boolean holds, long block, String otherwise) throws Broken {
        if (!holds) {
            throw new Broken(block, otherwise);
        }
    }

    /** Digest of what a purge took, computed from its rows. */
    public static final class PurgeDigest {
        private final Digests digest = Digests.sha256();

        public void add(byte[] purgeRow) {
            digest.bytes(purgeRow);
        }

        public byte[] finish() {
            return digest.finish();
        }
    }

    /** A block that does not hold. */
    public static final class Broken extends Exception {
        private final long block;

        Broken(long block, String what) {
            super(what, null, false, false);
            this.block = block;
        }

        public long block() {
            return block;
        }
    }
}
