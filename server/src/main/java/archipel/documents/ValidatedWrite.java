package archipel.documents;

import archipel.changes.Block;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.command.WriteResult;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.engine.Database;
import archipel.engine.DocumentRecord;
import archipel.engine.Snapshot;
import archipel.functions.Functions;
import archipel.functions.WriteRules;
import archipel.http.Exchange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes edits that the database's validation functions accept. What is validated against one snapshot is written only
 * while the design documents and the security object are those of that snapshot and nothing was purged since, and
 * validated again otherwise: nothing gets past a function that was put in while the edit was on its way. What an edit
 * of a client replaces cannot change in between, since it has to be a leaf still.
 */
public final class ValidatedWrite {
    /** Each further one takes a change of a design document in between; counted anew once something was written. */
    private static final int ATTEMPTS = 100;

    private final Exchange exchange;
    private final Database database;
    private final Functions functions;
    // Of the edits that are done with, in their order.
    private final List<@Nullable Row> rows = new ArrayList<>();

    private ValidatedWrite(Exchange exchange) {
        this.exchange = exchange;
        this.database = exchange.database();
        this.functions = exchange.services().functions();
    }

    /**
     * Writes; lets the answer name the block. Edits that together replace more than one command may are written in
     * several, each a block of its own, of which the answer names the last. Where one of them fails and others are
     * stored already, that failure is the row of each edit that was not.
     *
     * @param atomic all or none
     * @throws RequestException as {@link Database#write(List, boolean)} does, and 503 where design documents change
     *     faster than edits can be validated; nothing is stored then, but for what that method says of a disk that
     *     fails. 413 for what is atomic and replaces too much
     */
    public static Outcome write(Exchange exchange, List<DocumentEdit> edits, boolean atomic) {
        return new ValidatedWrite(exchange).write(edits, atomic);
    }

    private Outcome write(List<DocumentEdit> edits, boolean atomic) {
        try {
            int attempts = 0;
            while (attempts++ < ATTEMPTS) {
                int before = rows.size();
                Validated validated = validate(edits.subList(before, edits.size()));
                if (validated.passed.isEmpty() || atomic && validated.passed.size() < edits.size()) {
                    exchange.block(validated.head);
                    rows.addAll(validated.refusals);
                    return new Outcome(!atomic, rows);
                }
                WriteResult.Outcome outcome = atomic ? writeWhole(validated) : writeInParts(validated);
                if (outcome != WriteResult.Outcome.OUTDATED) {
                    return new Outcome(outcome == WriteResult.Outcome.APPLIED, rows);
                }
                attempts = rows.size() > before ? 0 : attempts;
            }
            throw new RequestException(
                    ErrorCode.SERVICE_UNAVAILABLE, "Design documents change too fast for this write to be validated.");
        } catch (RequestException e) {
            if (rows.isEmpty()) {
                throw e;
            }
            // A part is stored: its sender has to be told so, and that the rest is not.
            for (DocumentEdit edit : edits.subList(rows.size(), edits.size())) {
                rows.add(new Row(edit.id(), null, e));
            }
            return new Outcome(true, rows);
        }
    }

    private WriteResult.Outcome writeWhole(Validated validated) {
        WriteResult result = database.write(validated.passed, true, validated.rules);
        if (result.outcome() != WriteResult.Outcome.OUTDATED) {
            exchange.block(result.head());
            add(validated.refusals, result.results());
        }
        return result.outcome();
    }

    /**
     * One command, unless that would replace more than a command may; then halves, quarters and so on. Adds a row for
     * each edit up to the last that was written; for all of them, unless it answers {@code OUTDATED}.
     */
    private WriteResult.Outcome writeInParts(Validated validated) {
        int count = validated.passed.size();
        int before = rows.size();
        int size = count;
        int next = 0;
        while (next < count) {
            List<DocumentEdit> part = validated.passed.subList(next, Math.min(count, next + size));
            WriteResult result;
            try {
                result = database.write(part, false, validated.rules);
            } catch (RequestException e) {
                if (e.code() != ErrorCode.SUPERSEDES_TOO_MUCH || part.size() == 1) {
                    throw e;
                }
                size = part.size() / 2;
                continue;
            }
            if (result.outcome() == WriteResult.Outcome.OUTDATED) {
                return WriteResult.Outcome.OUTDATED;
            }
            exchange.block(result.head());
            add(validated.refusals.subList(rows.size() - before, validated.refusals.size()), result.results());
            next += part.size();
            // Large documents can lie close together.
            size = Math.min(count, 2 * size);
        }
        rows.addAll(validated.refusals.subList(rows.size() - before, validated.refusals.size()));
        return WriteResult.Outcome.APPLIED;
    }

