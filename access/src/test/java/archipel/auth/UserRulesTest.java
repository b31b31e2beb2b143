package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.document.RequestException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UserRulesTest {
    private static final String ID = "org.couchdb.user:ada";
    private static final UserContext ADA = new UserContext("ada", List.of(), "cookie");
    private static final String GOOD = "{'type':'user','name':'ada','roles':[]}";

    @Test
    void check_form_followsCouchsOrderAndWords() {
        assertRefused("doc.type must be user", "{'type':'person'}");
        assertRefused("doc.name is required", "{'type':'user','name':''}");
        assertRefused("doc.roles must exist", "{'type':'user','name':'ada'}");
        assertRefused("doc.roles must be an array", "{'type':'user','name':'ada','roles':'dev'}");
        assertRefused("doc.roles can only contain strings", "{'type':'user','name':'ada','roles':['dev',1]}");
        assertRefused("Doc ID must be of the form org.couchdb.user:name", "{'type':'user','name':'bob','roles':[]}");
        assertRefused("Doc ID must be of the form org.couchdb.user:name", "{'type':'user','name':7,'roles':[]}");
        assertRefused(
                "Users with password_sha must have a salt.See /_utils/script/couch.js for example code.",
                "{'type':'user','name':'ada','roles':[],'password_sha':'ab'}");
        assertRefused(
                "Password scheme `rot13` not supported.",
                "{'type':'user','name':'ada','roles':[],'password_scheme':'rot13'}");
        assertRefused(
                "iterations must be a number.",
                "{'type':'user','name':'ada','roles':[],'password_scheme':'pbkdf2','iterations':'10'}");
        assertRefused(
                "derived_key must be a string.",
                "{'type':'user','name':'ada','roles':[],'password_scheme':'pbkdf2','iterations':10}");
    }

    @Test
    void check_namesAndRolesOfTheSystem_areRefusedToAdminsToo() {
        assertRefused(
                "No system roles (starting with underscore) in users db.",
                "{'type':'user','name':'ada','roles':['_admin']}");
        assertDoesNotThrow(
                () -> check(ID, "{'type':'user','name':'ada','roles':['_metrics']}", null, UserContext.NODE));
        RequestException underscore = assertThrows(
                RequestException.class,
                () -> check("org.couchdb.user:_x", GOOD.replace("ada", "_x"), null, UserContext.NODE));
        assertEquals("Username may not start with underscore.", underscore.reason());
        RequestException colon = assertThrows(
                RequestException.class,
                () -> check("org.couchdb.user:a:b", GOOD.replace("ada", "a:b"), null, UserContext.NODE));
        assertEquals("Character `:` is not allowed in usernames.", colon.reason());
    }

    @Test
    void check_user_mayChangeOnlyThemselvesAndNoRoles() {
        String dev = "{'type':'user','name':'ada','roles':['dev','ops']}";
        assertDoesNotThrow(() -> check(ID, GOOD, null, UserContext.ANONYMOUS));
        assertDoesNotThrow(() -> check(ID, dev, dev.replace("'dev','ops'", "'ops','dev'"), ADA));
        assertRefused("Only _admin may set roles", ID, dev, null, ADA);
        assertRefused("Only _admin may edit roles", ID, dev, GOOD, ADA);
        assertRefused("You may only update your own user document.", ID, GOOD, GOOD, UserContext.ANONYMOUS);
        assertRefused(
                "You may only update your own user document.", ID, GOOD, GOOD, new UserContext("bob", List.of(), ""));
        assertRefused("Usernames can not be changed.", ID, GOOD, GOOD.replace("ada", "eva"), UserContext.NODE);
    }

    @Test
    void check_deletion_isForAdminsAndTheUser() {
        assertDoesNotThrow(() -> UserRules.check(ID, true, document("{}"), document(GOOD), ADA, false));
        assertDoesNotThrow(() -> UserRules.check(ID, true, document("{}"), document(GOOD), UserContext.NODE, true));
        UserContext bob = new UserContext("bob", List.of(), "");
        RequestException refused = assertThrows(
                RequestException.class, () -> UserRules.check(ID, true, document("{}"), document(GOOD), bob, false));
        assertEquals("Only admins may delete other user docs.", refused.reason());
        assertThrows(
                RequestException.class,
                () -> UserRules.check(ID, true, document("{}"), null, UserContext.ANONYMOUS, false));
    }

    private static void assertRefused(String reason, String document) {
        assertRefused(reason, ID, document, null, UserContext.NODE);
    }

    private static void assertRefused(
            String reason, String id, String document, @Nullable String previous, UserContext user) {
        RequestException refused =
                assertThrows(RequestException.class, () -> check(id, document, previous, user), document);
        assertEquals(403, refused.status());
        assertEquals(reason, refused.reason());
    }

    private static void check(String id, String document, @Nullable String previous, UserContext user) {
        UserRules.check(
                id, false, document(document), previous == null ? null : document(previous), user, user.isAdmin());
    }

    private static UserDocument document(String json) {
        return UserDocument.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
