package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import archipel.auth.AccountSettings.Prf;
import archipel.auth.UserDirectory.Found;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.settings.Setting.CouchKey;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What of a user's identity is left while a request is under way, whatever happens to the account. */
class IdentitiesTest {
    private static final List<String> DEV = List.of("dev");
    private static final CouchKey ROOT = new CouchKey("admins", "root");

    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
    private final Settings settings =
            Settings.of(SettingCatalog.of(AccountSettings.GROUP), Map.of(), Map.of("ARCHIPEL_PBKDF2_ITERATIONS", "10"));
    private final Passwords passwords = new Passwords(settings, new SecureRandom(), clock);
    private Node node;
    private UserDirectory directory;
    private NodeAuthenticator authenticator;
    private PasswordHash right;
    private Revision stored;

    @BeforeEach
    void open(@TempDir Path data) {
        node = Node.open(data, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        node.create("_users");
        settings.change(ROOT, passwords.hash("relax").toAdmin(), false);
        Admins admins = new Admins(settings, passwords, new SecureRandom());
        SessionCookie cookies = new SessionCookie(settings, clock);
        cookies.ensureSecret(new SecureRandom());
        directory = new UserDirectory(node, admins, settings);
        authenticator = new NodeAuthenticator(
                settings,
                directory,
                (users, id, replaced, body) -> false,
                passwords,
                new Refusals(settings, passwords, clock),
                new Lockout(settings, clock),
                cookies,
                () -> JsonLimits.DEFAULT,
                clock);
        right = passwords.hash("right");
        stored = put("ada", null, DEV, right);
    }

    @AfterEach
    void close() {
        node.close();
    }

    /**
     * What happens to an account, and what is left.
     *
     * @param session the roles that who has a session has then, or the refusal
     * @param password the same of who gave the password
     */
    private record Event(Run happens, Object session, Object password) {}

    @FunctionalInterface
    private interface Run {
        void on(IdentitiesTest test);
    }

    private static Map<String, Event> events() {
        ErrorCode revoked = ErrorCode.CREDENTIALS_REVOKED;
        Map<String, Event> events = new LinkedHashMap<>();
        events.put("nothing", new Event(_ -> {}, DEV, DEV));
        events.put("another account changes", new Event(test -> test.put("bob", null, DEV, test.right), DEV, DEV));
        events.put("other fields", new Event(test -> test.ada(DEV, test.right), DEV, DEV));
        events.put("deleted", new Event(IdentitiesTest::delete, revoked, revoked));
        events.put(
                "another password", new Event(test -> test.ada(DEV, test.passwords.hash("other")), revoked, revoked));
        events.put(
                "deleted and made again with the same password",
                new Event(
                        test -> {
                            test.delete();
                            test.put("ada", null, DEV, test.passwords.hash("right"));
                        },
                        revoked,
                        revoked));
        events.put(
                "another password with the same salt", // preserve_salt, which is there for sessions to go on
                new Event(test -> test.ada(DEV, test.passwords.hash("other", test.right.salt())), DEV, revoked));
        events.put(
                "a stronger hash of the same password",
                new Event(
                        test -> {
                            test.settings.change(new CouchKey("chttpd_auth", "iterations"), "20", false);
                            test.ada(DEV, test.passwords.strengthened(test.right, "right"));
                        },
                        DEV,
                        DEV));
        events.put(
                "a weaker hash",
                new Event(
                        test -> test.ada(DEV, PasswordHash.create("other", test.right.salt(), Prf.SHA256, 5)),
                        DEV,
                        revoked));
        events.put("no password", new Event(test -> test.ada(DEV, null), revoked, revoked));
        events.put("a role lost", new Event(test -> test.ada(List.of(), test.right), List.of(), List.of()));
        events.put(
                "a role gained",
                new Event(
                        test -> test.ada(List.of("dev", "ops"), test.right),
                        List.of("dev", "ops"),
                        List.of("dev", "ops")));
        events.put(
                "conflicts", new Event(IdentitiesTest::conflict, ErrorCode.USER_CONFLICTED, ErrorCode.USER_CONFLICTED));
        events.put("no database of users", new Event(test -> test.node.delete("_users"), revoked, revoked));
        events.put(
                "another database of users",
                new Event(
                        test -> {
                            test.node.delete("_users");
                            test.node.create("_users");
                        },
                        revoked,
                        revoked));
        events.put(
                "another secret of sessions",
                new Event(
                        test -> test.settings.change(new CouchKey("chttpd_auth", "secret"), "s", false), revoked, DEV));
        events.put("an hour", new Event(test -> test.clock.advanceMs(3_600_000), DEV, DEV));
        return events;
    }

    private static Stream<String> names() {
        return events().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void present_after_isWhatIsLeft(String name) {
        Event event = events().get(name);
        UserContext session = session("ada", "right");
        UserContext password = basic("ada", "right");
        // Also for who has asked before, and remembers what it heard.
        UserContext asked = basic("ada", "right");
        assertSame(asked, directory.present(asked));
        event.happens.on(this);
        assertEquals(event.session, present(session), name);
        assertEquals(event.password, present(password), name);
        assertEquals(event.password, present(asked), name);
        // The second answer is the first one.
        assertEquals(event.session, present(session), name);
        assertEquals(event.password, present(asked), name);
    }

    @Test
    void present_ofAnAdmin_endsWithItAndItsPassword() {
        UserContext root = basic("root", "relax");
        PasswordHash before = PasswordHash.parseAdmin(String.valueOf(settings.stored(ROOT)));
        assertSame(root, directory.present(root));
        settings.change(ROOT, passwords.strengthened(before, "relax").toAdmin(), false);
        assertSame(root, directory.present(root));
        put("root", null, DEV, right);
        assertEquals(List.of("_admin", "dev"), present(root));
        settings.change(ROOT, passwords.hash("relax").toAdmin(), false);
        assertEquals(ErrorCode.CREDENTIALS_REVOKED, present(root));
        UserContext again = basic("root", "relax");
        settings.change(ROOT, null, false);
        assertEquals(ErrorCode.CREDENTIALS_REVOKED, present(again));
    }

    @Test
    void present_ofAToken_endsWithItsTime() {
        Proof proof = new Proof.Expiring(clock.millis() / 1000.0 + 60, clock);
        UserContext ada = new UserContext("nobody here", DEV, "jwt", proof);
        clock.advanceMs(59_999);
        assertSame(ada, directory.present(ada));
        clock.advanceMs(1);
        assertEquals(ErrorCode.TOKEN_EXPIRED, present(ada));
    }

    @Test
    void present_ofAMember_endsWithItsMembership() {
        Set<String> members = new HashSet<>(Set.of("a1"));
        PeerDoor door = new PeerDoor() {
            @Override
            public UserContext peer(X509Certificate[] shown) {
                return UserContext.peer("a1", members.contains("a1"), this);
            }

            @Override
            public boolean isMember(String fingerprint) {
                return members.contains(fingerprint);
            }

            @Override
            public boolean shows(UserContext peer, String database) {
                return true;
            }
        };
        UserContext member = door.peer(new X509Certificate[0]);
        assertSame(member, directory.present(member));
        members.clear();
        assertEquals(ErrorCode.NOT_FOR_PEERS, present(member));
        UserContext stranger = door.peer(new X509Certificate[0]);
        assertSame(stranger, directory.present(stranger));
    }

    @Test
    void present_ofOthers_lasts() {
        for (UserContext user :
                List.of(UserContext.ANONYMOUS, UserContext.NODE, new UserContext("nobody here", DEV, "proxy"))) {
            assertSame(user, directory.present(user));
        }
    }

    /** Ten thousand feeds must not look for a document each as long as no account has changed. */
    @Test
    void find_knownAndUnchanged_isNotLookedFor() {
        Found found = directory.find("ada", null);
        assertSame(found, directory.find("ada", found));
        put("bob", null, DEV, right);
        assertNotSame(found, directory.find("ada", found));
    }

    /** The roles, or why there are none. */
    private Object present(UserContext user) {
        try {
            return directory.present(user).roles();
        } catch (RequestException e) {
            return e.code();
        }
    }

    private UserContext basic(String name, String password) {
        String pair = Base64.getEncoder().encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8));
        return authenticator
                .authenticate(new Credentials(_ -> "Basic " + pair, null, "p", false))
                .user();
    }

