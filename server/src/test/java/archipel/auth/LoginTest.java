package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.DocumentEdit;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.engine.NodeOptions.Durability;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins by password: what guessing costs, and what it tells. */
class LoginTest {
    private static final InstantSource CLOCK = InstantSource.system();
    private static final String HERE = "10.0.0.1";

    @TempDir
    Path directory = Path.of("");

    private final Settings settings = Settings.of(Map.of(), Map.of("ARCHIPEL_PBKDF2_ITERATIONS", "100000"));
    private final Passwords passwords = new Passwords(settings, new SecureRandom(), CLOCK);
    private final Refusals refusals = new Refusals(passwords, CLOCK);
    private Node node;
    private NodeAuthenticator authenticator;

    @BeforeEach
    void open() {
        node = Node.open(directory.resolve("data"), NodeOptions.DEFAULT.withDurability(Durability.OS));
        node.create("_users");
        settings.change(new CouchKey("admins", "root"), passwords.hash("relax").toAdmin(), false);
        user("ada", "right");
        SessionCookie cookies = new SessionCookie(settings, CLOCK);
        cookies.ensureSecret(new SecureRandom());
        Admins admins = new Admins(settings, passwords, new SecureRandom());
        authenticator = new NodeAuthenticator(
                settings, new UserDirectory(node, admins, settings), passwords, refusals, cookies, CLOCK);
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void login_unknownNames_costNoHashing() {
        long before = passwords.hashed();
        for (int i = 0; i < 20; i++) {
            assertNull(login("nobody" + i, "x"));
        }
        assertEquals(before, passwords.hashed());
        assertNotNull(login("ada", "right"));
        assertEquals(before + 1, passwords.hashed());
    }

    @Test
    void login_wrong_takesAsLongForAllNames() {
        assertNotNull(login("ada", "right"));
        long before = passwords.hashed();
        for (String name : new String[] {"ada", "root", "nobody"}) {
            long due = 2 * passwords.expectedMs(1);
            long start = CLOCK.millis();
            assertNull(login(name, "wrong"));
            long took = CLOCK.millis() - start;
            assertTrue(took >= due * 3 / 4, name + " took " + took + " ms, and hashing takes " + due / 2);
        }
        assertEquals(before + 1, passwords.hashed(), "root's alone: ada's was compared with what is remembered");
    }

    @Test
    void login_stopped_doesNotWait() {
        refusals.close();
        settings.change(new CouchKey("chttpd_auth", "iterations"), "100000000", false);
        assertNull(login("nobody", "x"));
    }

    @Test
    void login_lockedForAnAddress_letsTheAdminInAndNobodyElse() {
        for (String name : new String[] {"ada", "root"}) {
            for (int i = 0; i < 5; i++) {
                assertNull(login(name, "guess" + i));
            }
            assertEquals(
                    ErrorCode.LOCKED_OUT,
                    assertThrows(RequestException.class, () -> login(name, "guess"))
                            .code());
        }
        assertThrows(RequestException.class, () -> login("ada", "right"));
        assertNotNull(login("root", "relax"));
        assertNotNull(authenticator.login("ada", "right", "", "10.0.0.2", false));
    }

    @Test
    void login_placesTaken_isRefusedAlikeForAllNamesButRememberedPasswords() throws InterruptedException {
        assertNotNull(login("root", "relax"));
        settings.change(new CouchKey("chttpd_auth", "iterations"), "1000000", false);
        List<Thread> guesses = new ArrayList<>();
        int placesAndSlots = 8 + Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        long before = passwords.hashed();
        for (int i = 0; i < placesAndSlots; i++) {
            guesses.add(Thread.ofVirtual().start(() -> passwords.hash("x", "salt", HERE)));
        }
        while (passwords.hashed() == before && !isFull()) {
            Thread.onSpinWait();
        }
        for (String name : new String[] {"ada", "nobody"}) {
            assertEquals(
                    ErrorCode.TOO_MANY_LOGINS,
                    assertThrows(RequestException.class, () -> login(name, "x")).code());
        }
        assertNotNull(login("root", "relax"));
        for (Thread guess : guesses) {
            guess.join();
        }
    }

    private boolean isFull() {
        try {
            passwords.requirePlace(HERE);
            return false;
        } catch (RequestException full) {
            return true;
        }
    }

    private NodeAuthenticator.@Nullable Login login(String name, String password) {
        return authenticator.login(name, password, "", HERE, false);
    }

    private void user(String name, String password) {
        byte[] json = UserDocument.parse(
                        ("{\"type\":\"user\",\"roles\":[],\"name\":\"" + name + "\"}").getBytes(StandardCharsets.UTF_8))
                .withHash(passwords.hash(password));
        DocumentEdit edit = new DocumentEdit.Update(
                UserDocument.ID_PREFIX + name,
                null,
                false,
                new DocumentBody(json, List.of()),
                CanonicalJson.digest(json, 0, json.length));
        assertTrue(node.database("_users").write(List.of(edit), true).applied());
    }
}
