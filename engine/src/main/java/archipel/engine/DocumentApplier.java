package archipel.engine;

import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.changes.ChangesLog;
import archipel.changes.Digests;
import archipel.changes.Sequence;
import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.command.Refusal;
import archipel.command.RewindResult;
import archipel.command.WriteResult;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionHash;
import archipel.document.RevisionPath;
import archipel.history.BodyRow;
import archipel.history.ChainVerification;
import archipel.history.LocalRow;
import archipel.history.PruneStep;
import archipel.history.PurgeRow;
import archipel.history.SupersededChanges;
import archipel.merge.Tombstone;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.KeySpace;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Applies commands that change documents. Deterministic: what it does follows from the rows and the command alone, with
 * no clock, no randomness and no order of a hash map.
 */
final class DocumentApplier {
    /**
     * How much of stored bodies a command with several edits may take out of the newest state, or bring back into it,
     * at the most. It is the same on every node, since it decides what is refused.
     */
    static final long MOVED_BYTES = 32L << 20;

    private static final byte[] NOTHING = {};

    private final Catalog catalog;
    private final PendingRows rows;

    DocumentApplier(Catalog catalog, PendingRows rows) {
        this.catalog = catalog;
        this.rows = rows;
    }

    WriteResult write(DataCommand.WriteDocuments command, DatabaseRow database, long position) {
        Block head = database.state().head();
        if (command.rules() != DataCommand.ANY_RULES && command.rules() != database.rulesPosition()) {
            return new WriteResult(head, List.of(), WriteResult.Outcome.OUTDATED);
        }
        if (command.edits().size() > 1 || command.edits().stream().anyMatch(DocumentApplier::isResolution)) {
            rows.bound(MOVED_BYTES, ErrorCode.SUPERSEDES_TOO_MUCH);
        }
        KeySpace keys = keys(database);
        References references = new References(rows, keys, command.staged());
        Stamp ahead = database.stampAhead(command.timeMs());
        EditedDocuments documents = new EditedDocuments(
                command.edits(),
                id -> new DocumentWork(rows, keys, id),
                (edit, document) -> edit(edit, document, references, database.revisionsLimit(), ahead),
                new DocumentWork.SealedChanges(head));
        List<EditResult> results = documents.results();
        if (command.atomic() && results.stream().anyMatch(EditResult.Rejected.class::isInstance)) {
            return new WriteResult(head, results, WriteResult.Outcome.REFUSED);
        }
        if (documents.changed().isEmpty()) {
            return new WriteResult(head, results, WriteResult.Outcome.APPLIED);
        }
        Work work = new Work(
                documents.changed(), List.of(), NOTHING, database.state().purgeSeq());
        DatabaseRow made = finish(database, work, documents.sealed(), command.timeMs(), references, position);
        long newestMs = newestStampMs(command);
        if (newestMs > made.stampMs()) {
            catalog.put(made.withStamp(newestMs, position));
        }
        return new WriteResult(made.state().head(), results, WriteResult.Outcome.APPLIED);
    }

    private static boolean isResolution(DataCommand.Edit edit) {
        return edit.edit() instanceof DocumentEdit.Resolution;
    }

    private static long newestStampMs(DataCommand.WriteDocuments command) {
        long newest = 0;
        for (DataCommand.Edit edit : command.edits()) {
            Stamp stamp = edit.edit() instanceof DocumentEdit.Replicated replicated
                    ? replicated.path().stamp()
                    : null;
            newest = stamp == null ? newest : Math.max(newest, stamp.timeMs());
        }
        return newest;
    }

    Void copy(DataCommand.CopyDocuments command, DatabaseRow database, long position) {
        KeySpace keys = keys(database);
        References references = new References(rows, keys, command.staged());
        List<DocumentWork> documents = new ArrayList<>(command.documents().size());
        Set<String> ids = new HashSet<>();
        for (DataCommand.CopiedDocument copied : command.documents()) {
            DocumentWork document = new DocumentWork(rows, keys, copied.id());
            if (document.storedRow() != null || !ids.add(copied.id())) {
                throw new Refusal(ErrorCode.DOCUMENT_COPIED, copied.id());
            }
            requireStored(copied, references);
            document.copy(copied);
            documents.add(document);
        }
        Work work = new Work(documents, List.of(), NOTHING, database.state().purgeSeq());
        finish(database, work, command.timeMs(), references, position);
        return Applier.done();
    }

