package archipel.auth;

/**
 * Says who a user is by now. Authentication is of the moment at which a request begins; a body can take hours to come,
 * and a feed lives for days. Safe for use by many threads; hashes nothing.
 */
@FunctionalInterface
public interface Identities {
    /** Of users whom nothing changes. */
    Identities FIXED = user -> user;

    /**
     * The user as it is known now, with the roles that it has now; the same object as long as nothing has changed.
     *
     * @throws archipel.document.RequestException 401 where what proved its identity does not prove it any more: the
     *     account is deleted or has another password, or the token has expired
     */
    UserContext present(UserContext user);
}
