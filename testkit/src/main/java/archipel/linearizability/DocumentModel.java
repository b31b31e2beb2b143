package archipel.linearizability;

import archipel.linearizability.DocumentCall.Create;
import archipel.linearizability.DocumentCall.Delete;
import archipel.linearizability.DocumentCall.Read;
import archipel.linearizability.DocumentCall.Update;
import archipel.linearizability.DocumentResult.Absent;
import archipel.linearizability.DocumentResult.Found;
import archipel.linearizability.DocumentResult.Refused;
import archipel.linearizability.DocumentResult.Stored;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Documents as one node of CouchDB has them, each a register of its own with a revision: a write without a revision
 * needs the document to be absent, any other the revision that it names. A deleted document is as absent as one that
 * never was.
 *
 * <p>Every value is written by at most one call of a document's history, and so names the version, whatever its
 * revision is. The revision of a write whose answer was lost is the one that somebody found beside the value,
 * anywhere in the history: a revision is a function of the content and its ancestors. If nobody did, an update or a
 * deletion that expects a revision which is no other version's either may have meant this one.
 */
public final class DocumentModel implements Model<DocumentState, DocumentCall, DocumentResult> {
    /*
     * Why unknown calls can be put off (the promise of mayNeed). Take a possible sequence, and in it an unknown w
     * that takes effect right before x, although x may not need w. Say s is the state before w and t the one after.
     *
     * x read a value, or expects a revision and took effect: t is the version of that value or revision, and w made
     * it, so that x may need w. x read nothing, or created: t is absent, w deleted, x may need w. This holds for an
     * unknown x as well, since it takes part only where it takes effect. So x was refused, and changes nothing. x is
     * possible in s too: a refused create was possible in t, and is not in s only if w created; a refusal of a
     * revision is possible in t, and is not in s only if s has the revision, and then w expected it to take effect
     * there. In both cases x may need w. So w and x can change places. Repeating this moves w to an operation that
     * may need it, or to the end, where it can be left out.
     */

    private static final DocumentState ABSENT = DocumentState.ABSENT;

    /** A value or a revision of one document. */
    private record Name(String id, String text) {}

    private final Map<Name, String> revisionsByValue = new HashMap<>();
    private final Map<Name, String> valuesByRevision = new HashMap<>();

    private DocumentModel() {}

    /** The model for this history, or for parts of it, with the revisions that anybody in it learned. */
    public static DocumentModel of(History<DocumentCall, DocumentResult> history) {
        DocumentModel model = new DocumentModel();
        for (Operation<DocumentCall, DocumentResult> operation : history.operations()) {
            String id = operation.call().id();
            String written = operation.call().written();
            switch (operation.result()) {
                case Found(String revision, String value) -> model.learn(id, revision, value);
                case Stored(String revision) when written != null -> model.learn(id, revision, written);
                case null, default -> {}
            }
        }
        return model;
    }

    // If two operations disagree, the history is wrong whichever is believed: the other one cannot be placed.
    private void learn(String id, String revision, String value) {
        revisionsByValue.putIfAbsent(new Name(id, value), revision);
        valuesByRevision.putIfAbsent(new Name(id, revision), value);
    }

    private DocumentState live(String id, String value) {
        return new DocumentState(value, revisionsByValue.get(new Name(id, value)));
    }

    private boolean isKnown(String id, String revision) {
        return valuesByRevision.containsKey(new Name(id, revision));
    }

    /** Whether the document may be at this revision. */
    private boolean maybeAt(DocumentState state, String id, String revision) {
        if (state.isAbsent()) {
            return false;
        }
        return state.revision() == null
                ? !isKnown(id, revision)
                : state.revision().equals(revision);
    }

    /** Whether a write that expects this revision may be refused. */
    private static boolean maybeElsewhere(DocumentState state, String revision) {
        return !revision.equals(state.revision());
    }

    @Override
    public DocumentState initial() {
        return ABSENT;
    }

