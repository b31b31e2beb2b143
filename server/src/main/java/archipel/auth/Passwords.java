package archipel.auth;

import archipel.settings.AccountSettings;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks and hashes passwords. Hashing is slow on purpose, so a password that was right is remembered: not itself, but
 * its HMAC under a key that this process made for itself and never shows. What is remembered belongs to one stored
 * hash, and is worth nothing once that has changed.
 *
 * <p>Hashing holds a processor for a good part of a second; only half of them hash at once, so that requests without
 * passwords are answered in the meantime.
 */
public final class Passwords {
    /** What an unknown user's password is compared with, so that the time taken does not tell who exists. */
    private static final String DECOY_KEY = "0".repeat(64);

    private final Settings settings;
    private final SecureRandom random;
    // Copied for each use: to look an algorithm up and key it takes longer than to run it.
    private final Mac keyed;
    private final BoundedMap<String, Remembered> remembered;
    private final Semaphore hashing =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

    public Passwords(Settings settings, SecureRandom random) {
        this.settings = settings;
        this.random = random;
        byte[] key = new byte[32];
        random.nextBytes(key);
        keyed = keyed(key);
        remembered = new BoundedMap<>(() -> settings.get(AccountSettings.AUTH_CACHE_SIZE));
    }

    /** A new salt: 32 hex digits. */
    public String newSalt() {
        byte[] salt = new byte[16];
        random.nextBytes(salt);
        return HexFormat.of().formatHex(salt);
    }

    public PasswordHash hash(String password) {
        return hash(password, newSalt());
    }

    public PasswordHash hash(String password, String salt) {
        return alone(() -> PasswordHash.create(password, salt, settings.get(AccountSettings.PBKDF2_ITERATIONS)));
    }

    /**
     * Whether the password is the user's. Takes microseconds when this password was right before.
     *
     * @param stored null for a user that does not exist: never right, and takes as long as for one who does
     */
    public boolean check(String user, @Nullable PasswordHash stored, String password) {
        if (stored == null) {
            PasswordHash decoy = new PasswordHash(
                    PasswordHash.Scheme.PBKDF2,
                    "sha256",
                    settings.get(AccountSettings.PBKDF2_ITERATIONS),
                    user,
                    DECOY_KEY);
            slowly(decoy, password);
            return false;
        }
        Remembered known = remembered.get(user);
        if (known != null && known.stored.equals(stored)) {
            return MessageDigest.isEqual(known.tag, tag(stored, password));
        }
        boolean right = slowly(stored, password);
        if (right) {
            remembered.put(user, new Remembered(stored, tag(stored, password)));
        }
        return right;
    }

    private boolean slowly(PasswordHash stored, String password) {
        int least = settings.get(AccountSettings.MIN_PBKDF2_ITERATIONS);
        int greatest = settings.get(AccountSettings.MAX_PBKDF2_ITERATIONS);
        return alone(() -> stored.matches(password, least, greatest));
    }

    private <T> T alone(Supplier<T> work) {
        hashing.acquireUninterruptibly();
        try {
            return work.get();
        } finally {
            hashing.release();
        }
    }

    private byte[] tag(PasswordHash stored, String password) {
        try {
            Mac mac = (Mac) keyed.clone();
            mac.update(stored.key().getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return mac.doFinal(password.getBytes(StandardCharsets.UTF_8));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the HMAC of every Java can be copied", e);
        }
    }

    private static Mac keyed(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("every Java has HMAC-SHA256", absent);
        }
    }

    private record Remembered(PasswordHash stored, byte[] tag) {}
}
