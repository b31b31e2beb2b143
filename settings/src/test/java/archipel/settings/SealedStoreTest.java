package archipel.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedStoreTest {
    private static final String SECRET = "config/chttpd_auth/secret";
    private static final String OTHER_SECRET = "config/jwt_keys/hmac:a";
    private static final String PLAIN = "config/chttpd_auth/timeout";

    @TempDir
    private Path directory;

    private final RuntimeStore shared = RuntimeStore.none();
    private final SealedStore store = of(1);

    private SealedStore of(int key) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) key;
        return new SealedStore(
                shared,
                place -> place.key().contains("secret") || place.section().equals("jwt_keys"),
                bytes,
                new SecureRandom());
    }

    @Test
    void put_secret_isReadByWhoeverHasTheKeyAndByNobodyElse() {
        store.put(SECRET, "what signs sessions");
        store.put(PLAIN, "600");
        assertEquals("what signs sessions", of(1).get(SECRET));
        assertEquals("what signs sessions", of(1).load().get(SECRET));
        assertEquals("600", shared.get(PLAIN));
        assertFalse(shared.load().toString().contains("sessions"));
        assertNull(of(2).get(SECRET));
        assertFalse(of(2).load().containsKey(SECRET));
        assertEquals("600", of(2).get(PLAIN));
        store.put(SECRET, null);
        assertNull(shared.get(SECRET));
    }

    @Test
    void put_sameSecretTwice_looksDifferent() {
        store.put(SECRET, "s");
        String first = shared.get(SECRET);
        store.put(SECRET, "s");
        assertNotEquals(first, shared.get(SECRET));
    }

    @Test
    void get_anotherSecretsBytesOrGarbage_isNothing() {
        store.put(SECRET, "s");
        shared.put(OTHER_SECRET, shared.get(SECRET));
        assertNull(store.get(OTHER_SECRET));
        String sealed = Objects.requireNonNull(shared.get(SECRET));
        for (int length = sealed.indexOf(':') + 1; length < sealed.length(); length++) {
            shared.put(SECRET, sealed.substring(0, length));
            assertNull(store.get(SECRET), "the first " + length + " characters");
        }
        shared.put(SECRET, sealed + "*");
        assertNull(store.get(SECRET));
    }

    /** As after the restore of an ensemble's backup on a node of its own. */
    @Test
    void load_sealedSecretByANodeWithoutTheKey_isNothing() {
        store.put(SECRET, "s");
        SecretFile own = new SecretFile(directory.resolve("secrets"), shared, place -> true);
        assertFalse(own.load().containsKey(SECRET));
        assertNull(own.get(SECRET));
        assertFalse(Files.exists(directory.resolve("secrets")));
    }

    @Test
    void takeOver_fileOfANode_fillsWhatIsNotSet() throws Exception {
        Path file = directory.resolve("secrets");
        SecretFile own = new SecretFile(file, RuntimeStore.none(), place -> true);
        own.put(SECRET, "its own");
        own.put(OTHER_SECRET, "a key\nof two lines");
        store.put(SECRET, "that of all");
        store.takeOver(file);
        assertEquals("that of all", store.get(SECRET));
        assertEquals("a key\nof two lines", store.get(OTHER_SECRET));
        assertFalse(Files.exists(file));
        store.takeOver(file);
    }
}
