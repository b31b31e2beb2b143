package archipel.access;

import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.UserContext;
import archipel.auth.UserStore;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.LocalDocument;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.functions.Functions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The one way in for documents, whoever brings them: a request, a replication, a command, the node itself. For each
 * document, in this order:
 *
 * <ol>
 *   <li>the user has to be a member of the database ({@link DatabaseAccess});
 *   <li>its id has to be one that a document may have, and its JSON no larger than {@link WriteLimits} allow;
 *   <li>the rules for users, design documents and {@code _replicator} have to agree ({@link DocumentGuard}), which also
 *       hash passwords; a design document has to be one that can be used ({@link Functions#check});
 *   <li>stubs are resolved and the content of attachments is taken in;
 *   <li>the user has to be who it was still ({@link Identities}) and its rights have to be there, and the database's
 *       validation functions have to agree: those that are in force when the command is applied;
 *   <li>the rest becomes one command, or several where it replaces more than a command may.
 * </ol>
 *
 * <p>{@code _local} documents pass here as well, with the first of these alone: they are a node's own notes, which
 * validation functions never see, in CouchDB neither. A purge needs a server admin and nothing else, since it takes
 * revisions away that were validated when they came.
 *
 * <p>Safe for use by many threads; one per node.
 */
public final class WriteGate implements UserStore {
    private final Identities identities;
    private final DatabaseAccess access;
    private final DocumentGuard guard;
    private final Functions functions;
    private final WriteLimits limits;

    /** @param identities says who users are by the time of the write */
    public WriteGate(
            Identities identities,
            DatabaseAccess access,
            DocumentGuard guard,
            Functions functions,
            WriteLimits limits) {
        this.identities = identities;
        this.access = access;
        this.guard = guard;
        this.functions = functions;
        this.limits = limits;
    }

    /**
     * Begins a write.
     *
     * @throws RequestException 401 for the anonymous, 403 for a user who is no member of the database
     */
    public GatedWrite open(Database database, UserContext user) {
        return open(database, user, false);
    }

    /**
     * As {@link #open(Database, UserContext)}.
     *
     * @param hashed whether revisions that were made elsewhere must be what their ids are the hashes of, as those of
     *     this software are ({@link archipel.document.RevisionHash}); others are refused with 403
     */
    public GatedWrite open(Database database, UserContext user, boolean hashed) {
        access.requireMember(database, user);
        return new GatedWrite(this, database, user, hashed);
    }

    /**
     * Writes documents that are there as a whole. A refusal is the outcome of its document; what says nothing about a
     * document, such as a disk that fails, is thrown while nothing is stored yet.
     *
     * @param atomic all or none
     * @throws RequestException as {@link #open} and {@link GatedWrite#commit}; what {@link GatedWrite#add} throws that
     *     is no refusal ({@link ErrorCode#isRefusal})
     */
    public WriteOutcome write(Database database, UserContext user, List<DocumentWrite> documents, boolean atomic)
            throws IOException {
        List<DocumentOutcome> outcomes = new ArrayList<>(documents.size());
        try (GatedWrite write = open(database, user)) {
            int refused = 0;
            for (DocumentWrite document : documents) {
                try {
                    write.add(document);
                    outcomes.add(new DocumentOutcome.Untried(document.id()));
                } catch (RequestException refusal) {
                    if (!refusal.code().isRefusal()) {
                        throw refusal;
                    }
                    outcomes.add(new DocumentOutcome.Refused(document.id(), refusal));
                    refused++;
                }
            }
            if (refused == documents.size() || atomic && refused > 0) {
                return new WriteOutcome(
                        !atomic || refused == 0, database.state().head(), outcomes);
            }
            WriteOutcome written = write.commit(atomic);
            int next = 0;
            for (int i = 0; i < outcomes.size(); i++) {
                if (outcomes.get(i) instanceof DocumentOutcome.Untried) {
                    outcomes.set(i, written.documents().get(next++));
                }
            }
            return new WriteOutcome(written.applied(), written.head(), outcomes);
        }
    }

    /** A change of the node's own, on nobody's behalf; validation functions see a server admin without a name. */
    @Override
    public boolean replace(Database users, String id, Revision replaced, DocumentBody body) {
        ParsedDocument document = new ParsedDocument(id, replaced, false, null, List.of(), body.json());
        try {
            WriteOutcome outcome =
                    write(users, UserContext.NODE, List.of(DocumentWrite.of(id, document, body.attachments())), true);
            return switch (outcome.documents().getFirst()) {
                case DocumentOutcome.Stored _ -> true;
                case DocumentOutcome.Untried _ -> false;
                case DocumentOutcome.Failed failed -> throw failed.cause();
                case DocumentOutcome.Refused refused -> {
                    if (refused.refusal().code() != ErrorCode.CONFLICT) {
                        throw refused.refusal();
                    }
                    yield false;
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a {@code _local} document over what is there.
     *
     * @throws RequestException as {@link #open} and {@link Database#putLocal}; 403 for one that the user could not see;
     *     413 for one that is too large
     */
    public LocalDocument putLocal(Database database, UserContext user, String id, byte[] json) {
        requireLocal(database, identities.present(user), id);
        Names.validateDocumentId(id);
        requireSize(id, json);
        return database.putLocal(id, json);
    }

    /**
     * Takes a {@code _local} document away; false where there was none.
     *
     * @throws RequestException as {@link #open} and {@link Database#deleteLocal}; 403 for one that the user could not
     *     see
     */
    public boolean deleteLocal(Database database, UserContext user, String id) {
        requireLocal(database, identities.present(user), id);
        return database.deleteLocal(id);
    }

    void requireSize(String id, byte[] json) {
        if (json.length > limits.documentBytes().getAsLong()) {
            throw new RequestException(ErrorCode.DOCUMENT_TOO_LARGE, id);
        }
    }

    private void requireLocal(Database database, UserContext user, String local) {
        access.requireMember(database, user);
        if (!guard.visibility(database, user).seesLocal(local)) {
            throw new RequestException(ErrorCode.DOCUMENT_HIDDEN);
        }
    }

    /**
     * Takes leaves away as if they had never been written.
     *
     * @return for each document the leaves that were there and are gone, in the order asked
     * @throws RequestException 401 for all but server admins; as {@link Database#purge}
     */
    public Map<String, List<Revision>> purge(Database database, UserContext user, Map<String, List<Revision>> leaves) {
        DatabaseAccess.requireServerAdmin(identities.present(user));
        return database.purge(leaves);
    }

    /** Says who users are by now. */
    public Identities identities() {
        return identities;
    }

    DatabaseAccess access() {
        return access;
    }

    DocumentGuard guard() {
        return guard;
    }

    Functions functions() {
        return functions;
    }

    long maximumAttachmentBytes() {
        return limits.attachmentBytes().getAsLong();
    }
}