    @Override
    public @Nullable DocumentState next(DocumentState state, DocumentCall call, DocumentResult result) {
        boolean possible = switch (call) {
            case Read(String id) ->
                switch (result) {
                    case Absent _ -> state.isAbsent();
                    case Found(String revision, String value) ->
                        value.equals(state.value()) && isOf(id, revision, value);
                    case Stored _, Refused _ -> false;
                };
            case Create(String id, String value) ->
                switch (result) {
                    case Stored(String revision) -> state.isAbsent() && isOf(id, revision, value);
                    case Refused _ -> !state.isAbsent();
                    case Absent _, Found _ -> false;
                };
            case Update(String id, String expected, String value) ->
                switch (result) {
                    case Stored(String revision) -> maybeAt(state, id, expected) && isOf(id, revision, value);
                    case Refused _ -> maybeElsewhere(state, expected);
                    case Absent _, Found _ -> false;
                };
            case Delete(String id, String expected) ->
                switch (result) {
                    case Stored _ -> maybeAt(state, id, expected);
                    case Refused _ -> maybeElsewhere(state, expected);
                    case Absent _, Found _ -> false;
                };
        };
        return possible ? result instanceof Stored ? after(call) : state : null;
    }

    /** Two versions with one revision, or two revisions of one version, cannot be. */
    private boolean isOf(String id, String revision, String value) {
        return revision.equals(revisionsByValue.get(new Name(id, value)))
                && value.equals(valuesByRevision.get(new Name(id, revision)));
    }

    private DocumentState after(DocumentCall call) {
        String written = call.written();
        return written == null ? ABSENT : live(call.id(), written);
    }

    @Override
    public @Nullable DocumentState nextUnknown(DocumentState state, DocumentCall call) {
        boolean takesEffect = switch (call) {
            case Read _ -> false;
            case Create _ -> state.isAbsent();
            case Update update -> maybeAt(state, update.id(), update.expected());
            case Delete(String id, String expected) -> maybeAt(state, id, expected);
        };
        return takesEffect ? after(call) : null;
    }

    @Override
    public Collection<String> keys(DocumentCall call) {
        return List.of(call.id());
    }

    @Override
    public boolean isReadOnly(DocumentCall call) {
        return call instanceof Read;
    }

    @Override
    public Collection<Version> made(DocumentCall call) {
        String written = call.written();
        return written == null ? List.of() : List.of(new Version(call.id(), written));
    }

    @Override
    public Collection<Version> seen(DocumentCall call, DocumentResult result) {
        String value = switch (result) {
            case Found found -> found.value();
            case Stored _ -> expectedValue(call);
            case Absent _, Refused _ -> null;
        };
        return value == null ? List.of() : List.of(new Version(call.id(), value));
    }

    @Override
    public Collection<Version> consumed(DocumentCall call, DocumentResult result) {
        return result instanceof Stored ? seen(call, result) : List.of();
    }

    private @Nullable String expectedValue(DocumentCall call) {
        String expected = call.revisionExpected();
        return expected == null ? null : valuesByRevision.get(new Name(call.id(), expected));
    }

    @Override
    public Collection<Version> replaced(DocumentState state, DocumentCall call) {
        return state.isAbsent() || call instanceof Read ? List.of() : List.of(new Version(call.id(), state.value()));
    }

    @Override
    public boolean mayNeed(DocumentCall call, @Nullable DocumentResult result, DocumentCall unknown) {
        if (result instanceof Refused) {
            return call instanceof Create
                    ? unknown instanceof Create
                    : Objects.equals(call.revisionExpected(), unknown.revisionExpected());
        }
        if (call instanceof Create || result instanceof Absent) {
            return unknown instanceof Delete;
        }
        if (result instanceof Found found) {
            return found.value().equals(unknown.written());
        }
        String expected = call.revisionExpected();
        String written = unknown.written();
        return expected != null && written != null && maybeAt(live(call.id(), written), call.id(), expected);
    }
}
