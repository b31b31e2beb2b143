package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.Authenticator.Authentication;
import archipel.changes.SteadyClock;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.engine.NodeOptions.Durability;
import archipel.read.Visibility;
import archipel.settings.Setting.CouchKey;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The rules over documents and the authentication by them, on a real node. */
class NodeDocumentGuardTest {
    private static final String ADA_ID = "org.couchdb.user:ada";
    private static final UserContext ADA = new UserContext("ada", List.of(), "cookie");
    private static final UserContext BOB = new UserContext("bob", List.of(), "cookie");

    @TempDir
    Path directory = Path.of("");

    private final Settings settings =
            Settings.of(SettingCatalog.of(AccountSettings.GROUP), Map.of("pbkdf2_iterations", "10"), Map.of());
    private final Passwords passwords = new Passwords(settings, new SecureRandom(), SteadyClock.system());
    private final DatabaseAccess access = new DatabaseAccess(() -> SecurityObject.ADMIN_ONLY);
    private final NodeDocumentGuard guard = new NodeDocumentGuard(access, passwords, settings, ReplicatorRules.NONE);
    private final ManualClock clock = new ManualClock(Instant.EPOCH);
    private Node node;
    private NodeAuthenticator authenticator;

    private static final UserStore STORE = (users, id, replaced, body) -> {
        byte[] digest = CanonicalJson.digest(body.json(), 0, body.json().length);
        return users.write(List.of(new DocumentEdit.Update(id, replaced, false, body, digest)), true)
                .applied();
    };