    private static void requireStored(DataCommand.CopiedDocument copied, References references) {
        for (DataCommand.CopiedBody body : copied.bodies()) {
            Attachment missing = references.firstMissing(body.body().attachments());
            if (missing != null) {
                throw new Refusal(ErrorCode.ATTACHMENT_NOT_STORED, missing.name());
            }
        }
    }

    RewindResult rewind(DataCommand.Rewind command, DatabaseRow database, long position) {
        KeySpace keys = keys(database);
        Block to = earlier(command, database);
        rows.bound(command.maxBytes(), ErrorCode.REWIND_TOO_LARGE);
        try (RewoundDocuments documents = new RewoundDocuments(rows, keys, to, database)) {
            Block head = database.state().head();
            if (!documents.changed().isEmpty()) {
                Work work = new Work(
                        documents.changed(),
                        List.of(),
                        NOTHING,
                        database.state().purgeSeq());
                References references = new References(rows, keys, List.of());
                head = finish(database, work, documents.sealed(), command.timeMs(), references, position)
                        .state()
                        .head();
            }
            return documents.result(head);
        }
    }

    private Block earlier(DataCommand.Rewind command, DatabaseRow database) {
        long number = command.number();
        byte[] row = rows.get(Family.BLOCK, keys(database).block(number));
        Block block = row == null ? null : BlockRow.decode(number, row);
        if (block == null || !Arrays.equals(block.hash(), command.hash())) {
            throw new Refusal(
                    ErrorCode.BLOCK_UNKNOWN, number + "-0x" + HexFormat.of().formatHex(command.hash()));
        }
        if (number < database.retention().horizon()) {
            throw new Refusal(
                    ErrorCode.BLOCK_PRUNED, block, database.retention().horizon());
        }
        return block;
    }

    private EditResult edit(
            DataCommand.Edit digested, DocumentWork document, References references, int limit, @Nullable Stamp ahead) {
        DocumentEdit edit = digested.edit();
        Attachment missing = references.firstMissing(edit.body().attachments());
        if (missing != null) {
            return new EditResult.Rejected(edit.id(), ErrorCode.ATTACHMENT_NOT_STORED, List.of(missing.name()));
        }
        return switch (edit) {
            case DocumentEdit.Replicated foreign -> {
                document.merge(foreign.path(), foreign.deleted(), foreign.body(), digested.jsonDigest(), limit);
                yield new EditResult.Accepted(edit.id(), foreign.path().newest());
            }
            case DocumentEdit.Update update -> update(update, digested.jsonDigest(), document, limit, ahead);
            case DocumentEdit.Resolution resolution ->
                resolve(resolution, digested.jsonDigest(), document, limit, ahead);
        };
    }

    private EditResult resolve(
            DocumentEdit.Resolution edit, byte[] jsonDigest, DocumentWork document, int limit, @Nullable Stamp ahead) {
        if (!document.liveLeaves().equals(edit.leaves())) {
            return conflict(edit.id());
        }
        if (edit.losers().stream().anyMatch(loser -> loser.generation() == Integer.MAX_VALUE)) {
            return new EditResult.Rejected(edit.id(), ErrorCode.REVISION_LAST, List.of());
        }
        Revision revision = edit.winner();
        if (edit.result() != null) {
            EditResult result =
                    update(edit.result(), jsonDigest, document, limit, edit.stamp() == null ? ahead : edit.stamp());
            if (!(result instanceof EditResult.Accepted accepted)) {
                return result;
            }
            revision = accepted.revision();
        }
        for (Revision loser : edit.losers()) {
            Tombstone tombstone = Tombstone.of(loser, revision);
            byte[] json = tombstone.json();
            document.merge(
                    RevisionPath.of(tombstone.revision(), loser),
                    true,
                    new DocumentBody(json, List.of()),
                    Digests.of(json),
                    limit);
        }
        return new EditResult.Accepted(edit.id(), revision);
    }

