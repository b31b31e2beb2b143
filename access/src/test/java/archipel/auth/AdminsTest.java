package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.AccountSettings.Prf;
import archipel.changes.SteadyClock;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.RuntimeStore;
import archipel.settings.Setting.CouchKey;
import archipel.settings.SettingCatalog;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class AdminsTest {
    private static final String OTHERS =
            "-pbkdf2:sha256-0123456789012345678901234567890123456789012345678901234567890123,salt,10";

    private final TreeMap<String, String> facts = new TreeMap<>();
    private boolean overtaken;
    private Runnable beforePut = () -> {};
    private final Map<String, String> announced = new HashMap<>();

    @TempDir
    Path directory = Path.of("");

    /** A stronger hash of a password is kept where the password is, and nowhere else. */
    @Test
    void replace_byAStrongerHash_lastsAsLongAsTheAdminDoes() {
        Started first = start(Map.of(), Map.of());
        first.admins.awaitReady();
        PasswordHash weak = Objects.requireNonNull(PasswordHash.parseAdmin(OTHERS));
        PasswordHash stronger = Objects.requireNonNull(PasswordHash.parseAdmin(OTHERS.replace(",10", ",20")));
        for (boolean persist : new boolean[] {false, true}) {
            String name = "ada-" + persist;
            first.admins.set(name, OTHERS, persist, () -> {});
            assertTrue(first.admins.replace(name, weak, stronger));
            assertEquals(stronger, first.admins.find(name));
            assertEquals(persist, facts.toString().contains(stronger.toAdmin()));
        }
        assertFalse(facts.toString().contains("ada-false"));
    }

    @Test
    void prepare_firstStart_makesAPasswordAndSaysItOnce() {
        Started first = start(Map.of(), Map.of());
        first.admins.awaitReady();
        String password = announced.getOrDefault("admin", "");
        assertEquals(22, password.length());
        assertTrue(first.isRight("admin", password));
        assertFalse(facts.toString().contains(password));

        announced.clear();
        Started second = start(Map.of(), Map.of());
        assertTrue(second.isRight("admin", password));
        assertEquals(Map.of(), announced);
    }

    @Test
    void prepare_passwordGiven_isTheAdmins() {
        assertTrue(start(Map.of("admin", "root"), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"))
                .isRight("root", "one"));
        String hash = facts.get("config/admins/root");
        assertTrue(start(Map.of("admin", "root"), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"))
                .isRight("root", "one"));
        assertEquals(hash, facts.get("config/admins/root"), "the same password is not hashed anew");

        Started changed = start(Map.of("admin", "root"), Map.of("ARCHIPEL_ADMIN_PASSWORD", "two"));
        assertTrue(changed.isRight("root", "two"));
        assertFalse(changed.isRight("root", "one"));
        assertEquals(Map.of(), announced);
    }

    @Test
    void prepare_anotherNameAskedFor_isMadeBesides() {
        start(Map.of("admin", "root"), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"))
                .admins
                .awaitReady();
        Started second = start(Map.of("admin", "ada"), Map.of());
        second.admins.awaitReady();
        assertTrue(second.isRight("root", "one"));
        assertTrue(second.isRight("ada", announced.getOrDefault("ada", "")));
    }

    @Test
    void prepare_passwordFile_itsFirstLineCounts() throws IOException {
        Path file = Files.writeString(directory.resolve("password"), "s3cret\nand a note\n");
        assertTrue(
                start(Map.of("admin_password_file", file.toString()), Map.of()).isRight("admin", "s3cret"));
        Path empty = Files.writeString(directory.resolve("empty"), "");
        assertThrows(SettingException.class, () -> start(Map.of("admin_password_file", empty.toString()), Map.of()));
        assertThrows(SettingException.class, () -> start(Map.of("admin_password_file", "/nowhere/x"), Map.of()));
    }

    /** In an ensemble that one does then what is left to do. */
    @Test
    void prepare_anotherNodeLeadsMeanwhile_nobodyWaitsForThisOne() {
        Started started = start(Map.of(), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"));
        Refusing given = new Refusing(ErrorCode.STALE_TERM, Integer.MAX_VALUE);
        started.admins.prepare((name, password) -> {}, Runnable::run, given);
        Awaitility.await().until(() -> given.asked.get() > 0);
        Awaitility.await().ignoreExceptions().until(() -> started.isRight("admin", "one"));
        assertTrue(started.admins.isAdmin("admin"));
        assertEquals(1, given.asked.get());
    }

    @Test
    void prepare_cannotBeEndedYet_isEndedLater() {
        Started started = start(Map.of(), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"));
        Refusing given = new Refusing(ErrorCode.NO_MAJORITY, 2);
        started.admins.prepare((name, password) -> {}, Runnable::run, given);
        Awaitility.await().until(() -> given.asked.get() == 3);
        assertTrue(started.isRight("admin", "one"));
    }

    /** Refuses to remember a password, so many times. */
    private static final class Refusing implements Admins.Given {
        private final ErrorCode code;
        private final int times;
        private final AtomicInteger asked = new AtomicInteger();

        Refusing(ErrorCode code, int times) {
            this.code = code;
            this.times = times;
        }

        @Override
        public boolean contains(String name, String password) {
            return false;
        }

        @Override
        public void add(String name, String password) {
            if (asked.incrementAndGet() <= times) {
                throw new RequestException(code);
            }
        }
    }

    @Test
    void set_passwordOrHash_isStoredHashed() {
        Started started = start(Map.of(), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"));
        started.admins.set("ada", "secret", true, () -> {});
        assertTrue(started.isRight("ada", "secret"));
        assertFalse(facts.toString().contains("secret"));
        started.admins.set(
                "bob", PasswordHash.create("pass", "salt", Prf.SHA256, 10).toAdmin(), true, () -> {});
        assertTrue(started.isRight("bob", "pass"));
    }

    @Test
    void remove_last_isRefused() {
        Started started = start(Map.of(), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"));
        assertThrows(RequestException.class, () -> started.admins.remove("admin", true));
        started.admins.set("ada", "secret", true, () -> {});
        started.admins.remove("admin", true);
        assertFalse(started.admins.isAdmin("admin"));
        assertThrows(RequestException.class, () -> started.admins.remove("ada", true));
    }

    @Test
    @Timeout(60)
    void remove_twoAtOnce_oneStays() throws InterruptedException {
        Started started = start(Map.of(), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"));
        started.admins.set("ada", "secret", true, () -> {});
        CountDownLatch storing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        beforePut = () -> {
            storing.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        AtomicInteger refused = new AtomicInteger();
        Thread first = Thread.ofPlatform().start(() -> remove(started, "admin", refused));
        storing.await();
        // Waits for the first one, whether or not it has looked how many there are.
        Thread second = Thread.ofPlatform().start(() -> remove(started, "ada", refused));
        Awaitility.await()
                .until(() -> second.getState() == Thread.State.WAITING || second.getState() == Thread.State.BLOCKED);
        goOn.countDown();
        first.join();
        second.join();
        assertEquals(1, refused.get());
        assertTrue(started.admins.isAdmin("ada"));
        assertFalse(started.admins.isAdmin("admin"));
    }

    private static void remove(Started started, String name, AtomicInteger refused) {
        try {
            started.admins.remove(name, true);
        } catch (RequestException e) {
            refused.incrementAndGet();
        }
    }

    @Test
    void sections_admins_areHashes() {
        Started started = start(Map.of(), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"));
        started.admins.awaitReady();
        assertTrue(String.valueOf(started.settings.shown(new CouchKey("admins", "admin")))
                .startsWith("-pbkdf2:sha256-"));
    }

    /** Another node that leads has made the admin meanwhile: nobody is told a password that is not in force. */
    @Test
    void prepare_anotherNodeWasFirst_keepsItsAdminAndTellsNothing() {
        overtaken = true;
        Started started = start(Map.of(), Map.of());
        started.admins.awaitReady();
        assertEquals(Map.of(), announced);
        assertEquals(OTHERS, started.settings.stored(new CouchKey("admins", "admin")));
    }

    /** Such as where the members of an ensemble have lost each other just then. */
    @Test
    @Timeout(60)
    void prepare_notStoredAtFirst_isStoredLater() {
        AtomicInteger failures = new AtomicInteger(2);
        beforePut = () -> {
            if (failures.getAndDecrement() > 0) {
                throw new RequestException(ErrorCode.NO_MAJORITY);
            }
        };
        Started started = start(Map.of(), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one"));
        assertTrue(started.isRight("admin", "one"));
        CouchKey key = new CouchKey("admins", "admin");
        Awaitility.await().until(() -> started.settings.isKept(key) && started.settings.stored(key) != null);
        assertTrue(started.isRight("admin", "one"));
        beforePut = () -> {
            throw new RequestException(ErrorCode.NO_MAJORITY);
        };
        assertTrue(start(Map.of(), Map.of("ARCHIPEL_ADMIN_PASSWORD", "one")).isRight("admin", "one"));
    }

    private Started start(Map<String, String> flags, Map<String, String> environment) {
        Map<String, String> quick = new HashMap<>(flags);
        quick.put("pbkdf2_iterations", "10");
        Settings settings = Settings.of(SettingCatalog.of(AccountSettings.GROUP), quick, environment);
        settings.attach(new RuntimeStore() {
            @Override
            public SortedMap<String, String> load() {
                return new TreeMap<>(facts);
            }

            @Override
            public @Nullable String get(String key) {
                return facts.get(key);
            }

            @Override
            public void onChange(Consumer<String> listener) {}

            @Override
            public void put(String key, @Nullable String value) {
                beforePut.run();
                if (overtaken) {
                    facts.put(key, OTHERS);
                } else if (value == null) {
                    facts.remove(key);
                } else {
                    facts.put(key, value);
                }
            }
        });
        Passwords passwords = new Passwords(settings, new SecureRandom(), SteadyClock.system());
        Admins admins = new Admins(settings, passwords, new SecureRandom());
        admins.prepare(announced::put, Runnable::run, null);
        return new Started(settings, passwords, admins);
    }

    private record Started(Settings settings, Passwords passwords, Admins admins) {
        boolean isRight(String name, String password) {
            return passwords.check(name, Objects.requireNonNull(admins.find(name)), password);
        }
    }
}