    @BeforeEach
    void open() {
        node = Node.open(directory.resolve("data"), NodeOptions.DEFAULT.withDurability(Durability.OS));
        node.create("_users");
        node.create("db");
        authenticator = authenticator();
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void beforeWrite_userWithAPassword_isHashedAndCanLogIn() {
        save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':['dev'],'password':'x','n':1.0}");
        Authentication known = login("ada", "x");
        assertEquals(new UserContext("ada", List.of("dev"), "default"), plain(known.user()));
        String stored = new String(body().json(), StandardCharsets.UTF_8);
        assertTrue(stored.startsWith("{\"password_scheme\":\"pbkdf2\",\"pbkdf2_prf\":\"sha256\",\"salt\":"), stored);
        assertTrue(stored.endsWith("\"type\":\"user\",\"name\":\"ada\",\"roles\":[\"dev\"],\"n\":1.0}"), stored);
        assertFalse(stored.contains("\"password\""), stored);
    }

    @Test
    void beforeWrite_newPassword_countsAtOnceAndEndsSessions() {
        Revision first = save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':[],'password':'x'}");
        login("ada", "x");
        String session = session("ada", "x");
        assertEquals(
                "ada",
                authenticator
                        .authenticate(new Credentials(_ -> null, session, "p", false))
                        .user()
                        .name());
        Revision second = save(ADA, first, "{'type':'user','name':'ada','roles':[],'password':'y'}");
        assertThrows(RequestException.class, () -> login("ada", "x"));
        login("ada", "y");
        assertTrue(authenticator
                .authenticate(new Credentials(_ -> null, session, "p", false))
                .user()
                .isAnonymous());
        save(UserContext.NODE, second, "{'type':'user','name':'ada','roles':['new']," + passwordMembers() + "}");
        assertEquals(List.of("new"), login("ada", "y").user().roles());
    }

    @Test
    void beforeWrite_keepingTheSalt_keepsSessions() {
        Revision first = save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':[],'password':'x'}");
        String session = session("ada", "x");
        String salt = UserDocument.parse(body().json()).text("salt");
        save(
                UserContext.NODE,
                first,
                "{'type':'user','name':'ada','roles':[],'password':'x','preserve_salt':true,'salt':'" + salt + "'}");
        assertEquals(
                "ada",
                authenticator
                        .authenticate(new Credentials(_ -> null, session, "p", false))
                        .user()
                        .name());
    }

    @Test
    void beforeWrite_others_mayNot() {
        Revision first = save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':[],'password':'x'}");
        assertCode(ErrorCode.MISSING, () -> save(BOB, first, "{'type':'user','name':'ada','roles':[]}"));
        assertCode(ErrorCode.USER_ROLES_EDITED, () -> save(ADA, first, "{'type':'user','name':'ada','roles':['dev']}"));
        assertCode(
                ErrorCode.USER_PASSWORD_NOT_STRING,
                () -> save(UserContext.NODE, first, "{'type':'user','name':'ada','roles':[],'password':7}"));
        assertCode(
                ErrorCode.USER_DELETED_BY_OTHER,
                () -> guard.beforeWrite(users(), UserContext.ANONYMOUS, ADA_ID, true, deletion(first)));
        assertTrue(
                guard.beforeWrite(users(), ADA, ADA_ID, true, deletion(first)).deleted());
    }

    @Test
    void beforeWrite_replicated_isCheckedAgainstTheAncestorThatIsHere() {
        Revision first = save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':['dev'],'password':'x'}");
        RevisionPath path = new RevisionPath(3, List.of("cc", "bb", first.hash()));
        ParsedDocument promoted = new ParsedDocument(
                ADA_ID, path.newest(), false, path, List.of(), json("{'type':'user','name':'ada','roles':['boss']}"));
        RequestException refused =
                assertThrows(RequestException.class, () -> guard.beforeWrite(users(), ADA, ADA_ID, false, promoted));
        assertEquals("Only _admin may edit roles", refused.reason());
    }

    @Test
    void beforeShow_others_seePublicFieldsOnly() {
        save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':[],'city':'Turin'}");
        DocumentBody body = body();
        assertSame(body, guard.beforeShow(users(), UserContext.NODE, ADA_ID, body));
        assertSame(body, guard.beforeShow(users(), ADA, ADA_ID, body));
        assertCode(ErrorCode.MISSING, () -> guard.beforeShow(users(), BOB, ADA_ID, body));
        settings.change(Objects.requireNonNull(AccountSettings.PUBLIC_FIELDS.shownAs()), "name, city", false);
        assertEquals(
                "{\"name\":\"ada\",\"city\":\"Turin\"}",
                new String(guard.beforeShow(users(), BOB, ADA_ID, body).json(), StandardCharsets.UTF_8));
        RequestException design =
                assertThrows(RequestException.class, () -> guard.beforeShow(users(), ADA, "_design/_auth", body));
        assertEquals("Only administrators can view design docs in the users database.", design.reason());
    }

    @Test
    void beforeWrite_designDocuments_needADatabaseAdmin() {
        Database db = node.database("db");
        ParsedDocument design = document(null, "{}");
        assertCode(
                ErrorCode.ANONYMOUS_NOT_DATABASE_ADMIN,
                () -> guard.beforeWrite(db, UserContext.ANONYMOUS, "_design/x", true, design));
        assertCode(ErrorCode.NOT_DATABASE_ADMIN, () -> guard.beforeWrite(db, ADA, "_design/x", true, design));
        assertSame(design, guard.beforeWrite(db, ADA, "x", true, design));
        db.setSecurity(json("{'admins':{'names':['ada']}}"));
        assertSame(design, guard.beforeWrite(db, ADA, "_design/x", true, design));
        assertSame(design, guard.beforeWrite(db, UserContext.NODE, "_design/x", true, design));
    }

    @Test
    void authenticate_conflictsInTheUsersDocument_areToBeResolvedFirst() {
        save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':[],'password':'x'}");
        String session = session("ada", "x");
        addConflict();
        assertReason("User document conflicts", () -> login("ada", "x"));
        assertReason("User document conflicts", () -> authenticator.login("ada", "x", "", "p", false));
        assertReason(
                "User document conflicts",
                () -> authenticator.authenticate(new Credentials(_ -> null, session, "p", false)));
    }

    @Test
    void authenticate_conflictsInTheUsersDocument_areNobodyElsesAffair() {
        settings.change(new CouchKey("admins", "root"), passwords.hash("root").toAdmin(), false);
        save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':[],'password':'x'}");
        String session = session("ada", "x");
        String forged = session.substring(0, session.length() - 8) + "AAAAAAAA";
        addConflict();
        assertReason("Name or password", () -> login("ada", "y"));
        assertReason("Name or password", () -> login("nobody", "y"));
        assertNull(authenticator.login("ada", "y", "", "p", false));
        assertTrue(authenticator
                .authenticate(new Credentials(_ -> null, forged, "p", false))
                .user()
                .isAnonymous());
    }

    @Test
    void authenticate_conflictsInTheDocumentOfAnAdmin_keepNobodyOut() {
        settings.change(new CouchKey("admins", "ada"), passwords.hash("root").toAdmin(), false);
        save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':['dev'],'password':'x'}");
        addConflict();
        assertEquals(List.of("_admin"), login("ada", "root").user().roles());
    }

    private void addConflict() {
        users().write(
                        List.of(new DocumentEdit.Replicated(
                                ADA_ID,
                                new RevisionPath(1, List.of("0")),
                                false,
                                new DocumentBody(json("{'type':'user','name':'ada','roles':[]}"), List.of()))),
                        false);
    }

    private static void assertReason(String beginning, Executable login) {
        RequestException refused = assertThrows(RequestException.class, login);
        assertEquals(401, refused.status());
        assertTrue(refused.reason().startsWith(beginning), refused.reason());
    }

    @Test
    void authenticate_hashMadeAnew_isLeftAloneForAWhile() {
        CouchKey prf = new CouchKey("chttpd_auth", "pbkdf2_prf");
        settings.change(prf, "sha224", false);
        save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':[],'password':'x'}");
        settings.change(prf, "sha256", false);
        loginUntil("sha256", 0);
        settings.change(prf, "sha384", false);
        login("ada", "x");
        settings.change(prf, "sha512", false);
        loginUntil("sha512", 5_000);
        try (var reader = users().door().newest(Visibility.EVERYTHING)) {
            Revision newest = Objects.requireNonNull(reader.documents().find(ADA_ID))
                    .winner()
                    .revision();
            assertEquals(3, newest.generation(), "sha384 came too soon after sha256");
        }
    }

    /** The hash is made in the background, which ends a while after it has been stored. */
    private void loginUntil(String prf, long stepMs) {
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
            clock.advanceMs(stepMs);
            login("ada", "x");
            return prf.equals(UserDocument.parse(body().json()).text("pbkdf2_prf"));
        });
    }

    @Test
    void authenticate_adminWithAUserDocument_hasItsRolesBesides() {
        settings.change(new CouchKey("admins", "ada"), passwords.hash("root").toAdmin(), false);
        save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':['dev'],'password':'x'}");
        assertEquals(List.of("_admin", "dev"), login("ada", "root").user().roles());
        assertThrows(RequestException.class, () -> login("ada", "x"));
    }

    @Test
    void authenticate_secondFactor_isAskedForBySessionsAndRulesOutBasic() {
        save(
                UserContext.NODE,
                null,
                "{'type':'user','name':'ada','roles':[],'password':'x','totp':{'key':'GEZDGNBVGY3TQOJQ'}}");
        assertCode(ErrorCode.WRONG_CREDENTIALS, () -> login("ada", "x"));
        assertNull(authenticator.login("ada", "x", "000000", "p", false));
        String token = new OneTimePassword("GEZDGNBVGY3TQOJQ", "sha", 6).password(0);
        NodeAuthenticator.Login login = authenticator.login("ada", "x", token, "p", false);
        assertEquals(ADA, login == null ? null : plain(login.user()));
    }

    @Test
    void authenticate_agingSession_isRenewed() {
        save(UserContext.NODE, null, "{'type':'user','name':'ada','roles':[],'password':'x'}");
        String session = session("ada", "x");
        assertEquals(
                null,
                authenticator
                        .authenticate(new Credentials(_ -> null, session, "p", false))
                        .renewedSession());
        clock.advanceMs(100_000);
        String renewed = authenticator
                .authenticate(new Credentials(_ -> null, session, "p", false))
                .renewedSession();
        assertTrue(renewed != null && !renewed.equals(session));
        clock.advanceMs(550_000);
        assertTrue(authenticator
                .authenticate(new Credentials(_ -> null, session, "p", false))
                .user()
                .isAnonymous());
        assertEquals(
                ADA,
                plain(authenticator
                        .authenticate(new Credentials(_ -> null, renewed, "p", false))
                        .user()));
    }

    /** Without what it proved it by. */
    private static UserContext plain(UserContext user) {
        return new UserContext(user.name(), user.roles(), user.authenticatedBy());
    }

    private NodeAuthenticator authenticator() {
        Admins admins = new Admins(settings, passwords, new SecureRandom());
        SessionCookie cookies = new SessionCookie(settings, clock);
        cookies.ensureSecret(new SecureRandom());
        return new NodeAuthenticator(
                settings,
                new UserDirectory(node, admins, settings),
                STORE,
                passwords,
                new Refusals(settings, passwords, clock),
                new Lockout(settings, clock),
                cookies,
                () -> JsonLimits.DEFAULT,
                clock);
    }

    private Authentication login(String name, String password) {
        String basic = Base64.getEncoder().encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8));
        return authenticator.authenticate(new Credentials(_ -> "Basic " + basic, null, "p", false));
    }

    private String session(String name, String password) {
        NodeAuthenticator.Login login = authenticator.login(name, password, "", "p", false);
        String cookie = login == null ? "" : login.cookie();
        return cookie.substring("AuthSession=".length(), cookie.indexOf(';'));
    }

    private Database users() {
        return node.database("_users");
    }

    private Revision save(UserContext user, @Nullable Revision parent, String json) {
        ParsedDocument stored = guard.beforeWrite(users(), user, ADA_ID, true, document(parent, json));
        DocumentEdit edit = new DocumentEdit.Update(
                ADA_ID,
                parent,
                false,
                new DocumentBody(stored.json(), List.of()),
                CanonicalJson.digest(stored.json(), 0, stored.json().length));
        EditResult result = users().write(List.of(edit), false).results().getFirst();
        return ((EditResult.Accepted) result).revision();
    }

    private DocumentBody body() {
        try (var reader = users().door().newest(Visibility.EVERYTHING)) {
            var record = Objects.requireNonNull(reader.documents().find(ADA_ID));
            return Objects.requireNonNull(
                    reader.documents().body(ADA_ID, record.winner().revision()));
        }
    }

    /** The stored hash, for an edit that keeps it. */
    private String passwordMembers() {
        UserDocument document = UserDocument.parse(body().json());
        return "'password_scheme':'pbkdf2','pbkdf2_prf':'sha256','salt':'" + document.text("salt")
                + "','iterations':10," + "'derived_key':'" + document.text("derived_key") + "'";
    }

    private static ParsedDocument document(@Nullable Revision parent, String json) {
        return new ParsedDocument(ADA_ID, parent, false, null, List.of(), json(json));
    }

    private static ParsedDocument deletion(Revision parent) {
        return new ParsedDocument(ADA_ID, parent, true, null, List.of(), json("{}"));
    }

    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static void assertCode(ErrorCode code, Runnable work) {
        assertEquals(code, assertThrows(RequestException.class, work::run).code());
    }
}