    /** @param stamp null for the block's time, on this node */
    private EditResult update(
            DocumentEdit.Update edit, byte[] jsonDigest, DocumentWork document, int limit, @Nullable Stamp stamp) {
        Revision parent = edit.parent();
        Leaf winner = document.winner();
        if (edit.conflicts(winner, document::isLeaf)) {
            return conflict(edit.id());
        }
        if (winner != null && winner.deleted()) {
            // What comes after a deletion is its child, so that every replica orders the two alike.
            parent = winner.revision();
        }
        if (parent != null && parent.generation() == Integer.MAX_VALUE) {
            return new EditResult.Rejected(edit.id(), ErrorCode.REVISION_LAST, List.of());
        }
        int generation = parent == null ? 1 : parent.generation() + 1;
        DocumentBody body = positioned(edit.body(), generation);
        Revision revision = RevisionHash.next(parent, edit.deleted(), edit.canonicalDigest(), body.attachments());
        List<String> hashes = parent == null ? List.of(revision.hash()) : List.of(revision.hash(), parent.hash());
        if (!document.merge(new RevisionPath(generation, hashes, stamp), edit.deleted(), body, jsonDigest, limit)) {
            return conflict(edit.id());
        }
        return new EditResult.Accepted(edit.id(), revision);
    }

    private static DocumentBody positioned(DocumentBody body, int generation) {
        List<Attachment> attachments = body.attachments();
        if (attachments.stream().noneMatch(attachment -> attachment.revisionPosition() == 0)) {
            return body;
        }
        return new DocumentBody(
                body.json(),
                attachments.stream()
                        .map(attachment -> attachment.revisionPosition() == 0
                                ? attachment.withRevisionPosition(generation)
                                : attachment)
                        .toList());
    }

    List<List<Revision>> purge(DataCommand.Purge command, DatabaseRow database, long position) {
        KeySpace keys = keys(database);
        References references = new References(rows, keys, List.of());
        List<List<Revision>> purged = new ArrayList<>(command.documents().size());
        List<DocumentWork> changed = new ArrayList<>();
        for (DataCommand.PurgedLeaves asked : command.documents()) {
            DocumentWork document = new DocumentWork(rows, keys, asked.id());
            List<Revision> gone = document.purge(asked.leaves());
            purged.add(gone);
            if (!gone.isEmpty()) {
                changed.add(document);
            }
        }
        if (changed.isEmpty()) {
            return purged;
        }
        Map<Boolean, List<DocumentWork>> gone = changed.stream()
                .collect(Collectors.partitioningBy(document -> document.tree().isEmpty()));
        ChainVerification.PurgeDigest digest = new ChainVerification.PurgeDigest();
        long purgeSeq = remember(command, purged, keys, database, digest);
        Work work = new Work(List.copyOf(gone.get(false)), List.copyOf(gone.get(true)), digest.finish(), purgeSeq);
        DatabaseRow after = finish(database, work, command.timeMs(), references, position);
        // What was purged is gone for good: no block from before it can be read any more.
        long horizon = after.state().head().number();
        catalog.put(after.withRetention(after.retention().withHorizon(horizon), position)
                .withRules(position));
        return purged;
    }

    private long remember(
            DataCommand.Purge command,
            List<List<Revision>> purged,
            KeySpace keys,
            DatabaseRow database,
            ChainVerification.PurgeDigest digest) {
        long purgeSeq = database.state().purgeSeq();
        for (int i = 0; i < purged.size(); i++) {
            DataCommand.PurgedLeaves document = command.documents().get(i);
            if (!purged.get(i).isEmpty()) {
                purgeSeq++;
                byte[] row = new PurgeRow(document.uuid(), document.id(), purged.get(i)).encode();
                rows.put(Family.PURGE, keys.purge(purgeSeq), row);
                digest.add(row);
            }
        }
        long oldest = purgeSeq - database.purgedInfosLimit();
        if (oldest > 0) {
            rows.batch().deleteRange(Family.PURGE, keys.purge(0), keys.purge(oldest + 1));
        }
        return purgeSeq;
    }

