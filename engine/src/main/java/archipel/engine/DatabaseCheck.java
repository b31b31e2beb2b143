package archipel.engine;

import archipel.attachments.ContentRow;
import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.changes.ChangeRow;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.Sha256;
import archipel.history.Bodies;
import archipel.history.BodyRow;
import archipel.history.DocumentRow;
import archipel.history.HistoryCheck;
import archipel.history.SupersededChanges;
import archipel.index.IndexCheck;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The check of one database. Memory grows with the number of distinct attachment contents only. */
final class DatabaseCheck {
    private final Store store;
    private final @Nullable Store indexes;
    private final String name;
    private final DatabaseRow row;
    private final KeySpace keys;
    private final Checker.Findings findings;
    private final HistoryCheck history;
    private final Map<ContentHash, Long> references = new HashMap<>();
    // Whether documents in conflict have rows, which read-only data of an earlier version has no place for.
    private final boolean conflicts;
    private long documents;
    private long conflictRows;
    private long deletedDocuments;
    private long bodyBytes;
    private long liveBodyBytes;

    /** @param indexes null where there are none */
    DatabaseCheck(Store store, @Nullable Store indexes, StoredDatabases.Stored database, Checker.Findings findings) {
        this.store = store;
        this.indexes = indexes;
        this.name = database.name();
        this.row = database.row();
        this.keys = Node.keys(row);
        this.findings = findings;
        this.conflicts = store.has(Family.CONFLICT) && store.get(Family.CONFLICT, keys.conflictsKept()) != null;
        DatabaseRow.Retention retention = row.retention();
        this.history = new HistoryCheck(store, keys, retention.horizon(), retention.prunedTo(), this::found);
    }

    void run() {
        documents();
        changes();
        superseded();
        conflicts();
        history.versions();
        bodies(Family.BODY);
        bodies(Family.PAST_BODY);
        blocks();
        contents();
        state();
        indexes();
    }

    private void indexes() {
        if (indexes != null) {
            try {
                IndexCheck.run(indexes, keys, this::found);
            } catch (StorageException e) {
                found("indexes: " + e.details());
            }
        }
    }

    private void found(String what) {
        findings.add(name, what);
    }

    // Each document has its change row, with the same leaves and a digest that its tree and bodies give.
    private void documents() {
        try (Cursor rows = store.cursor(Family.DOCUMENT, keys.lower(), keys.upper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                String id = KeySpace.suffixText(rows.key());
                DocumentRow document = DocumentRow.decode(rows.value());
                Leaf winner = document.tree().winner();
                if (winner == null) {
                    found("document " + id + " has no revisions");
                    continue;
                }
                if (winner.deleted()) {
                    deletedDocuments++;
                } else {
                    documents++;
                }
                leaves(id, document);
                change(id, document);
                conflict(id, document);
            }
        }
    }

    private void conflict(String id, DocumentRow document) {
        boolean row = conflicts && store.get(Family.CONFLICT, keys.conflict(id)) != null;
        conflictRows += row ? 1 : 0;
        if (conflicts && row != document.tree().hasConflicts()) {
            found("document " + id + (row ? " has a row for its conflict, and none" : " has a conflict without a row"));
        }
    }

    private void conflicts() {
        if (!store.has(Family.CONFLICT)) {
            return;
        }
        long count = 0;
        try (Cursor rows = store.cursor(Family.CONFLICT, keys.lower(), keys.upper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                count++;
            }
        }
        if (count != (conflicts ? conflictRows + 1 : 0)) {
            found(count + " rows of conflicts, of which " + conflictRows + " have documents");
        }
    }

    private void leaves(String id, DocumentRow document) {
        long live = 0;
        for (Leaf leaf : document.tree().leaves()) {
            byte[] body = store.get(Family.BODY, keys.body(id, leaf.revision()));
            if (body == null) {
                found("document " + id + " has no body for its leaf " + leaf.revision());
            } else {
                live += BodyRow.decodeMetadata(body).jsonBytes();
            }
        }
        if (live != document.liveBytes()) {
            found("document " + id + " has " + live + " live bytes, its row says " + document.liveBytes());
        }
        liveBodyBytes += live;
    }

