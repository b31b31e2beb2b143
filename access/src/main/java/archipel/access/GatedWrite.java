package archipel.access;

import archipel.auth.UserContext;
import archipel.command.DocumentEdit;
import archipel.document.Attachment;
import archipel.document.RequestException;
import archipel.engine.Database;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A write under way, for callers whose documents or attachments come bit by bit; to be closed after it, which drops the
 * content that no accepted document lists:
 *
 * <pre>{@code
 * try (GatedWrite write = gate.open(database, user)) {
 *     write.add(DocumentWrite.of(id, document, true));
 *     WriteOutcome outcome = write.commit(false);
 * }
 * }</pre>
 */
public final class GatedWrite implements AttachmentIntake, AutoCloseable {
    private final EditBuilder builder;
    private final ValidatedWrite validated;
    private final List<DocumentEdit> edits = new ArrayList<>(1);

    GatedWrite(WriteGate gate, Database database, UserContext user, boolean hashed) {
        this.builder = new EditBuilder(gate, database, user, hashed);
        this.validated = new ValidatedWrite(gate, database, user);
    }

    /**
     * Adds a document; stores nothing yet but content of attachments.
     *
     * @throws RequestException 401, 403 or 404 where the user may not store it, with CouchDB's text; 400 for a design
     *     document that is none; 409 for stubs on a revision that is no leaf; 412 {@code missing_stub}; 413; whatever
     *     the source of its attachments throws. Unless {@link archipel.document.ErrorCode#isRefusal} this says nothing
     *     about the document, and the write is to be given up
     */
    public void add(DocumentWrite document) throws IOException {
        edits.add(builder.edit(document));
    }

    /**
     * Adds the end of a conflict, or of a part of it.
     *
     * @throws RequestException as {@link #add}
     */
    void resolve(ConflictResolution resolution) throws IOException {
        edits.add(builder.resolution(resolution));
    }

    boolean hasEdits() {
        return !edits.isEmpty();
    }

    @Override
    public Attachment receive(String name, @Nullable String contentType, @Nullable String encoding, InputStream content)
            throws IOException {
        return builder.receive(name, contentType, encoding, content);
    }

    /**
     * Writes what was added, once validation functions agree. Documents that together replace more than one command may
     * are written in several, each a block of its own. Where one of these fails and others are stored already, that
     * failure is the outcome of each document that was not ({@link DocumentOutcome.Failed}), as it is of one whose
     * validation function cannot be called for now.
     *
     * @param atomic all or none
     * @throws RequestException as {@link Database#write} does; 401 or 403 for a user who was a member of the database
     *     when the write began and is none any more, or whose account was deleted or got another password; 503
     *     where design documents change faster than documents can be validated; nothing is stored then, but for what
     *     that method says of a disk that fails. 413 for what is atomic and replaces too much
     */
    public WriteOutcome commit(boolean atomic) {
        return validated.write(edits, atomic);
    }

    @Override
    public void close() {
        builder.close();
    }
}