    Void prune(DataCommand.Prune step, DatabaseRow database, long position) {
        KeySpace keys = keys(database);
        if (step.prunedTo() > database.retention().horizon()) {
            throw new Refusal(ErrorCode.BLOCK_READABLE, step.prunedTo());
        }
        for (PruneStep.Version version : step.versions()) {
            rows.delete(Family.HISTORY, keys.history(version.id(), version.until()));
            rows.delete(Family.CHANGE_HISTORY, keys.changeHistory(version.seq()));
        }
        References references = new References(rows, keys, List.of());
        long bodyBytes = 0;
        for (PruneStep.OldBody old : step.bodies()) {
            byte[] key = keys.body(old.id(), old.revision());
            byte[] row = rows.get(Family.PAST_BODY, key);
            // One that was written again since was somebody's leaf again.
            if (row != null && BodyRow.block(row) < old.writtenBefore()) {
                BodyRow.Metadata body = BodyRow.decodeMetadata(row);
                references.remove(body.attachments());
                bodyBytes += body.jsonBytes();
                rows.delete(Family.PAST_BODY, key);
            }
        }
        DatabaseState old = database.state();
        DatabaseState state = new DatabaseState(
                old.uuid(),
                old.head(),
                old.documents(),
                old.deletedDocuments(),
                old.bodyBytes() - bodyBytes,
                old.liveBodyBytes(),
                old.attachmentBytes() + references.write(),
                old.purgeSeq(),
                position);
        catalog.put(database.with(state, false)
                .withRetention(database.retention().withPrunedTo(step.prunedTo()), position));
        return Applier.done();
    }

    long writeLocal(DataCommand.WriteLocal command, DatabaseRow database) {
        byte[] key = keys(database).local(command.id());
        byte[] row = rows.get(Family.LOCAL, key);
        long revision = row == null ? 0 : LocalRow.decode(row).revision();
        byte[] json = command.json();
        if (json == null) {
            if (row != null) {
                rows.delete(Family.LOCAL, key);
            }
            return revision;
        }
        rows.put(Family.LOCAL, key, new LocalRow(revision + 1, json).encode());
        return revision + 1;
    }

    private DatabaseRow finish(DatabaseRow database, Work work, long timeMs, References references, long position) {
        DocumentWork.SealedChanges sealed =
                new DocumentWork.SealedChanges(database.state().head());
        work.changed.forEach(sealed::add);
        work.gone.forEach(sealed::addGone);
        return finish(database, work, sealed, timeMs, references, position);
    }

    private DatabaseRow finish(
            DatabaseRow database,
            Work work,
            DocumentWork.SealedChanges sealed,
            long timeMs,
            References references,
            long position) {
        KeySpace keys = keys(database);
        DatabaseState old = database.state();
        DocumentWork.Totals totals = sealed.totals();
        Block.Totals after = new Block.Totals(
                old.documents() + totals.documents,
                old.deletedDocuments() + totals.deletedDocuments,
                work.purgeSeq,
                sealed.outdated());
        Block block = ChangesLog.append(
                rows,
                rows.batch(),
                keys,
                old.head(),
                Math.max(timeMs, database.floorMs()),
                sealed.digests(),
                work.extra,
                after);
        write(keys, work, block, references, totals);
        DatabaseState state = new DatabaseState(
                old.uuid(),
                block,
                after.documents(),
                after.deletedDocuments(),
                old.bodyBytes() + totals.bodyBytes,
                old.liveBodyBytes() + totals.liveBodyBytes,
                old.attachmentBytes() + references.write(),
                work.purgeSeq,
                position);
        DatabaseRow finished = database.with(state, true);
        DatabaseRow row = sealed.isDesign() ? finished.withRules(position) : finished;
        catalog.put(row);
        return row;
    }

    private void write(KeySpace keys, Work work, Block block, References references, DocumentWork.Totals totals) {
        SupersededChanges superseded = new SupersededChanges(rows, keys);
        long seq = block.firstSeq();
        boolean purge = work.extra.length > 0;
        boolean conflicts = catalog.format().isAtLeast(FormatVersion.V5);
        for (DocumentWork document : work.changed) {
            ChangesLog.add(rows, keys, block, seq, document.seal(seq));
            document.write(new Sequence(seq++, block.hashPrefix()), block.number(), references, totals, purge);
            superseded.add(document.supersededSeq());
            if (conflicts) {
                document.writeConflict();
            }
            if (purge) {
                document.writePurged(references, totals);
            }
        }
        for (DocumentWork document : work.gone) {
            superseded.add(document.supersededSeq());
            document.writePurged(references, totals);
            document.writeGone(totals);
            if (conflicts) {
                document.writeConflict();
            }
        }
        superseded.write();
    }

