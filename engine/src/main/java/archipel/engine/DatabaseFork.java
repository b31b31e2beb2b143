package archipel.engine;

import archipel.changes.Digests;
import archipel.command.DataCommand;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionTree;
import archipel.memory.Allowance;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.storage.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A new database with the documents that another had at one block: trees as they stood, the bodies of their leaves, and
 * the attachments that these name. It is built without a name, in commands of bounded size between other writes, and
 * gets its own when it is whole; what a kill leaves of it is deleted after the next start. It begins a history of its
 * own, and has neither the security object nor the {@code _local} documents of the other.
 */
final class DatabaseFork {
    private static final int DOCUMENTS_PER_COMMAND = 500;
    private static final long BYTES_PER_COMMAND = 2L << 20;
    // What the command holds, and the row that the applier makes of it.
    private static final int ROW_COPIES = 2;

    private final Node node;
    private final Database original;
    private final Reader source;
    private final Set<ContentHash> contents = new HashSet<>();

    /** @param source the original at the block to be copied, without anything hidden */
    DatabaseFork(Node node, Database original, Reader source) {
        this.node = node;
        this.original = original;
        this.source = source;
    }

    /** @throws RequestException 412 when there is a database of that name */
    Database make(String target) {
        if (node.find(target) != null) {
            throw new RequestException(ErrorCode.DATABASE_EXISTS);
        }
        return make(target, false, new byte[0]);
    }

    /** Puts the copy in the place of the database it is made from, with its security object and settings. */
    void rewind() {
        byte[] security = original.security();
        make(original.name(), true, security == null ? new byte[0] : security);
    }

    private Database make(String target, boolean replace, byte[] security) {
        int purgedInfosLimit = replace ? original.purgedInfosLimit() : DatabaseRow.DEFAULT_LIMIT;
        Database copy = node.steps().build(original.revisionsLimit(), purgedInfosLimit, original.isLocal());
        try {
            if (replace) {
                copy.setHorizon(original.row().retention().policy());
            }
            if (security.length > 0) {
                copy.setSecurity(security);
            }
            copyDocuments(copy);
        } catch (RuntimeException | Error e) {
            node.steps().abandon(copy.number());
            throw e;
        }
        node.steps().name(copy, target, replace);
        return copy;
    }

    private void copyDocuments(Database copy) {
        try (DocumentCursor cursor = source.documents().cursor(null, false, false)) {
            boolean more = cursor.next();
            while (more) {
                try (AttachmentUpload upload = copy.upload()) {
                    List<DataCommand.CopiedDocument> documents = new ArrayList<>();
                    long bytes = 0;
                    while (more && documents.size() < DOCUMENTS_PER_COMMAND && bytes < BYTES_PER_COMMAND) {
                        DataCommand.CopiedDocument document = document(cursor.record(), bytes);
                        for (DataCommand.CopiedBody body : document.bodies()) {
                            bytes += body.body().json().length;
                            copyContents(body.body(), upload);
                        }
                        documents.add(document);
                        more = cursor.next();
                    }
                    copy.writeCopies(documents);
                }
            }
        }
    }

    // A document is copied by one command, however many leaves it has: its bodies count as the request's memory.
    private DataCommand.CopiedDocument document(DocumentRecord record, long bytesBefore) {
        long bytes = bytesBefore;
        RevisionTree tree = record.tree();
        List<DataCommand.CopiedBody> bodies = new ArrayList<>();
        for (Leaf leaf : tree.leaves()) {
            Revision revision = leaf.revision();
            DocumentBody body = source.documents().leafBody(record.id(), revision);
            if (body == null) {
                throw new StorageException(
                        StorageException.Kind.CORRUPT, "document " + record.id() + " has no body for " + revision);
            }
            bytes += body.json().length;
            Allowance.current().pass(ROW_COPIES * bytes);
            bodies.add(new DataCommand.CopiedBody(revision, body, Digests.of(body.json())));
        }
        return new DataCommand.CopiedDocument(record.id(), tree, bodies);
    }

    // Content belongs to one database, so that it is copied, once however many documents name it.
    private void copyContents(DocumentBody body, AttachmentUpload upload) {
        for (Attachment attachment : body.attachments()) {
            if (contents.add(attachment.content())) {
                try (InputStream in = source.attachments().open(attachment, 0)) {
                    upload.copy(attachment, in, source.attachments().decodedLength(attachment.content()));
                } catch (IOException e) {
                    throw new StorageException(
                            StorageException.Kind.IO, "attachment content " + attachment.content(), e);
                }
            }
        }
    }
}
