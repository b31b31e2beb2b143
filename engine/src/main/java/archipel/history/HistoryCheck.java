package archipel.history;

import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.changes.ChangeDigest;
import archipel.changes.ChangeHistoryRow;
import archipel.changes.ChangeRow;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionTree;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Recounts what earlier blocks are read from: versions against changes, bodies against versions, totals and contents of
 * blocks against changes.
 */
public final class HistoryCheck {
    private final Store store;
    private final KeySpace keys;
    private final long horizon;
    private final long prunedTo;
    private final Consumer<String> findings;

    /**
     * @param horizon the oldest block that can be read
     * @param prunedTo what blocks up to this one left behind has to be gone
     */
    public HistoryCheck(Store store, KeySpace keys, long horizon, long prunedTo, Consumer<String> findings) {
        this.store = store;
        this.keys = keys;
        this.horizon = horizon;
        this.prunedTo = prunedTo;
        this.findings = findings;
    }

    /** Versions and superseded changes match one to one. */
    public void versions() {
        long versions = 0;
        try (Cursor rows = store.cursor(Family.HISTORY, keys.lower(), keys.upper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                String id = KeySpace.historyId(rows.key());
                long until = KeySpace.historyBlock(rows.key());
                DocumentRow version = DocumentRow.decode(rows.value());
                versions++;
                if (until <= prunedTo) {
                    found("document " + id + " has a version until block " + until + ", which was pruned");
                }
                version(id, until, version);
            }
        }
        long changes = 0;
        try (Cursor rows = store.cursor(Family.CHANGE_HISTORY, keys.lower(), keys.upper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                changes++;
            }
        }
        if (versions != changes) {
            found(versions + " versions of documents and " + changes + " superseded changes");
        }
    }

    private void version(String id, long until, DocumentRow version) {
        long seq = version.sequence().number();
        byte[] value = store.get(Family.CHANGE_HISTORY, keys.changeHistory(seq));
        if (value == null) {
            found("document " + id + " has no superseded change at seq " + seq);
            return;
        }
        ChangeRow change = ChangeRow.decode(seq, ChangeHistoryRow.change(value));
        if (!change.id().equals(id)
                || !change.leaves().equals(version.tree().leaves())
                || !change.sequence().equals(version.sequence())
                || change.blockNumber() >= until) {
            found("the superseded change at seq " + seq + " does not tell what document " + id + " was");
        }
        if (ChangeHistoryRow.supersededAt(value) != until) {
            found("the superseded change at seq " + seq + " does not name block " + until);
        }
        if (until > horizon) {
            for (Leaf leaf : version.tree().leaves()) {
                if (Bodies.find(store::get, keys, id, leaf.revision()) == null) {
                    found("document " + id + " has no body for " + leaf.revision() + ", a leaf until block " + until);
                }
            }
        }
        byte[] digest = digest(seq, id, version.tree(), change.written());
        if (digest != null && !Arrays.equals(digest, change.digest())) {
            found("document " + id + " was not what block " + change.blockNumber() + " was made with");
        }
    }

    /** A change's digest from the tree and the bodies; null when one of those has been pruned. */
    public byte @Nullable [] digest(long seq, String id, RevisionTree tree, List<Revision> written) {
        List<ChangeDigest.Written> bodies = new ArrayList<>(written.size());
        for (Revision revision : written) {
            byte[] row = Bodies.find(store::get, keys, id, revision);
            if (row == null) {
                return null;
            }
            bodies.add(BodyRow.digested(revision, row));
        }
        return ChangeDigest.of(seq, id, tree.encode(), bodies);
    }

    /** Which bodies of a document have cause to be there. */
    public Kept bodies(String id) {
        Set<Revision> leaves = new HashSet<>();
        Set<Revision> wanted = new HashSet<>();
        byte[] newest = store.get(Family.DOCUMENT, keys.document(id));
        if (newest != null) {
            DocumentRow document = DocumentRow.decode(newest);
            document.tree().leaves().forEach(leaf -> leaves.add(leaf.revision()));
            add(wanted, document);
        }
        try (Cursor rows = store.cursor(Family.HISTORY, keys.versions(id), keys.versionsUpper(id))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                add(wanted, DocumentRow.decode(rows.value()));
            }
        }
        return new Kept(leaves, wanted);
    }

    private void add(Set<Revision> wanted, DocumentRow version) {
        version.tree().leaves().forEach(leaf -> wanted.add(leaf.revision()));
        ChangeRow change = change(version.sequence().number());
        if (change != null && change.blockNumber() > prunedTo) {
            wanted.addAll(change.written());
        }
    }

    private @Nullable ChangeRow change(long seq) {
        byte[] row = store.get(Family.CHANGE, keys.change(seq));
        if (row == null) {
            byte[] past = store.get(Family.CHANGE_HISTORY, keys.changeHistory(seq));
            row = past == null ? null : ChangeHistoryRow.change(past);
        }
        return row == null ? null : ChangeRow.decode(seq, row);
    }

    /** That a block is made of its changes, and counts them, as far as they are kept. */
    public void block(Block parent, Block block) {
        List<byte[]> digests = new ArrayList<>();
        long documents = parent.totals().documents();
        long deleted = parent.totals().deletedDocuments();
        int outdated = 0;
        for (long seq = block.firstSeq(); seq <= block.lastSeq(); seq++) {
            ChangeRow change = change(seq);
            if (change == null) {
                if (block.number() >= horizon) {
                    found("block " + block.number() + " has no change at seq " + seq);
                }
                return;
            }
            if (change.blockNumber() != block.number() || change.sequence().hashPrefix() != block.hashPrefix()) {
                found("the change row at seq " + seq + " does not name block " + block.number());
            }
            digests.add(change.digest());
            byte[] before = store.get(Family.HISTORY, keys.history(change.id(), block.number()));
            Leaf was = before == null ? null : DocumentRow.decode(before).tree().winner();
            Leaf is = change.leaves().getFirst();
            deleted += (is.deleted() ? 1 : 0) - (was != null && was.deleted() ? 1 : 0);
            documents += (is.deleted() ? 0 : 1) - (was != null && !was.deleted() ? 1 : 0);
            outdated += before != null || wroteInner(change) ? 1 : 0;
        }
        if (block.totals().purgeSeq() != parent.totals().purgeSeq()) {
            return;
        }
        if (!Arrays.equals(BlockRow.content(digests, new byte[0]), block.content())) {
            found("block " + block.number() + " is not made of its changes");
        }
        Block.Totals counted =
                new Block.Totals(documents, deleted, parent.totals().purgeSeq(), outdated);
        if (block.number() > horizon && !counted.equals(block.totals())) {
            found("block " + block.number() + " has " + block.totals() + ", its changes give " + counted);
        }
    }

    private static boolean wroteInner(ChangeRow change) {
        Set<Revision> leaves = new HashSet<>();
        change.leaves().forEach(leaf -> leaves.add(leaf.revision()));
        return !leaves.containsAll(change.written());
    }

    private void found(String what) {
        findings.accept(what);
    }

    /**
     * Revisions of a document.
     *
     * @param leaves of the document as it is now
     * @param shown those and what else was a leaf once, or was written since the horizon
     */
    public record Kept(Set<Revision> leaves, Set<Revision> shown) {
        public static final Kept NONE = new Kept(Set.of(), Set.of());
    }
}
