package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.SteadyClock;
import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.engine.NodeOptions.Durability;
import archipel.settings.Setting.CouchKey;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
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

    private final Settings settings = Settings.of(
            SettingCatalog.of(AccountSettings.GROUP),
            Map.of(),
            Map.of("ARCHIPEL_PBKDF2_ITERATIONS", "40000", "ARCHIPEL_LOCKED_ATTEMPTS_PER_SECOND", "100"));
    private final SteadyClock steady = SteadyClock.system();
    /** How far the lock-out's clock is ahead of that. */
    private final AtomicLong aheadMs = new AtomicLong();
    /** Hashing looks at its clock before it begins, which waits for this. */
    private volatile CountDownLatch hashing = new CountDownLatch(0);

    private final Passwords passwords = new Passwords(settings, new SecureRandom(), this::onceAllowed);
    private final Refusals refusals = new Refusals(settings, passwords, steady);
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
        settings.change(new CouchKey("admins", "root"), passwords.hash("relax").toAdmin(), false);
        user("ada", "right");
        SessionCookie cookies = new SessionCookie(settings, CLOCK);
        cookies.ensureSecret(new SecureRandom());
        Admins admins = new Admins(settings, passwords, new SecureRandom());
        authenticator = new NodeAuthenticator(
                settings,
                new UserDirectory(node, admins, settings),
                STORE,
                passwords,
                refusals,
                new Lockout(settings, () -> steady.millis() + aheadMs.get()),
                cookies,
                () -> JsonLimits.DEFAULT,
                CLOCK);
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void login_unknownNames_costNoHashing() {
        long before = passwords.hashed();
        long startMs = steady.millis();
        for (int i = 0; i < 20; i++) {
            assertNull(login("nobody" + i, "x"));
        }
        // How long hashing takes is measured again every ten seconds, for however many names.
        long measured = passwords.hashed() - before;
        assertTrue(measured <= (steady.millis() - startMs) / 10_000, measured + " passwords were hashed");
        assertNotNull(login("ada", "right"));
        assertTrue(passwords.hashed() > before + measured);
    }

    @Test
    void login_wrong_takesAsLongForAllNames() {
        settings.change(new CouchKey("chttpd_auth_lockout", "mode"), "off", false);
        assertNotNull(login("ada", "right"));
        long before = passwords.hashed();
        List<String> names = List.of("ada", "root", "nobody");
        Map<String, Long> leastMs = new HashMap<>();
        int rounds = 5;
        for (int i = 0; i < rounds; i++) {
            for (String name : names) {
                long startMs = steady.millis();
                assertNull(login(name, "wrong"));
                leastMs.merge(name, steady.millis() - startMs, Math::min);
            }
        }
        // Root's, and what measures the time anew; ada's are compared with what is remembered.
        assertTrue(passwords.hashed() < before + 2 * rounds, passwords.hashed() - before + " passwords were hashed");
        // The least of several, since other work on the machine only ever adds to it.
        long shortest = Collections.min(leastMs.values());
        long longest = Collections.max(leastMs.values());
        assertTrue(longest < 2 * shortest, "milliseconds to a refusal: " + leastMs);
    }

    @Test
    void login_stopped_doesNotWait() {
        refusals.close();
        settings.change(new CouchKey("chttpd_auth", "iterations"), "100000000", false);
        assertNull(login("nobody", "x"));
    }

    @Test
    void login_beforeAnyAdminIsKnown_saysSoAndCountsForNothing() {
        CouchKey root = new CouchKey("admins", "root");
        String hash = settings.stored(root);
        settings.change(root, null, false);
        for (int i = 0; i < 20; i++) {
            assertEquals(
                    ErrorCode.ENSEMBLE_FORMING,
                    assertThrows(RequestException.class, () -> login("root", "relax"))
                            .code());
        }
        assertNotNull(login("ada", "right"));
        settings.change(root, hash, false);
        assertNotNull(login("root", "relax"));
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
    void login_lockedAdmin_isGuessedAtNoFasterThanTurnsAre() throws InterruptedException {
        int perSecond = settings.get(AccountSettings.LOCKED_ATTEMPTS_PER_SECOND);
        settings.change(new CouchKey("chttpd_auth", "iterations"), "1", false);
        assertNotNull(login("root", "relax"));
        for (int i = 0; i < 5; i++) {
            assertNull(login("root", "guess" + i));
        }
        long before = passwords.compared();
        long startMs = steady.millis();
        List<Thread> guesses = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            guesses.add(Thread.ofVirtual().start(() -> assertTrue(isRefused("guess"))));
        }
        assertNotNull(login("root", "relax"));
        long compared = passwords.compared() - before;
        long tookMs = steady.millis() - startMs;
        assertTrue(compared <= 2 + tookMs * perSecond / 1_000, compared + " guesses in " + tookMs + " ms");
        refusals.close();
        for (Thread guess : guesses) {
            guess.join();
        }
    }

    @Test
    void login_secondFactorGuessed_locksTheAccount() {
        user("eve", "right", ",\"totp\":{\"key\":\"GEZDGNBVGY3TQOJQ\"}");
        for (int i = 0; i < 5; i++) {
            assertNull(authenticator.login("eve", "right", "00000" + i, HERE, false));
        }
        RequestException refused =
                assertThrows(RequestException.class, () -> authenticator.login("eve", "right", "000005", HERE, false));
        assertEquals(ErrorCode.LOCKED_OUT, refused.code());
    }

    @Test
    void login_placesTaken_isRefusedAlikeForAllNamesButRememberedPasswords() throws InterruptedException {
        assertNotNull(login("root", "relax"));
        List<Thread> guesses = takePlaces();
        for (String name : new String[] {"ada", "nobody"}) {
            assertEquals(
                    ErrorCode.TOO_MANY_LOGINS,
                    assertThrows(RequestException.class, () -> login(name, "x")).code());
        }
        assertNotNull(login("root", "relax"));
        hashing.countDown();
        for (Thread guess : guesses) {
            guess.join();
        }
    }

    /** Otherwise whoever keeps the places taken could try any number of passwords of a user who has logged in. */
    @Test
    void login_placesTaken_comparesFewWrongPasswordsAndShowsNothingOfIt() throws InterruptedException {
        assertNotNull(login("ada", "right"));
        List<Thread> guesses = takePlaces();
        long before = passwords.compared();
        for (int i = 0; i < 50; i++) {
            for (String name : new String[] {"ada", "root", "nobody"}) {
                assertEquals(
                        ErrorCode.TOO_MANY_LOGINS,
                        assertThrows(RequestException.class, () -> login(name, "x"))
                                .code());
            }
        }
        assertEquals(before + settings.get(AccountSettings.LOCKOUT_THRESHOLD), passwords.compared());
        hashing.countDown();
        for (Thread guess : guesses) {
            guess.join();
        }
        assertNotNull(login("ada", "right"));
        assertNull(login("ada", "wrong"));
        assertNull(login("root", "wrong"));
        assertNull(login("nobody", "wrong"));
    }

    @Test
    void login_placesTakenAndAdminGuessedAt_letsTheAdminInAndComparesNoFasterThanTurnsAre() throws Exception {
        assertNotNull(login("ada", "right"));
        assertNotNull(login("root", "relax"));
        List<Thread> guesses = takePlaces();
        int threshold = settings.get(AccountSettings.LOCKOUT_THRESHOLD);
        long before = passwords.compared();
        long startMs = steady.millis();
        for (int i = 0; i < 1_000; i++) {
            for (String name : new String[] {"ada", "root"}) {
                assertEquals(
                        ErrorCode.TOO_MANY_LOGINS,
                        assertThrows(RequestException.class, () -> login(name, "guess"))
                                .code());
            }
        }
        long compared = passwords.compared() - before;
        long tookMs = steady.millis() - startMs;
        int perSecond = settings.get(AccountSettings.LOCKED_ATTEMPTS_PER_SECOND);
        assertTrue(compared >= 2 * threshold + 1, compared + " guesses");
        assertTrue(
                compared <= 2 * threshold + 2 + tookMs * perSecond / 1_000, compared + " guesses in " + tookMs + " ms");
        // Refused where a guess had the turn; a turn comes every hundredth of a second.
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(RequestException.class)
                .until(() -> login("root", "relax") != null);
        assertThrows(RequestException.class, () -> login("ada", "right"));
        hashing.countDown();
        for (Thread guess : guesses) {
            guess.join();
        }
    }

    /** Otherwise whoever tries again while places are taken would keep the account locked. */
    @Test
    void login_lockedAndPlacesTaken_isNoAttempt() throws InterruptedException {
        String[] names = {"ada", "root", "nobody"};
        for (String name : names) {
            for (int i = 0; i < settings.get(AccountSettings.LOCKOUT_THRESHOLD); i++) {
                assertNull(login(name, "guess" + i));
            }
        }
        List<Thread> guesses = takePlaces();
        int lockMs = settings.get(AccountSettings.LOCKOUT_MS);
        aheadMs.addAndGet(lockMs / 2);
        for (String name : names) {
            assertEquals(
                    ErrorCode.TOO_MANY_LOGINS,
                    assertThrows(RequestException.class, () -> login(name, "relax"))
                            .code());
        }
        hashing.countDown();
        for (Thread guess : guesses) {
            guess.join();
        }
        aheadMs.addAndGet(lockMs / 2 + 1_000);
        for (String name : names) {
            assertNull(login(name, "wrong"));
        }
    }

    /** What is not remembered is not compared: refused for want of a place, it is no attempt. */
    @Test
    void login_placesTaken_locksNobodyOutWhoTriesAgain() throws InterruptedException {
        List<Thread> guesses = takePlaces();
        for (int i = 0; i < 20; i++) {
            assertThrows(RequestException.class, () -> login("ada", "right"));
        }
        hashing.countDown();
        for (Thread guess : guesses) {
            guess.join();
        }
        assertNotNull(login("ada", "right"));
    }

    private List<Thread> takePlaces() {
        hashing = new CountDownLatch(1);
        List<Thread> guesses = new ArrayList<>();
        int placesAndSlots = 8 + Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        for (int i = 0; i < placesAndSlots; i++) {
            guesses.add(Thread.ofVirtual().start(() -> passwords.hash("x", "salt", HERE)));
        }
        while (!passwords.isFull(HERE)) {
            Thread.onSpinWait();
        }
        return guesses;
    }

    /** As wrong, which a few are once the admin has logged in, as locked, or for want of a turn. */
    private boolean isRefused(String password) {
        try {
            return login("root", password) == null;
        } catch (RequestException refused) {
            return refused.code() == ErrorCode.LOCKED_OUT || refused.code() == ErrorCode.TOO_MANY_LOGINS;
        }
    }

    private long onceAllowed() {
        try {
            hashing.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return steady.millis();
    }

    private NodeAuthenticator.@Nullable Login login(String name, String password) {
        return authenticator.login(name, password, "", HERE, false);
    }

    private void user(String name, String password) {
        user(name, password, "");
    }

    private void user(String name, String password, String more) {
        byte[] json = UserDocument.parse(("{\"type\":\"user\",\"roles\":[],\"name\":\"" + name + "\"" + more + "}")
                        .getBytes(StandardCharsets.UTF_8))
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
