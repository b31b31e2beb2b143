package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.SteadyClock;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    private final Settings settings =
            Settings.of(SettingCatalog.of(AccountSettings.GROUP), Map.of("pbkdf2_iterations", "10"), Map.of());
    private final Passwords passwords = new Passwords(settings, new SecureRandom(), SteadyClock.system());

    @Test
    void check_rightOrWrong_alsoOnceRemembered() {
        PasswordHash hash = passwords.hash("secret");
        for (int round = 0; round < 3; round++) {
            assertTrue(passwords.check("ada", hash, "secret"));
            assertFalse(passwords.check("ada", hash, "Secret"));
            assertFalse(passwords.check("ada", hash, ""));
        }
    }

    @Test
    void check_onceRemembered_doesNotHashAgain() {
        PasswordHash slow = new Passwords(
                        Settings.of(
                                SettingCatalog.of(AccountSettings.GROUP),
                                Map.of("pbkdf2_iterations", "100000"),
                                Map.of()),
                        new SecureRandom(),
                        SteadyClock.system())
                .hash("secret");
        assertTrue(passwords.check("ada", slow, "secret"));
        // Thousands of slow checks would take many minutes, with right as with wrong passwords.
        for (int i = 0; i < 1_000; i++) {
            assertTrue(passwords.check("ada", slow, "secret"));
            assertFalse(passwords.check("ada", slow, "guess" + i));
        }
    }

    @Test
    void check_hashChanged_oldPasswordIsWrong() {
        assertTrue(passwords.check("ada", passwords.hash("old"), "old"));
        PasswordHash changed = passwords.hash("new");
        assertFalse(passwords.check("ada", changed, "old"));
        assertTrue(passwords.check("ada", changed, "new"));
        assertFalse(passwords.check("ada", changed, "old"));
    }

    /** The first hash comes when the machine is busy starting, and nothing is hashed again while names are unknown. */
    @Test
    void expectedMs_firstHashWasSlow_followsTheTimeOfNow() {
        AtomicLong nowMs = new AtomicLong();
        AtomicLong stepMs = new AtomicLong(5_000);
        Passwords started = new Passwords(
                Settings.of(SettingCatalog.of(AccountSettings.GROUP), Map.of("pbkdf2_iterations", "100000"), Map.of()),
                new SecureRandom(),
                () -> nowMs.addAndGet(stepMs.get()));
        assertEquals(5_000, started.expectedMs(1));
        stepMs.set(1);
        nowMs.addAndGet(60_000);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> started.expectedMs(1) < 100);
        long hashed = started.hashed();
        for (int i = 0; i < 1_000; i++) {
            assertTrue(started.expectedMs(1) < 100);
        }
        assertEquals(hashed, started.hashed(), "a time of now is not measured again");
    }

    @Test
    void hash_samePassword_hasAnotherSaltEachTime() {
        PasswordHash first = passwords.hash("secret");
        assertEquals(32, first.salt().length());
        assertEquals(10, first.iterations());
        assertNotEquals(first.salt(), passwords.hash("secret").salt());
    }
}
