package archipel.access;

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
import archipel.document.RevisionHash;
import archipel.document.RevisionPath;
import archipel.engine.AttachmentUpload;
import archipel.engine.Database;
import archipel.memory.Allowance;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
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
 * Makes edits of documents: past the guard, with stubs resolved and new attachments taken in. One for each write.
 *
 * <p>Stubs are resolved as the user sees the database, so that nobody takes content over from a document that is hidden
 * from it. No state is held while anything is waited for: content, a password's hash, or what comes after this edit.
 */
final class EditBuilder implements AttachmentIntake, AutoCloseable {
    /** What an attachment that is remembered takes on the heap, or a document beside its attachments. */
    private static final long REMEMBERED_BYTES = 400;

    /** What is remembered of all documents but the last at the most. */
    private static final long MOST_REMEMBERED_BYTES = 1 << 20;

    private static final byte[] NOTHING = {'{', '}'};

    private final WriteGate gate;
    private final Database database;
    private final UserContext user;
    private final boolean hashed;
    private @Nullable AttachmentUpload upload;
    private @Nullable Reader reader;
    // By document, the one that was asked for last at the end.
    private final Map<String, Map<NamedContent, Attachment>> leafAttachments = new LinkedHashMap<>(16, 0.75f, true);
    private long rememberedBytes;

    /** @param hashed as for {@link WriteGate#open(Database, UserContext, boolean)} */
    EditBuilder(WriteGate gate, Database database, UserContext user, boolean hashed) {
        this.gate = gate;
        this.database = database;
        this.user = user;
        this.hashed = hashed;
    }

    /** See {@link GatedWrite#add}. */
    DocumentEdit edit(DocumentWrite write) throws IOException {
        String id = write.id();
        Names.validateDocumentId(id);
        if (write.bringsBody()) {
            gate.requireSize(id, write.document().json());
        }
        ParsedDocument guarded = guarded(id, write.document(), write.newEdits());
        try {
            return switch (write.attachments()) {
                case NewAttachments.Listed _ -> listed(id, guarded, write.newEdits(), Map.of());
                case NewAttachments.Following following -> {
                    requireUsableRules(id);
                    yield listed(
                            id, guarded, write.newEdits(), following.parts().receive(this));
                }
                case NewAttachments.Given given -> update(id, guarded, given.attachments());
                case NewAttachments.Received received -> {
                    requireUsableRules(id);
                    yield update(id, guarded, received.content().receive(this));
                }
            };
        } finally {
            letGo();
        }
    }

    /** The losers are looked at as deletions are, since the user who ends a conflict deletes them. */
    DocumentEdit resolution(ConflictResolution resolution) throws IOException {
        String id = resolution.id();
        for (Revision loser : resolution.losers()) {
            guarded(id, new ParsedDocument(id, loser, true, null, List.of(), NOTHING), true);
        }
        DocumentWrite write = resolution.result();
        DocumentEdit.Update result = null;
        if (write != null) {
            gate.requireSize(id, write.document().json());
            ParsedDocument guarded = guarded(id, write.document(), write.newEdits());
            try {
                result = update(
                        id,
                        guarded,
                        write.attachments() instanceof NewAttachments.Given given
                                ? given.attachments()
                                : attachments(
                                        guarded.attachments(),
                                        Map.of(),
                                        0,
                                        stub -> ofLeaves(id, resolution.leaves(), stub)));
            } finally {
                letGo();
            }
        }
        return new DocumentEdit.Resolution(id, resolution.leaves(), resolution.losers(), result, resolution.stamp());
    }

    /** The winner's counts; that of another leaf is new where it comes to. */
    private Attachment ofLeaves(String id, List<Revision> leaves, AttachmentInput.Stub stub) {
        for (Revision leaf : leaves) {
            DocumentBody body = reader().documents().body(id, leaf);
            Attachment attachment = body == null ? null : matching(body, stub);
            if (attachment != null) {
                return leaf.equals(leaves.getFirst()) ? attachment : attachment.withRevisionPosition(0);
            }
        }
        throw missing(id, stub);
    }

    /** What the guard makes of a document; checked where it is a design document. */
    private ParsedDocument guarded(String id, ParsedDocument document, boolean newEdits) {
        if (Names.isLocal(id)) {
            // They have no revisions and are part of no block; an edit would make an ordinary document of one.
            throw new RequestException(ErrorCode.LOCAL_IN_EDIT, id);
        }
        ParsedDocument guarded = gate.guard().beforeWrite(database, user, id, newEdits, document);
        if (Names.isDesign(id)) {
            gate.functions().check(database.state().uuid(), guarded.json());
        }
        return guarded;
    }