    private void change(String id, DocumentRow document) {
        long seq = document.sequence().number();
        byte[] value = store.get(Family.CHANGE, keys.change(seq));
        if (value == null) {
            found("document " + id + " has no change row at seq " + seq);
            return;
        }
        ChangeRow change = ChangeRow.decode(seq, value);
        if (!change.id().equals(id) || !change.leaves().equals(document.tree().leaves())) {
            found("the change row at seq " + seq + " does not tell what document " + id + " is");
        }
        if (change.sequence().hashPrefix() != document.sequence().hashPrefix()) {
            found("document " + id + " and its change row name different blocks");
        }
        byte[] digest = history.digest(seq, id, document.tree(), change.written());
        if (digest != null && !Arrays.equals(digest, change.digest())) {
            found("document " + id + " is not what block " + change.blockNumber() + " was made with");
        }
    }

    // No change row without its document; with the check above they match one to one.
    private void changes() {
        long count = 0;
        try (Cursor rows = store.cursor(Family.CHANGE, keys.lower(), keys.upper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                long seq = KeySpace.suffixNumber(rows.key());
                ChangeRow change = ChangeRow.decode(seq, rows.value());
                byte[] document = store.get(Family.DOCUMENT, keys.document(change.id()));
                if (document == null || DocumentRow.decode(document).sequence().number() != seq) {
                    found("the change row at seq " + seq + " is not the newest of document " + change.id());
                }
                count++;
            }
        }
        if (count != documents + deletedDocuments) {
            found(count + " change rows for " + (documents + deletedDocuments) + " documents");
        }
    }

    // What is counted as gone is what the seqs of a span lack.
    private void superseded() {
        long lastSeq = row.state().head().lastSeq();
        for (long span = 0; span <= SupersededChanges.span(lastSeq); span++) {
            long first = Math.max(1, span * SupersededChanges.SPAN);
            long last = Math.min(lastSeq, (span + 1) * SupersededChanges.SPAN - 1);
            long there = 0;
            try (Cursor rows = store.cursor(Family.CHANGE, keys.change(first), keys.change(last + 1))) {
                for (boolean more = rows.first(); more; more = rows.next()) {
                    there++;
                }
            }
            byte[] value = store.get(Family.SUPERSEDED, keys.superseded(span));
            long gone = value == null ? 0 : SupersededChanges.decode(value);
            if (there + gone != last - first + 1) {
                found("of the seqs " + first + " to " + last + " " + there + " have changes and " + gone
                        + " are counted as gone");
            }
        }
    }

    private void bodies(Family family) {
        String id = "";
        HistoryCheck.Kept wanted = HistoryCheck.Kept.NONE;
        try (Cursor rows = store.cursor(family, keys.lower(), keys.upper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                byte[] key = rows.key();
                String next = KeySpace.bodyId(key);
                if (!next.equals(id) || wanted.shown().isEmpty()) {
                    id = next;
                    wanted = history.bodies(id);
                }
                Revision revision = KeySpace.bodyRevision(key);
                if (!wanted.shown().contains(revision)) {
                    found("document " + id + " has a body for " + revision + ", which no block shows");
                }
                if (family != Bodies.family(wanted.leaves().contains(revision))) {
                    found("document " + id + " has the body for " + revision + " in " + family);
                }
                BodyRow.Metadata body = BodyRow.decodeMetadata(rows.value());
                if (body.block() > row.state().head().number()) {
                    found("document " + id + " has a body of block " + body.block() + ", which is not there");
                }
                bodyBytes += body.jsonBytes();
                for (Attachment attachment : body.attachments()) {
                    references.merge(attachment.content(), 1L, Long::sum);
                }
            }
        }
    }

