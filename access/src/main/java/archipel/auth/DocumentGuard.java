package archipel.auth;

import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.engine.Database;
import archipel.read.Visibility;

/**
 * The rules over single documents: every client's document passes here before it is stored and before it is shown. A
 * document that no rule concerns is given back as it is, at next to no cost.
 */
public interface DocumentGuard {
    /** Lets everything pass. */
    DocumentGuard OPEN = new DocumentGuard() {
        @Override
        public ParsedDocument beforeWrite(
                Database database, UserContext user, String id, boolean newEdits, ParsedDocument document) {
            return document;
        }

        @Override
        public DocumentBody beforeShow(Database database, UserContext user, String id, DocumentBody body) {
            return body;
        }

        @Override
        public void requireDesigns(Database database, UserContext user) {}

        @Override
        public boolean showsAll(Database database) {
            return true;
        }
    };

    /**
     * Checks a document about to be stored. A design document needs an admin of the database; one in {@code _users}
     * must be a user document of the user's own, and has its password hashed; one in {@code _replicator} has to ask for
     * a replication, and gets an owner.
     *
     * @param id where it will be stored, whatever the document says itself
     * @param newEdits whether it is an edit made here, rather than a revision that was made elsewhere
     * @param document with {@code revision} being the one it is an edit of, from wherever the client gave it; an empty
     *     body with {@code deleted} for a deletion
     * @return the document to store
     * @throws archipel.document.RequestException 401 or 403 with CouchDB's text, 404 for somebody else's user document;
     *     {@code _bulk_docs} makes it a row's error
     */
    ParsedDocument beforeWrite(
            Database database, UserContext user, String id, boolean newEdits, ParsedDocument document);

    /**
     * Checks again, right before it is stored, whether the user may do what {@link #beforeWrite} let pass: a document
     * can be on its way for as long as its attachments are. What this decides by is in the rules of the database
     * ({@link Database#rules}), so that the store refuses what changes after it.
     *
     * @throws archipel.document.RequestException as {@link #beforeWrite}
     */
    default void beforeCommit(Database database, UserContext user, DocumentEdit edit) {}

    /**
     * Checks a document about to be shown, and leaves only what the user may see.
     *
     * @throws archipel.document.RequestException 404 {@code missing} for somebody else's user document, 403 for a
     *     design document in {@code _users}
     */
    DocumentBody beforeShow(Database database, UserContext user, String id, DocumentBody body);

    /** Which of the database's documents are there for the user at all; asked once for each state that is read. */
    default Visibility visibility(Database database, UserContext user) {
        return Visibility.EVERYTHING;
    }

    /**
     * For what design documents show of others, such as views.
     *
     * @throws archipel.document.RequestException 403 where the user may not see design documents of that database
     */
    void requireDesigns(Database database, UserContext user);

    /** Whether whoever may read the database sees all its documents as they are; {@link #beforeShow} changes none. */
    boolean showsAll(Database database);
}