    private UserContext session(String name, String password) {
        NodeAuthenticator.Login login = authenticator.login(name, password, "", "p", false);
        String cookie = login == null ? "" : login.cookie();
        String value = cookie.substring("AuthSession=".length(), cookie.indexOf(';'));
        UserContext user = authenticator
                .authenticate(new Credentials(_ -> null, value, "p", false))
                .user();
        assertEquals("cookie", user.authenticatedBy());
        return user;
    }

    private void ada(List<String> roles, @Nullable PasswordHash hash) {
        stored = put("ada", stored, roles, hash);
    }

    private Revision put(String name, @Nullable Revision replaced, List<String> roles, @Nullable PasswordHash hash) {
        String list = roles.isEmpty() ? "" : "\"" + String.join("\",\"", roles) + "\"";
        String json = "{\"type\":\"user\",\"name\":\"" + name + "\",\"roles\":[" + list + "]}";
        UserDocument document = UserDocument.parse(json.getBytes(StandardCharsets.UTF_8));
        byte[] body = hash == null ? json.getBytes(StandardCharsets.UTF_8) : document.withHash(hash);
        return write(name, replaced, false, body);
    }

    private void delete() {
        write("ada", stored, true, "{}".getBytes(StandardCharsets.UTF_8));
    }

    private Revision write(String name, @Nullable Revision replaced, boolean deleted, byte[] json) {
        DocumentEdit edit = new DocumentEdit.Update(
                UserDocument.ID_PREFIX + name,
                replaced,
                deleted,
                new DocumentBody(json, List.of()),
                CanonicalJson.digest(json, 0, json.length));
        EditResult result =
                node.database("_users").write(List.of(edit), false).results().getFirst();
        return ((EditResult.Accepted) result).revision();
    }

    private void conflict() {
        RevisionPath path = RevisionPath.of(Revision.parse("1-00000000000000000000000000000000"));
        byte[] json = "{\"type\":\"user\",\"name\":\"ada\",\"roles\":[]}".getBytes(StandardCharsets.UTF_8);
        node.database("_users")
                .write(
                        List.of(new DocumentEdit.Replicated(
                                UserDocument.ID_PREFIX + "ada", path, false, new DocumentBody(json, List.of()))),
                        false);
    }
}
