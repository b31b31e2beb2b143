package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.AccountSettings;
import archipel.auth.Admins;
import archipel.auth.PasswordHash;
import archipel.auth.Passwords;
import archipel.changes.Digests;
import archipel.changes.SteadyClock;
import archipel.settings.Setting.CouchKey;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class GivenPasswordsTest {

    private final AtomicReference<String> stored = new AtomicReference<>();
    private final GivenPasswords given = new GivenPasswords(stored::get, stored::set, GivenPasswordsTest::hash);

    @Test
    void add_severalNamesAndPasswords_areToldApart() {
        assertFalse(given.contains("ada", "one"));
        given.add("ada", "one");
        given.add("ada", "one");
        given.add("ada", "two");
        assertTrue(given.contains("ada", "one"));
        assertTrue(given.contains("ada", "two"));
        assertFalse(given.contains("bob", "one"));
        assertEquals(2, stored.get().split(" ").length);
        assertFalse(stored.get().contains("one"));
        assertFalse(new GivenPasswords(stored::get, stored::set, purpose -> hash("other" + purpose))
                .contains("ada", "one"));
    }

    @Test
    void add_many_keepsTheNewest() {
        for (int i = 0; i < 200; i++) {
            given.add("ada", "password " + i);
        }
        assertTrue(given.contains("ada", "password 199"));
        assertFalse(given.contains("ada", "password 0"));
        assertTrue(stored.get().length() < 4000);
    }

    /** Who leads next may have been started with a password that was changed since. */
    @Test
    void prepare_leadingAgainAfterAChange_leavesThePassword() {
        Settings settings = Settings.of(
                SettingCatalog.of(AccountSettings.GROUP),
                Map.of("pbkdf2_iterations", "10"),
                Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"));
        Passwords passwords = new Passwords(settings, new SecureRandom(), SteadyClock.system());
        Admins admins = new Admins(settings, passwords, new SecureRandom());
        admins.prepare((name, made) -> {}, Runnable::run, given);
        admins.awaitReady();
        assertTrue(isRight(passwords, settings, "one"));
        admins.set("admin", "two", true, () -> {});
        admins.prepare((name, made) -> {}, Runnable::run, given);
        admins.awaitReady();
        assertTrue(isRight(passwords, settings, "two"));
    }

    private static byte[] hash(String text) {
        return Digests.sha256().bytes(text.getBytes(StandardCharsets.UTF_8)).finish();
    }

    private static boolean isRight(Passwords passwords, Settings settings, String password) {
        return passwords.check(
                "admin",
                Objects.requireNonNull(PasswordHash.parseAdmin(
                        Objects.requireNonNull(settings.stored(new CouchKey("admins", "admin"))))),
                password);
    }
}
