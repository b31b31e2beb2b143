package archipel.auth;

import org.jspecify.annotations.Nullable;

/** Finds out who a request comes from. Safe for use by many threads; costs microseconds for credentials seen before. */
public interface Authenticator {
    /**
     * A valid session wins over Basic; an invalid or expired session is as good as none.
     *
     * @throws archipel.document.RequestException 400 for credentials that cannot be read, 401 for wrong ones, 403 for
     *     an account that is locked
     */
    Authentication authenticate(Credentials credentials);

    /** Knows other nodes, which have no credentials but their keys. */
    default PeerDoor peers() {
        return PeerDoor.CLOSED;
    }

    /**
     * @param user who it is; {@link UserContext#ANONYMOUS} where no (valid) credentials were given
     * @param renewedSession a new value for the {@code AuthSession} cookie, to be sent with the answer; null most times
     */
    record Authentication(UserContext user, @Nullable String renewedSession) {
        public static final Authentication ANONYMOUS = new Authentication(UserContext.ANONYMOUS, null);
    }
}