    private Validated validate(List<DocumentEdit> edits) {
        Block head = database.state().head();
        if (edits.stream().allMatch(ValidatedWrite::isExempt)) {
            return new Validated(head, Database.ANY_RULES, edits, unrefused(edits));
        }
        WriteRules rules = functions.known(database);
        if (rules != null && rules.isEmpty()) {
            return new Validated(head, rules.position(), edits, unrefused(edits));
        }
        try (Snapshot snapshot = database.snapshot()) {
            rules = functions.rules(snapshot);
            if (rules.isEmpty()) {
                return new Validated(head, rules.position(), edits, unrefused(edits));
            }
            byte[] user = exchange.user().json(database.name());
            byte[] security = exchange.services().access().securityJson(snapshot.security());
            List<@Nullable Row> rows = new ArrayList<>(edits.size());
            List<DocumentEdit> passed = new ArrayList<>(edits.size());
            for (DocumentEdit edit : edits) {
                RequestException refusal = refusal(snapshot, rules, edit, user, security);
                if (refusal == null) {
                    passed.add(edit);
                }
                rows.add(refusal == null ? null : new Row(edit.id(), null, refusal));
            }
            return new Validated(snapshot.state().head(), rules.position(), passed, rows);
        }
    }

    /** Design documents are checked in another way, whatever functions there are. */
    private static boolean isExempt(DocumentEdit edit) {
        return edit.id().startsWith("_design/");
    }

    private static List<@Nullable Row> unrefused(List<DocumentEdit> edits) {
        List<@Nullable Row> rows = new ArrayList<>(edits.size());
        edits.forEach(edit -> rows.add(null));
        return rows;
    }

    private static @Nullable RequestException refusal(
            Snapshot snapshot, WriteRules rules, DocumentEdit edit, byte[] user, byte[] security) {
        if (isExempt(edit)) {
            return null;
        }
        DocumentRecord record = snapshot.document(edit.id());
        return switch (edit) {
            case DocumentEdit.Update update -> {
                Leaf winner = record == null ? null : record.winner();
                Revision parent = update.parent();
                // Decided here, so that what is written is what was validated.
                if (update.conflicts(winner, revision -> record != null && record.isLeaf(revision))) {
                    yield new RequestException(ErrorCode.CONFLICT);
                }
                RevisionPath path = record == null || parent == null ? null : DocumentWriter.path(record, parent);
                byte[] old = record == null || parent == null ? null : stored(snapshot, record, parent);
                yield rules.refusal(FunctionDocument.edited(update, path), old, user, security);
            }
            case DocumentEdit.Replicated replicated -> {
                RevisionTree tree = record == null ? RevisionTree.EMPTY : record.tree();
                // What is here already was validated when it came.
                yield tree.isWritten(replicated.path().newest())
                        ? null
                        : rules.refusal(
                                FunctionDocument.replicated(replicated),
                                record == null ? null : ancestor(snapshot, record, replicated.path()),
                                user,
                                security);
            }
        };
    }

    /** The nearest ancestor that is here; null where there is none. */
    private static byte @Nullable [] ancestor(Snapshot snapshot, DocumentRecord record, RevisionPath path) {
        for (int older = 1; older < path.hashes().size(); older++) {
            Revision revision =
                    new Revision(path.generation() - older, path.hashes().get(older));
            byte[] found = record.tree().isWritten(revision) ? stored(snapshot, record, revision) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static byte @Nullable [] stored(Snapshot snapshot, DocumentRecord record, Revision revision) {
        DocumentBody body = snapshot.body(record, revision);
        return body == null ? null : FunctionDocument.stored(record, revision, body, false);
    }

    /** Adds the rows of edits that were written, and of those before them that were not. */
    private void add(List<@Nullable Row> refusals, List<EditResult> written) {
        int next = 0;
        for (EditResult result : written) {
            for (Row refusal = refusals.get(next++); refusal != null; refusal = refusals.get(next++)) {
                rows.add(refusal);
            }
            rows.add(row(result));
        }
    }

    private static Row row(EditResult result) {
        return switch (result) {
            case EditResult.Accepted accepted -> new Row(accepted.id(), accepted.revision(), null);
            case EditResult.Rejected rejected -> new Row(rejected.id(), null, refused(rejected));
        };
    }

    private static RequestException refused(EditResult.Rejected rejected) {
        return rejected.code().reasonTemplate().contains("%s")
                ? new RequestException(rejected.code(), rejected.reason())
                : new RequestException(rejected.code());
    }

    /**
     * @param rules under which those that passed may be written
     * @param refusals one for each edit; null where it passed
     */
    private record Validated(Block head, long rules, List<DocumentEdit> passed, List<@Nullable Row> refusals) {}

    /**
     * What became of a write.
     *
     * @param applied false where all was to be stored, and nothing was
     * @param rows one for each edit, in their order; null for those that were not tried, since others were refused
     */
    public record Outcome(boolean applied, List<@Nullable Row> rows) {}

    /**
     * What became of one edit: its revision, or why it was refused.
     */
    public record Row(
            String id,
            @Nullable Revision revision,
            @Nullable RequestException refusal) {}
}
