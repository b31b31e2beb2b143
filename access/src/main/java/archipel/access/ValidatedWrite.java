package archipel.access;

import archipel.auth.UserContext;
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
import archipel.functions.FunctionDocument;
import archipel.functions.WriteRules;
import archipel.memory.MemoryLimitException;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes edits that the user may make and the database's validation functions accept. What was validated is written
 * only while the design documents and the security object are those that the validation began with and nothing was
 * purged since, and validated again otherwise: nothing gets past a function that was put in, or a member's removal that
 * came, while the edit was on its way. Accounts are of another database, so that the store knows nothing of them: the
 * user is looked at before the validation, and once more right before the command. What an edit of a client replaces
 * cannot change in between, since it has to be a leaf still. Each edit's predecessor is read by itself, so that no
 * state is held while a function is called or waits for its turn.
 *
 * <p>A document that is hidden from the user is refused before functions see it: whoever cannot read it cannot replace
 * it, nor put a revision beside it. That its id is taken is not kept from the user; an id is taken for everybody.
 */
final class ValidatedWrite {
    /** Each further one takes a change of a design document in between; counted anew once something was written. */
    private static final int ATTEMPTS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(ValidatedWrite.class);

    private final WriteGate gate;
    private final Database database;
    private final UserContext user;
    // Of the edits that are done with, in their order.
    private final List<DocumentOutcome> outcomes = new ArrayList<>();
    private @Nullable Block head;

    ValidatedWrite(WriteGate gate, Database database, UserContext user) {
        this.gate = gate;
        this.database = database;
        this.user = user;
    }

    /** See {@link GatedWrite#commit}; to be called once. */
    WriteOutcome write(List<DocumentEdit> edits, boolean atomic) {
        try {
            int attempts = 0;
            while (attempts++ < ATTEMPTS) {
                int before = outcomes.size();
                UserContext present = gate.identities().present(user);
                Validated validated = validate(present, edits.subList(before, edits.size()));
                if (gate.identities().present(user) != present) {
                    continue; // other roles
                }
                if (validated.passed.isEmpty() || atomic && validated.passed.size() < edits.size()) {
                    head = validated.head;
                    for (int i = 0; i < validated.refusals.size(); i++) {
                        DocumentOutcome refusal = validated.refusals.get(i);
                        outcomes.add(refusal == null ? untried(edits.get(before + i)) : refusal);
                    }
                    return outcome(!atomic);
                }
                WriteResult.Outcome outcome = atomic ? writeWhole(validated) : writeInParts(validated);
                if (outcome != WriteResult.Outcome.OUTDATED) {
                    return outcome(outcome == WriteResult.Outcome.APPLIED);
                }
                attempts = outcomes.size() > before ? 0 : attempts;
            }
            throw new RequestException(ErrorCode.DESIGNS_CHANGING);
        } catch (RuntimeException e) {
            if (outcomes.isEmpty()) {
                throw e;
            }
            if (!(e instanceof RequestException) && !(e instanceof MemoryLimitException)) {
                LOG.error("A part of a write is stored, the rest failed.", e);
            }
            // A part is stored: its sender has to be told so, and that the rest is not.
            for (DocumentEdit edit : edits.subList(outcomes.size(), edits.size())) {
                outcomes.add(DocumentOutcome.notStored(edit.id(), e));
            }
            return outcome(true);
        }
    }

    private static DocumentOutcome untried(DocumentEdit edit) {
        return new DocumentOutcome.Untried(edit.id());
    }

    private WriteOutcome outcome(boolean applied) {
        return new WriteOutcome(applied, Objects.requireNonNull(head), outcomes);
    }

    private WriteResult.Outcome writeWhole(Validated validated) {
        WriteResult result = database.write(validated.passed, true, validated.rules);
        if (result.outcome() != WriteResult.Outcome.OUTDATED) {
            head = result.head();
            add(validated.refusals, result.results());
        }
        return result.outcome();
    }

