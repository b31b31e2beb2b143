package archipel.auth;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the node knows of somebody who can log in.
 *
 * @param hash null where the user has no password, and so cannot log in
 * @param salt goes into the signature of sessions: a new password ends them
 * @param secondFactor the secret of one-time passwords that have to come along; null where none are asked for
 */
record UserRecord(
        String name,
        List<String> roles,
        @Nullable PasswordHash hash,
        String salt,
        @Nullable OneTimePassword secondFactor) {
    boolean isAdmin() {
        return roles.contains(UserContext.ADMIN_ROLE);
    }

    UserContext context(String authenticatedBy) {
        return new UserContext(name, roles, authenticatedBy);
    }
}
