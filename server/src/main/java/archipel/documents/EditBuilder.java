package archipel.documents;

import archipel.auth.DocumentGuard;
import archipel.auth.UserContext;
import archipel.command.DocumentEdit;
import archipel.document.Attachment;
import archipel.document.AttachmentInput;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.Leaf;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.AttachmentUpload;
import archipel.engine.Database;
import archipel.engine.DocumentRecord;
import archipel.engine.Snapshot;
import archipel.functions.Functions;
import archipel.http.Exchange;
import archipel.http.HttpServices;
import archipel.memory.Allowance;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes edits of what clients send: past the guard, with stubs resolved and new attachments uploaded. One for each
 * write, to be closed after it:
 *
 * <pre>{@code
 * try (EditBuilder edits = EditBuilder.of(exchange)) {
 *     DocumentEdit edit = edits.edit(id, parsed, newEdits);
 *     ValidatedWrite.write(exchange, List.of(edit), false);
 * }
 * }</pre>
 */
public final class EditBuilder implements AutoCloseable {
    /** What an attachment that is remembered takes on the heap, or a document beside its attachments. */
    private static final long REMEMBERED_BYTES = 400;

    /** What is remembered of all documents but the last at the most. */
    private static final long MOST_REMEMBERED_BYTES = 1 << 20;

    private final Database database;
    private final DocumentGuard guard;
    private final Functions functions;
    private final UserContext user;
    private final long maximumAttachmentBytes;
    private @Nullable AttachmentUpload upload;
    private @Nullable Snapshot snapshot;
    // By document, the one that was asked for last at the end.
    private final Map<String, Map<NamedContent, Attachment>> leafAttachments = new LinkedHashMap<>(16, 0.75f, true);
    private long rememberedBytes;

    EditBuilder(
            Database database,
            DocumentGuard guard,
            Functions functions,
            UserContext user,
            long maximumAttachmentBytes) {
        this.database = database;
        this.guard = guard;
        this.functions = functions;
        this.user = user;
        this.maximumAttachmentBytes = maximumAttachmentBytes;
    }

    public static EditBuilder of(Exchange exchange) {
        HttpServices services = exchange.services();
        return new EditBuilder(
                exchange.database(),
                services.guard(),
                services.functions(),
                exchange.user(),
                services.settings().maximumAttachmentBytes());
    }

    /**
     * An edit of one document whose attachments, if any, are stubs or inline.
     *
     * @param id where it goes, whatever the document says itself
     * @param newEdits false for a revision that was made elsewhere, which has to bring its revision
     * @throws RequestException from the guard; 400 for a design document that is none; 409 for stubs on a revision that
     *     is no leaf; 412 {@code missing_stub}; 413
     */
    public DocumentEdit edit(String id, ParsedDocument document, boolean newEdits) throws IOException {
        return edit(id, document, newEdits, Map::of);
    }

    /**
     * @param parts receives the attachments whose content comes in parts of their own; asked once the guard has agreed
     */
    DocumentEdit edit(String id, ParsedDocument document, boolean newEdits, Parts parts) throws IOException {
        ParsedDocument guarded = guarded(id, document, newEdits);
        Map<String, Attachment> received = parts.receive();
        if (newEdits) {
            List<Attachment> attachments =
                    attachments(guarded.attachments(), received, 0, stub -> ofParent(id, guarded.revision(), stub));
            return update(id, guarded.revision(), guarded.deleted(), guarded.json(), attachments);
        }
        RevisionPath path = path(id, guarded);
        List<Attachment> attachments =
                attachments(guarded.attachments(), received, path.generation(), stub -> ofAncestors(id, path, stub));
        return new DocumentEdit.Replicated(id, path, guarded.deleted(), new DocumentBody(guarded.json(), attachments));
    }

    /** Lets the guard see a document whose edit is put together by hand; checks it where it is a design document. */
    ParsedDocument guarded(String id, ParsedDocument document, boolean newEdits) {
        if (Names.isLocal(id)) {
            // They have no revisions and are part of no block; an edit would make an ordinary document of one.
            throw new RequestException(ErrorCode.LOCAL_IN_EDIT, id);
        }
        ParsedDocument guarded = guard.beforeWrite(database, user, id, newEdits, document);
        if (id.startsWith("_design/")) {
            functions.check(database.state().uuid(), guarded.json());
        }
        return guarded;
    }

