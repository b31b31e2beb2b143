package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a document in {@code _users} has to look like and who may change what in it: the rules of CouchDB's validation
 * function for that database, in its order and with its words.
 */
final class UserRules {
    private static final List<String> SCHEMES = List.of("simple", "pbkdf2", "simple+pbkdf2");

    private UserRules() {}

    /**
     * @param sent the document about to be stored
     * @param previous what it replaces; null for a new one
     * @param admin whether the user is an admin of the server or of the database
     * @throws RequestException 403
     */
    static void check(
            String id,
            boolean deleted,
            UserDocument sent,
            @Nullable UserDocument previous,
            UserContext user,
            boolean admin) {
        if (deleted) {
            boolean own = previous != null && user.name() != null && user.name().equals(previous.text("name"));
            require(user.isAdmin() || own, ErrorCode.USER_DELETED_BY_OTHER);
            return;
        }
        List<String> roles = checkForm(id, sent, previous);
        checkPassword(sent);
        if (!admin) {
            checkOwner(sent, roles, previous, user);
        }
        for (String role : roles) {
            require(role.equals("_metrics") || !role.startsWith("_"), ErrorCode.USER_SYSTEM_ROLE);
        }
        String name = String.valueOf(sent.text("name"));
        require(!name.startsWith("_"), ErrorCode.USER_NAME_UNDERSCORE);
        require(!name.contains(":"), ErrorCode.USER_NAME_COLON);
    }

    private static List<String> checkForm(String id, UserDocument sent, @Nullable UserDocument previous) {
        require("user".equals(sent.text("type")), ErrorCode.USER_TYPE);
        require(sent.isTruthy("name"), ErrorCode.USER_NAME_MISSING);
        require(sent.isTruthy("roles"), ErrorCode.USER_ROLES_MISSING);
        require(sent.value("roles").isArray(), ErrorCode.USER_ROLES_NOT_ARRAY);
        List<String> roles = sent.texts("roles");
        if (roles == null) {
            throw new RequestException(ErrorCode.USER_ROLES_NOT_STRINGS);
        }
        String name = sent.text("name");
        require(name != null && id.equals(UserDocument.ID_PREFIX + name), ErrorCode.USER_ID_FORM);
        require(previous == null || Objects.equals(previous.text("name"), name), ErrorCode.USER_NAME_FIXED);
        return roles;
    }

    private static void checkPassword(UserDocument sent) {
        require(!sent.isTruthy("password_sha") || sent.isTruthy("salt"), ErrorCode.USER_SALT_MISSING);
        if (!sent.isTruthy("password_scheme")) {
            return;
        }
        String scheme = sent.text("password_scheme");
        require(scheme != null && SCHEMES.contains(scheme), ErrorCode.USER_PASSWORD_SCHEME, scheme);
        if ("pbkdf2".equals(scheme)) {
            require(sent.value("iterations").isNumber(), ErrorCode.USER_ITERATIONS_NOT_NUMBER);
            require(sent.text("derived_key") != null, ErrorCode.USER_KEY_NOT_STRING);
        }
    }

    private static void checkOwner(
            UserDocument sent, List<String> roles, @Nullable UserDocument previous, UserContext user) {
        if (previous == null) {
            require(roles.isEmpty(), ErrorCode.USER_ROLES_SET);
            return;
        }
        require(Objects.equals(user.name(), sent.text("name")), ErrorCode.USER_OF_OTHER);
        List<String> had = previous.texts("roles");
        List<String> sorted = roles.stream().sorted().toList();
        require(sorted.equals(had == null ? List.of() : had.stream().sorted().toList()), ErrorCode.USER_ROLES_EDITED);
    }

    private static void require(boolean holds, ErrorCode refusal, @Nullable Object... fields) {
        if (!holds) {
            throw new RequestException(refusal, fields);
        }
    }
}
