package archipel.auth;

import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;

/** The rules over the documents of {@code _replicator} databases, design documents apart. */
public interface ReplicatorRules {
    /** Lets everything pass. */
    ReplicatorRules NONE = new ReplicatorRules() {
        @Override
        public ParsedDocument beforeWrite(UserContext user, boolean databaseAdmin, ParsedDocument document) {
            return document;
        }

        @Override
        public DocumentBody beforeShow(UserContext user, DocumentBody body) {
            return body;
        }
    };

    /** Whether documents of a database ask for replications, as in CouchDB by the last part of its name. */
    static boolean isReplicator(String database) {
        return database.equals("_replicator") || database.endsWith("/_replicator");
    }

    /**
     * Checks a document about to be stored.
     *
     * @param databaseAdmin whether the user is an admin of the database
     * @return with its owner
     * @throws archipel.document.RequestException 403 for one that is malformed, or of somebody else
     */
    ParsedDocument beforeWrite(UserContext user, boolean databaseAdmin, ParsedDocument document);

    /** A document as somebody sees it who is no admin of the database: another's without credentials. */
    DocumentBody beforeShow(UserContext user, DocumentBody body);
}
