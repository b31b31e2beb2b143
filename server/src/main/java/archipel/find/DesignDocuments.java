package archipel.find;

import archipel.access.DocumentOutcome;
import archipel.access.DocumentWrite;
import archipel.access.WriteGate;
import archipel.access.WriteOutcome;
import archipel.document.AttachmentInput;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Changes design documents in which indexes are kept, as any other document is changed. */
final class DesignDocuments {
    /** Somebody else may write it in between, and again; not for ever. */
    private static final int ATTEMPTS = 10;

    private final DatabaseRequest request;
    private final Answer answer;
    private final WriteGate gate;

    DesignDocuments(DatabaseRequest request, Answer answer, WriteGate gate) {
        this.request = request;
        this.answer = answer;
        this.gate = gate;
    }

    /** What is to become of a design document. */
    @FunctionalInterface
    interface Change {
        /**
         * @param existing its members; null where it is not there
         * @return its members from now on, none for a deletion; null where nothing is to change
         */
        @Nullable
        ObjectNode of(@Nullable ObjectNode existing);
    }

    /**
     * @return whether it was changed
     * @throws RequestException from the change; 401 or 403 where the user may not change design documents; 500 {@code
     *     error_saving_ddoc} where it is not accepted for another reason
     */
    boolean change(String id, Change change) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            ParsedDocument document = changed(id, change);
            if (document == null) {
                return false;
            }
            RequestException refusal = write(id, document);
            if (refusal == null) {
                return true;
            }
            if (refusal.status() == 401 || refusal.status() == 403) {
                throw refusal;
            }
            if (refusal.code() != ErrorCode.CONFLICT) {
                throw new RequestException(ErrorCode.INDEX_SAVE_REFUSED, refusal.error());
            }
        }
        throw new RequestException(ErrorCode.INDEX_SAVE_CONFLICT);
    }

    private @Nullable ParsedDocument changed(String id, Change change) {
        try (Reader reader = request.reader()) {
            DocumentRecord record = reader.documents().find(id);
            Revision revision = record == null || record.winner().deleted()
                    ? null
                    : record.winner().revision();
            DocumentBody body = revision == null ? null : reader.documents().body(id, revision);
            ObjectNode members = change.of(body == null ? null : JsonTree.object(JsonTree.ofValid(body.json())));
            if (members == null) {
                return null;
            }
            List<AttachmentInput> attachments = body == null || members.isEmpty()
                    ? List.of()
                    : body.attachments().stream()
                            .<AttachmentInput>map(each -> new AttachmentInput.Stub(each.name(), 0, null))
                            .toList();
            return new ParsedDocument(id, revision, members.isEmpty(), null, attachments, JsonTree.bytes(members));
        }
    }

    /**
     * Null where it is accepted.
     *
     * @throws RequestException what says nothing about the document, so that the client may try again
     */
    private @Nullable RequestException write(String id, ParsedDocument document) throws IOException {
        WriteOutcome outcome =
                gate.write(request.database(), request.user(), List.of(DocumentWrite.of(id, document, true)), false);
        answer.block(outcome.head());
        return switch (outcome.documents().getFirst()) {
            case DocumentOutcome.Stored _, DocumentOutcome.Untried _ -> null;
            case DocumentOutcome.Refused refused -> refused.refusal();
            case DocumentOutcome.Failed failed -> throw failed.cause();
        };
    }
}