    private void blocks() {
        byte[] parent = new byte[32];
        long number = 0;
        long lastSeq = 0;
        long timeMs = 0;
        Block before = null;
        try (Cursor rows = store.cursor(Family.BLOCK, keys.lower(), keys.upper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                Block block = BlockRow.decode(KeySpace.suffixNumber(rows.key()), rows.value());
                if (block.number() != number) {
                    found("block " + number + " is missing");
                } else if (!Arrays.equals(block.parent(), parent)) {
                    found("block " + number + " does not name its parent's hash");
                }
                if (!Arrays.equals(BlockRow.hash(block), block.hash())) {
                    found("block " + block.number() + " has a hash that its fields do not give");
                }
                if (block.lastSeq() != lastSeq + block.changes() || goesBack(block, timeMs)) {
                    found("block " + block.number() + " goes back, or skips a seq");
                }
                byte[] named = store.get(Family.BLOCK_HASH, keys.blockHash(block.hash()));
                if (named == null || new RowReader(named).u64() != block.number()) {
                    found("block " + block.number() + " is not found by its hash");
                }
                if (before != null) {
                    history.block(before, block);
                }
                parent = block.hash();
                before = block;
                number = block.number() + 1;
                lastSeq = block.lastSeq();
                timeMs = block.timeMs();
            }
        }
        Block head = row.state().head();
        boolean same = before != null
                && Arrays.equals(before.hash(), head.hash())
                && before.totals().equals(head.totals());
        if (number != head.number() + 1 || !same) {
            found("the head is block " + head.number() + ", the chain ends with block " + (number - 1));
        }
    }

    private boolean goesBack(Block block, long timeMs) {
        return block.timeMs() < timeMs && !row.retention().restarts().contains(block.number() - 1);
    }

    private void contents() {
        long bytes = 0;
        try (Cursor rows = store.cursor(Family.ATTACHMENT, keys.contentLower(), keys.contentUpper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                ContentHash hash = KeySpace.suffixHash(rows.key());
                ContentRow content = ContentRow.decode(rows.value());
                Long counted = references.remove(hash);
                if (counted == null || counted != content.references()) {
                    found("attachment content " + hash + " is named " + (counted == null ? 0 : counted)
                            + " times, its row says " + content.references());
                }
                bytes += content.encodedLength();
                chunks(hash, content);
            }
        }
        references.keySet().forEach(hash -> found("attachment content " + hash + " is named but not stored"));
        if (bytes != row.state().attachmentBytes()) {
            found("attachments take " + bytes + " bytes, the state says "
                    + row.state().attachmentBytes());
        }
    }

    private void chunks(ContentHash hash, ContentRow content) {
        MessageDigest sha256 = Sha256.begin();
        for (int i = 0; i < content.chunks(); i++) {
            byte[] chunk = store.get(Family.ATTACHMENT, keys.chunk(content.upload(), i));
            if (chunk != null) {
                sha256.update(chunk);
            }
        }
        if (!new ContentHash(sha256.digest()).equals(hash)) {
            found("attachment content " + hash + " is not what was stored");
        }
    }

    private void state() {
        DatabaseState state = row.state();
        compare("documents", documents, state.documents());
        compare("deleted documents", deletedDocuments, state.deletedDocuments());
        compare("documents up to the head", documents, state.head().totals().documents());
        compare(
                "deleted documents up to the head",
                deletedDocuments,
                state.head().totals().deletedDocuments());
        compare("purges up to the head", state.purgeSeq(), state.head().totals().purgeSeq());
        compare("bytes of bodies", bodyBytes, state.bodyBytes());
        compare("bytes of leaves' bodies", liveBodyBytes, state.liveBodyBytes());
    }

    private void compare(String what, long counted, long said) {
        if (counted != said) {
            found(counted + " " + what + ", the state says " + said);
        }
    }
}
