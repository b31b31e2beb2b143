package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

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
            require(user.isAdmin() || own, "Only admins may delete other user docs.");
            return;
        }
        List<String> roles = checkForm(id, sent, previous);
        checkPassword(sent);
        if (!admin) {
            checkOwner(sent, roles, previous, user);
        }
        for (String role : roles) {
            require(
                    role.equals("_metrics") || !role.startsWith("_"),
                    "No system roles (starting with underscore) in users db.");
        }
        String name = String.valueOf(sent.text("name"));
        require(!name.startsWith("_"), "Username may not start with underscore.");
        require(!name.contains(":"), "Character `:` is not allowed in usernames.");
    }

    private static List<String> checkForm(String id, UserDocument sent, @Nullable UserDocument previous) {
        require("user".equals(sent.text("type")), "doc.type must be user");
        require(sent.isTruthy("name"), "doc.name is required");
        require(sent.isTruthy("roles"), "doc.roles must exist");
        require(sent.kind("roles") == JsonToken.START_ARRAY, "doc.roles must be an array");
        List<String> roles = sent.texts("roles");
        if (roles == null) {
            throw refused("doc.roles can only contain strings");
        }
        String name = sent.text("name");
        require(
                name != null && id.equals(UserDocument.ID_PREFIX + name),
                "Doc ID must be of the form org.couchdb.user:name");
        require(previous == null || Objects.equals(previous.text("name"), name), "Usernames can not be changed.");
        return roles;
    }

    private static void checkPassword(UserDocument sent) {
        require(
                !sent.isTruthy("password_sha") || sent.isTruthy("salt"),
                "Users with password_sha must have a salt.See /_utils/script/couch.js for example code.");
        if (!sent.isTruthy("password_scheme")) {
            return;
        }
        String scheme = sent.text("password_scheme");
        require(scheme != null && SCHEMES.contains(scheme), "Password scheme `" + scheme + "` not supported.");
        if ("pbkdf2".equals(scheme)) {
            JsonToken iterations = sent.kind("iterations");
            require(
                    iterations == JsonToken.VALUE_NUMBER_INT || iterations == JsonToken.VALUE_NUMBER_FLOAT,
                    "iterations must be a number.");
            require(sent.text("derived_key") != null, "derived_key must be a string.");
        }
    }

    private static void checkOwner(
            UserDocument sent, List<String> roles, @Nullable UserDocument previous, UserContext user) {
        if (previous == null) {
            require(roles.isEmpty(), "Only _admin may set roles");
            return;
        }
        require(Objects.equals(user.name(), sent.text("name")), "You may only update your own user document.");
        List<String> had = previous.texts("roles");
        List<String> sorted = roles.stream().sorted().toList();
        require(sorted.equals(had == null ? List.of() : had.stream().sorted().toList()), "Only _admin may edit roles");
    }

    private static void require(boolean holds, String refusal) {
        if (!holds) {
            throw refused(refusal);
        }
    }

    private static RequestException refused(String refusal) {
        return new RequestException(ErrorCode.FORBIDDEN, refusal);
    }
}