    /**
     * One command, unless that would replace more than a command may; then halves, quarters and so on. Adds an outcome
     * for each edit up to the last that was written; for all of them, unless it answers {@code OUTDATED}.
     */
    private WriteResult.Outcome writeInParts(Validated validated) {
        int count = validated.passed.size();
        int before = outcomes.size();
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
            head = result.head();
            add(validated.refusals.subList(outcomes.size() - before, validated.refusals.size()), result.results());
            next += part.size();
            // Large documents can lie close together.
            size = Math.min(count, 2 * size);
        }
        // What is left are refusals: what passed is written.
        for (DocumentOutcome refusal :
                validated.refusals.subList(outcomes.size() - before, validated.refusals.size())) {
            outcomes.add(Objects.requireNonNull(refusal));
        }
        return WriteResult.Outcome.APPLIED;
    }

    private Validated validate(UserContext user, List<DocumentEdit> edits) {
        // Before everything else that is looked at: the store refuses what was decided before the rules changed.
        long standing = database.rules();
        gate.access().requireMember(database, user);
        Visibility visibility = gate.guard().visibility(database, user);
        boolean allVisible = visibility.isEverything();
        Block head = database.state().head();
        List<@Nullable RequestException> refusals = allowed(user, edits);
        boolean allPass = allVisible && refusals.stream().allMatch(Objects::isNull);
        if (allPass && edits.stream().allMatch(ValidatedWrite::isExempt)) {
            // What a server admin may do does not depend on the database.
            return new Validated(head, user.isAdmin() ? Database.ANY_RULES : standing, edits, unrefused(edits));
        }
        WriteRules rules = gate.functions().known(database);
        if (allPass && rules != null && rules.isEmpty()) {
            return new Validated(head, standing, edits, unrefused(edits));
        }
        byte[] security;
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            rules = gate.functions().rules(reader);
            if (allPass && rules.isEmpty()) {
                return new Validated(head, standing, edits, unrefused(edits));
            }
            head = reader.block();
            security = gate.access().securityJson(reader.security());
        }
        byte[] userJson = user.json(database.name());
        List<@Nullable DocumentOutcome> rows = new ArrayList<>(edits.size());
        List<DocumentEdit> passed = new ArrayList<>(edits.size());
        for (int i = 0; i < edits.size(); i++) {
            DocumentEdit edit = edits.get(i);
            RequestException refusal = refusals.get(i);
            if (refusal == null && isHidden(edit, visibility)) {
                refusal = new RequestException(ErrorCode.DOCUMENT_HIDDEN);
            }
            if (refusal == null && !rules.isEmpty() && !isExempt(edit)) {
                refusal = refusal(rules, edit, userJson, security);
            }
            if (refusal == null) {
                passed.add(edit);
            }
            rows.add(refusal == null ? null : DocumentOutcome.notStored(edit.id(), refusal));
        }
        return new Validated(head, standing, passed, rows);
    }

    /** Of each edit, why the user may not make it any more; null where that is not so. */
    private List<@Nullable RequestException> allowed(UserContext user, List<DocumentEdit> edits) {
        List<@Nullable RequestException> refusals = new ArrayList<>(edits.size());
        for (DocumentEdit edit : edits) {
            RequestException refusal = null;
            try {
                gate.guard().beforeCommit(database, user, edit);
            } catch (RequestException e) {
                if (!e.code().isRefusal()) {
                    throw e;
                }
                refusal = e;
            }
            refusals.add(refusal);
        }
        return refusals;
    }

    private boolean isHidden(DocumentEdit edit, Visibility visibility) {
        if (visibility.isEverything()) {
            return false;
        }
        try (Reader reader = database.door().newest(visibility)) {
            return reader.documents().isHidden(edit.id());
        }
    }

    /** Design documents are checked in another way, whatever functions there are. */
    private static boolean isExempt(DocumentEdit edit) {
        return edit.id().startsWith("_design/");
    }

    private static List<@Nullable DocumentOutcome> unrefused(List<DocumentEdit> edits) {
        List<@Nullable DocumentOutcome> rows = new ArrayList<>(edits.size());
        edits.forEach(edit -> rows.add(null));
        return rows;
    }

    private @Nullable RequestException refusal(WriteRules rules, DocumentEdit edit, byte[] user, byte[] security) {
        if (edit instanceof DocumentEdit.Resolution resolution) {
            for (DocumentEdit.Update part : resolution.parts()) {
                RequestException refusal = refusal(rules, part, user, security);
                if (refusal != null) {
                    return refusal;
                }
            }
            return null;
        }
        byte[] document;
        byte[] old;
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(edit.id());
            switch (edit) {
                case DocumentEdit.Update update -> {
                    Leaf winner = record == null ? null : record.winner();
                    Revision parent = update.parent();
                    // Decided here, so that what is written is what was validated.
                    if (update.conflicts(winner, revision -> record != null && record.isLeaf(revision))) {
                        return new RequestException(ErrorCode.CONFLICT);
                    }
                    RevisionPath path = record == null || parent == null ? null : path(record, parent);
                    document = FunctionDocument.edited(update, path);
                    old = record == null || parent == null ? null : stored(reader, record, parent);
                }
                case DocumentEdit.Replicated replicated -> {
                    RevisionTree tree = record == null ? RevisionTree.EMPTY : record.tree();
                    if (tree.isWritten(replicated.path().newest())) {
                        // What is here already was validated when it came.
                        return null;
                    }
                    document = FunctionDocument.replicated(replicated);
                    old = record == null ? null : ancestor(reader, record, replicated.path());
                }
                case DocumentEdit.Resolution _ -> throw new IllegalArgumentException("is validated by its parts");
            }
        }
        return rules.refusal(document, old, user, security);
    }

    /** The nearest ancestor that is here; null where there is none. */
    private static byte @Nullable [] ancestor(Reader reader, DocumentRecord record, RevisionPath path) {
        for (int older = 1; older < path.hashes().size(); older++) {
            Revision revision =
                    new Revision(path.generation() - older, path.hashes().get(older));
            byte[] found = record.tree().isWritten(revision) ? stored(reader, record, revision) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static byte @Nullable [] stored(Reader reader, DocumentRecord record, Revision revision) {
        DocumentBody body = reader.documents().body(record, revision);
        return body == null ? null : FunctionDocument.stored(record, revision, body, false);
    }

    /** The whole path to a revision, or it alone where nothing is known of it. */
    private static RevisionPath path(DocumentRecord record, Revision revision) {
        RevisionPath path = record.tree().pathTo(revision);
        return path == null ? RevisionPath.of(revision) : path;
    }

    /** Adds the outcomes of edits that were written, and of those before them that were not. */
    private void add(List<@Nullable DocumentOutcome> refusals, List<EditResult> written) {
        int next = 0;
        for (EditResult result : written) {
            for (DocumentOutcome refusal = refusals.get(next++); refusal != null; refusal = refusals.get(next++)) {
                outcomes.add(refusal);
            }
            outcomes.add(outcome(result));
        }
    }

    private static DocumentOutcome outcome(EditResult result) {
        return switch (result) {
            case EditResult.Accepted accepted -> new DocumentOutcome.Stored(accepted.id(), accepted.revision());
            case EditResult.Rejected rejected ->
                new DocumentOutcome.Refused(
                        rejected.id(),
                        new RequestException(rejected.code(), rejected.fields().toArray()));
        };
    }

    /**
     * @param rules under which those that passed may be written
     * @param refusals one for each edit; null where it passed
     */
    private record Validated(
            Block head, long rules, List<DocumentEdit> passed, List<@Nullable DocumentOutcome> refusals) {}
}