    /**
     * A client's edit of what is known in full.
     *
     * @throws RequestException 400 for a parent that no document can have
     */
    static DocumentEdit.Update update(
            String id, @Nullable Revision parent, boolean deleted, byte[] json, List<Attachment> attachments) {
        if (parent != null && parent.generation() == 0) {
            throw new RequestException(ErrorCode.REVISION_NOT_GIVABLE);
        }
        return new DocumentEdit.Update(
                id, parent, deleted, new DocumentBody(json, attachments), CanonicalJson.digest(json, 0, json.length));
    }

    /**
     * Looks whether the document could be accepted at all, before content that may be long is taken in.
     *
     * @throws RequestException 503 where a validation function is not called for now; what one is broken by
     */
    void requireUsableRules(String id) {
        if (!id.startsWith("_design/")) {
            functions.requireUsableRules(database);
        }
    }

    /** Takes content in; kept only if an edit that lists it is accepted before this is closed. */
    Attachment receive(String name, @Nullable String contentType, @Nullable String encoding, InputStream content)
            throws IOException {
        if (upload == null) {
            upload = database.upload();
        }
        String type = contentType == null ? "application/octet-stream" : contentType;
        return upload.receive(name, type, encoding, content, maximumAttachmentBytes);
    }

    @Override
    public void close() {
        if (snapshot != null) {
            snapshot.close();
        }
        if (upload != null) {
            upload.close();
        }
        leafAttachments.clear();
        Allowance.current().release(rememberedBytes);
        rememberedBytes = 0;
    }

    private RevisionPath path(String id, ParsedDocument document) {
        RevisionPath path = document.history();
        if (path == null) {
            if (document.revision() == null) {
                throw new RequestException(ErrorCode.REVISION_NEEDED);
            }
            path = RevisionPath.of(document.revision());
        }
        for (int i = 0; i < path.hashes().size(); i++) {
            Revision revision =
                    new Revision(path.generation() - i, path.hashes().get(i));
            if (!revision.canBeGiven() && !isKnown(id, revision)) {
                throw new RequestException(ErrorCode.REVISION_NOT_GIVABLE);
            }
        }
        return path;
    }

    /** Whether the document has it, from before there was a rule for revisions: what grew from it may go on. */
    private boolean isKnown(String id, Revision revision) {
        DocumentRecord record = revision.generation() == 0 ? null : snapshot().document(id);
        return record != null && record.tree().contains(revision);
    }

    private List<Attachment> attachments(
            List<AttachmentInput> inputs, Map<String, Attachment> received, int generation, Stubs stubs)
            throws IOException {
        if (inputs.isEmpty()) {
            return List.of();
        }
        List<Attachment> attachments = new ArrayList<>(inputs.size());
        for (AttachmentInput input : inputs) {
            attachments.add(
                    switch (input) {
                        case AttachmentInput.Stub stub -> stubs.resolve(stub);
                        case AttachmentInput.Inline inline ->
                            positioned(
                                    receive(
                                            inline.name(),
                                            inline.contentType(),
                                            null,
                                            new ByteArrayInputStream(inline.data())),
                                    inline.revisionPosition(),
                                    generation);
                        case AttachmentInput.Follows follows -> {
                            Attachment attachment = received.get(follows.name());
                            if (attachment == null) {
                                throw new RequestException(
                                        ErrorCode.BAD_REQUEST, "Invalid attachment data for " + follows.name());
                            }
                            yield positioned(attachment, follows.revisionPosition(), generation);
                        }
                    });
        }
        return attachments;
    }

    /** In an edit made here the write fills the position in; one made elsewhere says it. */
    private static Attachment positioned(Attachment attachment, int given, int generation) {
        return generation == 0 ? attachment : attachment.withRevisionPosition(given > 0 ? given : generation);
    }

    private Attachment ofParent(String id, @Nullable Revision parent, AttachmentInput.Stub stub) {
        DocumentRecord record = snapshot().document(id);
        if (record == null) {
            throw missing(id, stub);
        }
        if (parent == null && !record.winner().deleted() || parent != null && !record.isLeaf(parent)) {
            throw new RequestException(ErrorCode.CONFLICT);
        }
        DocumentBody body = parent == null ? null : snapshot().body(id, parent);
        Attachment attachment = body == null ? null : named(body, stub);
        boolean moved = attachment != null
                && stub.revisionPosition() != 0
                && stub.revisionPosition() != attachment.revisionPosition();
        if (attachment == null || moved) {
            throw missing(id, stub);
        }
        return attachment;
    }

