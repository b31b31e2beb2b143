package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the node knows of somebody who can log in.
 *
 * @param hash null where the user has no password, and so cannot log in
 * @param salt goes into the signature of sessions: a new password ends them
 * @param secondFactor the secret of one-time passwords that have to come along; null where none are asked for
 * @param conflicted whether the user's document has conflicts, so that nobody can say which password holds
 */
record UserRecord(
        String name,
        List<String> roles,
        @Nullable PasswordHash hash,
        String salt,
        @Nullable OneTimePassword secondFactor,
        boolean conflicted) {
    boolean isAdmin() {
        return roles.contains(UserContext.ADMIN_ROLE);
    }

    /**
     * Whether the second factor is right; also where none is asked for.
     *
     * @param token the one-time password; empty where none was given
     */
    boolean isSecond(String token, long unixSeconds) {
        return secondFactor == null || secondFactor.matches(token, unixSeconds);
    }

    /**
     * What the node knows of the user, for one who has proved to be that user: others must not hear that there is one.
     *
     * @throws RequestException 401 where the document has conflicts
     */
    UserRecord usable() {
        if (conflicted) {
            throw new RequestException(ErrorCode.USER_CONFLICTED);
        }
        return this;
    }

    /** Who has a session of this account. @param secret that it was signed with */
    UserContext bySession(String secret) {
        return new UserContext(name, roles, "cookie", Proof.OfAccount.ofSession(this, secret));
    }

    /** Who gave the account's password. */
    UserContext byPassword() {
        return new UserContext(name, roles, "default", Proof.OfAccount.ofPassword(this));
    }
}
