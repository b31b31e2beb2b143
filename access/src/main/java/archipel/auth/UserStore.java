package archipel.auth;

import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.engine.Database;

/** Stores what the node itself changes in the documents of users. */
@FunctionalInterface
public interface UserStore {
    /**
     * Replaces a document, unless another revision has replaced it meanwhile.
     *
     * @return whether it is stored
     * @throws archipel.document.RequestException where a rule of the database refuses it, or nothing can be stored now
     */
    boolean replace(Database users, String id, Revision replaced, DocumentBody body);
}
