package archipel.history;

import archipel.changes.Block;
import archipel.document.Revision;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.Opening;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Every version of every document that stood at one of the blocks from one to another, in order of id, and of one
 * document in order of block. Documents, their bodies and what was superseded are sorted by id all three, so it reads
 * each of them from end to end; what {@link Versions} gives by seq lies in no order on the disk.
 */
public final class DocumentVersions implements AutoCloseable {
    private final StoreSnapshot store;
    private final KeySpace keys;
    private final BlockChain chain;
    private final Block base;
    private final Block head;
    private final byte @Nullable [] start;
    private final Cursor documents;
    private final BodyWalk bodies;
    private final Cursor history;
    private boolean begun;
    private String id = "";
    // The rows in the history of the current document begin with it.
    private byte[] prefix = {};
    // Where the history cursor stands.
    private byte @Nullable [] past;
    private boolean superseded;
    private byte[] row = {};
    // -1: that of the block that wrote the row, which is not known yet.
    private long from;
    private byte @Nullable [] body;
    private boolean bodyRead;

    /**
     * Begins before the first one.
     *
     * @param chain that both blocks are of
     * @param start the first id; null for all
     */
    public DocumentVersions(
            StoreSnapshot store, KeySpace keys, BlockChain chain, Block base, Block head, @Nullable String start) {
        this.store = store;
        this.keys = keys;
        this.chain = chain;
        this.base = base;
        this.head = head;
        this.start = start == null ? null : keys.document(start);
        try (Opening opening = new Opening()) {
            this.documents = opening.add(store.cursor(Family.DOCUMENT, keys.lower(), keys.upper()));
            this.bodies = opening.add(new BodyWalk(store, keys));
            this.history = opening.add(store.cursor(Family.HISTORY, keys.lower(), keys.upper()));
            opening.keep();
        }
    }

    public boolean next() {
        bodyRead = false;
        body = null;
        if (superseded && later()) {
            return true;
        }
        while (document()) {
            if (first()) {
                return true;
            }
        }
        return false;
    }

    private boolean document() {
        boolean more = begun ? documents.next() : start == null ? documents.first() : documents.seek(start);
        if (more) {
            id = KeySpace.suffixText(documents.key());
            prefix = keys.versions(id);
            if (!begun) {
                moved(history.seek(keys.history(id, base.number() + 1)));
            }
        }
        begun = true;
        return more;
    }

    // To the first version of a document, if it is of those blocks.
    private boolean first() {
        row = documents.value();
        superseded = false;
        if (DocumentRow.seq(row) <= base.lastSeq()) {
            from = base.number();
            return true;
        }
        if (isPastBehind()) {
            moved(history.seek(keys.history(id, base.number() + 1)));
        }
        superseded = isPastHere();
        if (superseded) {
            row = history.value();
        }
        long seq = DocumentRow.seq(row);
        from = seq <= base.lastSeq() ? base.number() : -1;
        superseded &= seq <= head.lastSeq();
        return seq <= head.lastSeq();
    }

    // From a superseded version to the one that took its place, if it is of those blocks.
    private boolean later() {
        from = KeySpace.historyBlock(history.key());
        if (from > head.number()) {
            superseded = false;
            return false;
        }
        moved(history.next());
        superseded = isPastHere();
        row = superseded ? history.value() : documents.value();
        return true;
    }

    private boolean isPastBehind() {
        byte[] key = past;
        return key != null
                && (Arrays.compareUnsigned(key, prefix) < 0
                        || isPastHere() && KeySpace.historyBlock(key) <= base.number());
    }

    private boolean isPastHere() {
        byte[] key = past;
        return key != null
                && key.length == prefix.length + Long.BYTES
                && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    private void moved(boolean found) {
        past = found ? history.key() : null;
    }

    public String id() {
        return id;
    }

    /** The {@code DOCUMENT} row, as it was. */
    public byte[] row() {
        return row;
    }

    /** The number of the block that made the version; that of the first block for what is older. */
    public long block() {
        if (from < 0) {
            // A document's first version: the block that wrote its body wrote it too.
            byte[] written = body();
            from = written == null ? chain.ofSeq(DocumentRow.seq(row)).number() : BodyRow.block(written);
        }
        return from;
    }

    /** The winner's body; null when it is gone. */
    public byte @Nullable [] body() {
        if (!bodyRead) {
            bodyRead = true;
            Revision winner = DocumentRow.winner(row).revision();
            body = superseded ? Bodies.find(store::get, keys, id, winner) : bodies.find(keys.body(id, winner));
        }
        return body;
    }

    @Override
    public void close() {
        documents.close();
        bodies.close();
        history.close();
    }
}