    /**
     * The nearest ancestor that has it counts; where none is here, any other leaf that has the very content will do.
     */
    private Attachment ofAncestors(String id, RevisionPath path, AttachmentInput.Stub stub) {
        DocumentRecord record = snapshot().document(id);
        if (record == null) {
            throw missing(id, stub);
        }
        boolean ancestorSeen = false;
        for (int i = 0; i < path.hashes().size(); i++) {
            Revision revision =
                    new Revision(path.generation() - i, path.hashes().get(i));
            DocumentBody body = record.tree().isWritten(revision) ? snapshot().body(id, revision) : null;
            if (body != null) {
                ancestorSeen |= i > 0;
                Attachment attachment = matching(body, stub);
                if (attachment != null) {
                    return attachment;
                }
            }
        }
        if (stub.digest() != null) {
            Attachment attachment = ofLeaves(record).get(new NamedContent(stub.name(), stub.digest()));
            if (attachment != null) {
                return attachment;
            }
        }
        if (!ancestorSeen) {
            throw new RequestException(ErrorCode.STUB_WITHOUT_PARENT, id);
        }
        throw missing(id, stub);
    }

    /** The attachments of all leaves, read once for the edits of a document that come close together. */
    private Map<NamedContent, Attachment> ofLeaves(DocumentRecord record) {
        Map<NamedContent, Attachment> known = leafAttachments.get(record.id());
        if (known != null) {
            return known;
        }
        Map<NamedContent, Attachment> read = new HashMap<>();
        leafAttachments.put(record.id(), read);
        remember(REMEMBERED_BYTES);
        for (Leaf leaf : record.tree().leaves()) {
            DocumentBody body = snapshot().body(record, leaf.revision());
            List<Attachment> attachments = body == null ? List.of() : body.attachments();
            for (Attachment attachment : attachments) {
                NamedContent named = new NamedContent(attachment.name(), AttachmentJson.digest(attachment));
                if (!read.containsKey(named)) {
                    remember(REMEMBERED_BYTES);
                    read.put(named, attachment);
                }
            }
        }
        return read;
    }

    /** Before that much is kept; forgets the documents that nobody asked about for the longest time. */
    private void remember(long bytes) {
        Iterator<Map<NamedContent, Attachment>> oldest =
                leafAttachments.values().iterator();
        for (int left = leafAttachments.size(); left > 1 && rememberedBytes + bytes > MOST_REMEMBERED_BYTES; left--) {
            long forgotten = REMEMBERED_BYTES * (1 + oldest.next().size());
            oldest.remove();
            rememberedBytes -= forgotten;
            Allowance.current().release(forgotten);
        }
        Allowance.current().hold(bytes);
        rememberedBytes += bytes;
    }

    /** Of that name and, where the stub says which, with that very content. */
    private static @Nullable Attachment matching(DocumentBody body, AttachmentInput.Stub stub) {
        Attachment attachment = named(body, stub);
        boolean other =
                attachment != null && stub.digest() != null && !stub.digest().equals(AttachmentJson.digest(attachment));
        return other ? null : attachment;
    }

    private static @Nullable Attachment named(DocumentBody body, AttachmentInput.Stub stub) {
        for (Attachment attachment : body.attachments()) {
            if (attachment.name().equals(stub.name())) {
                return attachment;
            }
        }
        return null;
    }

    private static RequestException missing(String id, AttachmentInput.Stub stub) {
        return new RequestException(ErrorCode.STUB_UNKNOWN, id, stub.name());
    }

    private Snapshot snapshot() {
        if (snapshot == null) {
            snapshot = database.snapshot();
        }
        return snapshot;
    }

    private record NamedContent(String name, String digest) {}

    /** What comes in parts of its own, by name. */
    @FunctionalInterface
    interface Parts {
        Map<String, Attachment> receive() throws IOException;
    }

    @FunctionalInterface
    private interface Stubs {
        Attachment resolve(AttachmentInput.Stub stub);
    }
}