    /**
     * Looks whether the document could be accepted at all, before content that may be long is taken in.
     *
     * @throws RequestException 503 where a validation function is not called for now; what one is broken by
     */
    private void requireUsableRules(String id) {
        if (!Names.isDesign(id)) {
            gate.functions().requireUsableRules(database);
        }
    }

    private DocumentEdit listed(String id, ParsedDocument document, boolean newEdits, Map<String, Attachment> received)
            throws IOException {
        if (newEdits) {
            return update(
                    id,
                    document,
                    attachments(document.attachments(), received, 0, stub -> ofParent(id, document.revision(), stub)));
        }
        RevisionPath path = path(id, document);
        List<Attachment> attachments =
                attachments(document.attachments(), received, path.generation(), stub -> ofAncestors(id, path, stub));
        if (hashed) {
            requireHash(id, path, document, attachments);
        }
        return new DocumentEdit.Replicated(
                id, path, document.deleted(), new DocumentBody(document.json(), attachments));
    }

    /** A parent that was forgotten was part of the hash as well: without it no content can be told from another. */
    private static void requireHash(
            String id, RevisionPath path, ParsedDocument document, List<Attachment> attachments) {
        Revision given = path.newest();
        boolean first = given.generation() == 1;
        if (first || path.hashes().size() > 1) {
            Revision parent = first
                    ? null
                    : new Revision(given.generation() - 1, path.hashes().get(1));
            byte[] json = document.json();
            byte[] digest = CanonicalJson.digest(json, 0, json.length);
            if (RevisionHash.next(parent, document.deleted(), digest, attachments)
                    .equals(given)) {
                return;
            }
        }
        throw new RequestException(ErrorCode.REVISION_NOT_OF_CONTENT, given, id);
    }

    private static DocumentEdit.Update update(String id, ParsedDocument document, List<Attachment> attachments) {
        Revision parent = document.revision();
        if (parent != null && parent.generation() == 0) {
            // No document can have it.
            throw new RequestException(ErrorCode.REVISION_NOT_GIVABLE);
        }
        byte[] json = document.json();
        return new DocumentEdit.Update(
                id,
                parent,
                document.deleted(),
                new DocumentBody(json, attachments),
                CanonicalJson.digest(json, 0, json.length));
    }

    @Override
    public Attachment receive(String name, @Nullable String contentType, @Nullable String encoding, InputStream content)
            throws IOException {
        Names.validateAttachmentName(name);
        if (contentType != null) {
            Names.validateContentType(contentType);
        }
        letGo();
        if (upload == null) {
            upload = database.upload();
        }
        String type = contentType == null ? "application/octet-stream" : contentType;
        return upload.receive(name, type, encoding, content, gate.maximumAttachmentBytes());
    }

    @Override
    public void close() {
        letGo();
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
        DocumentRecord record =
                revision.generation() == 0 ? null : reader().documents().find(id);
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
                                throw new RequestException(ErrorCode.ATTACHMENT_DATA, follows.name());
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
        DocumentRecord record = reader().documents().find(id);
        if (record == null) {
            throw missing(id, stub);
        }
        if (parent == null && !record.winner().deleted() || parent != null && !record.isLeaf(parent)) {
            throw new RequestException(ErrorCode.CONFLICT);
        }
        DocumentBody body = parent == null ? null : reader().documents().body(id, parent);
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
        DocumentRecord record = reader().documents().find(id);
        if (record == null) {
            throw missing(id, stub);
        }
        boolean ancestorSeen = false;
        for (int i = 0; i < path.hashes().size(); i++) {
            Revision revision =
                    new Revision(path.generation() - i, path.hashes().get(i));
            DocumentBody body =
                    record.tree().isWritten(revision) ? reader().documents().body(id, revision) : null;
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
            DocumentBody body = reader().documents().body(record, leaf.revision());
            List<Attachment> attachments = body == null ? List.of() : body.attachments();
            for (Attachment attachment : attachments) {
                NamedContent named = new NamedContent(attachment.name(), attachment.digest());
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
                attachment != null && stub.digest() != null && !stub.digest().equals(attachment.digest());
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

    private Reader reader() {
        if (reader == null) {
            reader = database.door().newest(gate.guard().visibility(database, user));
        }
        return reader;
    }

    /** Before anything is waited for; what is read afterwards is read from the newest state then. */
    private void letGo() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }

    private record NamedContent(String name, String digest) {}

    @FunctionalInterface
    private interface Stubs {
        Attachment resolve(AttachmentInput.Stub stub);
    }
}