    private static KeySpace keys(DatabaseRow database) {
        return new KeySpace(database.group(), database.number());
    }

    private static EditResult conflict(String id) {
        return new EditResult.Rejected(id, ErrorCode.CONFLICT, List.of());
    }

    /**
     * What a command does, ready to be written.
     *
     * @param changed the documents that have a change, in the order of their seqs
     * @param gone the documents that a purge leaves nothing of
     * @param extra digest of what the command did beside its changes, empty for nothing
     */
    private record Work(List<DocumentWork> changed, List<DocumentWork> gone, byte[] extra, long purgeSeq) {}

    /**
     * The documents that a command's edits are about, in the order in which they first occur, and what became of the
     * edits.
     *
     * <p>While a command is applied its documents are needed twice: to find out and seal what it changes, which the
     * block's hash covers, and to write it, which needs the hash. A document at work takes a kilobyte beside its
     * content. Up to {@value #KEPT} documents are kept between the two; of a larger command each is worked on anew the
     * second time, so that a command of any number of documents takes the memory of one. It comes to the same: applying
     * is deterministic, and what a document is made of does not depend on another document of the command.
     */
    private static final class EditedDocuments {
        static final int KEPT = 1_000;

        private final List<DataCommand.Edit> edits;
        private final Function<String, DocumentWork> begin;
        private final Step step;
        private final DocumentWork.SealedChanges sealed;
        // Of each document its first edit, and of each edit the next one of the same document, or -1.
        private final int[] first;
        private final int[] next;
        private final EditResult[] results;
        private final List<DocumentWork> changed;

        /**
         * Applies the edits.
         *
         * @param begin reads a document
         * @param sealed gets what changes
         */
        EditedDocuments(
                List<DataCommand.Edit> edits,
                Function<String, DocumentWork> begin,
                Step step,
                DocumentWork.SealedChanges sealed) {
            this.edits = edits;
            this.begin = begin;
            this.step = step;
            this.sealed = sealed;
            this.next = new int[edits.size()];
            this.first = group();
            this.results = new EditResult[edits.size()];
            this.changed = apply();
        }

        /** Of each edit, in their order. */
        List<EditResult> results() {
            return Arrays.asList(results);
        }

        /** The documents that have to be written. Those that are asked for twice may be made twice. */
        List<DocumentWork> changed() {
            return changed;
        }

        /** The same as their block has them. */
        DocumentWork.SealedChanges sealed() {
            return sealed;
        }

        private int[] group() {
            int[] firsts = new int[edits.size()];
            int count = 0;
            Map<String, Integer> last = HashMap.newHashMap(edits.size());
            for (int i = 0; i < next.length; i++) {
                next[i] = -1;
                Integer earlier = last.put(edits.get(i).edit().id(), i);
                if (earlier == null) {
                    firsts[count++] = i;
                } else {
                    next[earlier] = i;
                }
            }
            return Arrays.copyOf(firsts, count);
        }

        private List<DocumentWork> apply() {
            if (first.length <= KEPT) {
                List<DocumentWork> kept = new ArrayList<>(first.length);
                for (int edit : first) {
                    DocumentWork document = work(edit);
                    if (document.changed()) {
                        sealed.add(document);
                        kept.add(document);
                    }
                }
                return kept;
            }
            int[] again = new int[first.length];
            int count = 0;
            for (int edit : first) {
                DocumentWork document = work(edit);
                if (document.changed()) {
                    sealed.add(document);
                    again[count++] = edit;
                }
            }
            int[] changedFirst = Arrays.copyOf(again, count);
            return new AbstractList<>() {
                @Override
                public DocumentWork get(int index) {
                    return work(changedFirst[index]);
                }

                @Override
                public int size() {
                    return changedFirst.length;
                }
            };
        }

        private DocumentWork work(int firstEdit) {
            DocumentWork document = begin.apply(edits.get(firstEdit).edit().id());
            for (int i = firstEdit; i >= 0; i = next[i]) {
                results[i] = step.apply(edits.get(i), document);
            }
            document.finishMerging();
            return document;
        }

        /** Applies one edit to its document. */
        @FunctionalInterface
        interface Step {
            EditResult apply(DataCommand.Edit edit, DocumentWork document);
        }
    }
}
