package archipel.auth;

import archipel.auth.AccountSettings.Prf;
import archipel.changes.SteadyClock;
import archipel.document.RequestException;
import archipel.health.Metrics;
import archipel.memory.BoundedCache;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
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
 * passwords are answered in the meantime. Whoever has to wait does so in a {@link HashingQueue}.
 */
public final class Passwords {
    /** Whose hashing it is where no client asked for it. */
    private static final String NODE = "";
    /** How much the newest time weighs at least in what is expected of the next. */
    private static final double NEWEST = 0.25;
    /** A time that is older says nothing of now: the machine may have been busy, or not have compiled the code yet. */
    private static final long OUTDATED_MS = 10_000;
    /** Fewer rounds are over before a clock of milliseconds can tell. */
    private static final int MEASURABLE = 10_000;

    private final Settings settings;
    private final SecureRandom random;
    // Copied for each use: to look an algorithm up and key it takes longer than to run it.
    private final Mac keyed;
    private final BoundedCache<String, Remembered> remembered;
    private final HashingQueue queue;
    private final SteadyClock clock;
    private final LongAdder hashed = new LongAdder();
    private final LongAdder compared = new LongAdder();
    private final AtomicBoolean measuring = new AtomicBoolean();
    private volatile @Nullable Pace pace;

    public Passwords(Settings settings, SecureRandom random, SteadyClock clock) {
        this.settings = settings;
        this.random = random;
        this.clock = clock;
        this.queue = new HashingQueue(
                Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
                () -> settings.get(AccountSettings.PASSWORD_QUEUE),
                () -> settings.get(AccountSettings.PASSWORD_QUEUE_PER_ADDRESS));
        byte[] key = new byte[32];
        random.nextBytes(key);
        keyed = keyed(key);
        remembered = BoundedCache.ofEntries(() -> settings.get(AccountSettings.AUTH_CACHE_SIZE));
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
        return hash(password, salt, NODE);
    }

    /**
     * @param address whom it is for; whatever tells apart those who are to wait for each other
     * @throws RequestException 429 where too many wait already
     */
    PasswordHash hash(String password, String salt, String address) {
        Prf prf = settings.get(AccountSettings.PBKDF2_PRF);
        int rounds = settings.get(AccountSettings.PBKDF2_ITERATIONS);
        return timed(address, rounds, () -> PasswordHash.create(password, salt, prf, rounds));
    }

    /** Whether the settings ask for a hash that is stronger than this. */
    boolean isWeak(PasswordHash hash) {
        return hash.isWeakerThan(
                settings.get(AccountSettings.PBKDF2_PRF), settings.get(AccountSettings.PBKDF2_ITERATIONS));
    }

    /**
     * Hashes the password of a weak hash anew, so that nothing of it gets weaker: nodes with other settings that share
     * users would hash them for each other's sake at every login.
     */
    PasswordHash strengthened(PasswordHash weak, String password) {
        Prf prf = weak.strongest(settings.get(AccountSettings.PBKDF2_PRF));
        int rounds = Math.max(weak.iterations(), settings.get(AccountSettings.PBKDF2_ITERATIONS));
        return timed(NODE, rounds, () -> PasswordHash.create(password, weak.salt(), prf, rounds));
    }

    /** As {@link #check(String, PasswordHash, String, String, boolean)}, of an admin, for the node itself. */
    public boolean check(String user, PasswordHash stored, String password) {
        return check(user, stored, password, NODE, true);
    }

    /**
     * Whether the password is the user's. Takes microseconds when one of this user's was right before.
     *
     * @param admin whether it is an admin's: the bounds on rounds are for hashes that users bring along, and must not
     *     lock the last admin out once somebody changes them
     * @throws RequestException 429 where it has to be hashed and too many wait already
     */
    boolean check(String user, PasswordHash stored, String password, String address, boolean admin) {
        Recollection recollection = recall(user, stored, password);
        if (recollection != Recollection.NONE) {
            return recollection == Recollection.RIGHT;
        }
        int least = admin ? 1 : settings.get(AccountSettings.MIN_PBKDF2_ITERATIONS);
        int greatest = admin ? Integer.MAX_VALUE : settings.get(AccountSettings.MAX_PBKDF2_ITERATIONS);
        boolean right = timed(address, stored.iterations(), () -> stored.matches(password, least, greatest));
        if (right) {
            remember(user, stored, password);
        }
        return right;
    }

    /** Compares with what was right before, for that hash. */
    Recollection recall(String user, PasswordHash stored, String password) {
        Remembered known = remembered.get(user);
        if (known == null || !known.stored.equals(stored)) {
            return Recollection.NONE;
        }
        compared.increment();
        return MessageDigest.isEqual(known.tag, tag(stored, password)) ? Recollection.RIGHT : Recollection.WRONG;
    }

    /** Remembers a password that is right. */
    void remember(String user, PasswordHash stored, String password) {
        compared.increment();
        remembered.put(user, new Remembered(stored, tag(stored, password)));
    }

    /** Whether so many wait to be hashed that another of that address would be refused. */
    boolean isFull(String address) {
        return queue.isFull(address);
    }

    /** How many hashings one after another it takes until a password that comes now is hashed. */
    int queueLength() {
        return queue.length();
    }

    /**
     * How long hashing so many passwords takes now, one after another. Measured anew in the background where nothing
     * was hashed for a while: names that nobody has are refused without hashing, and would wait by an old time.
     */
    long expectedMs(int count) {
        int rounds = settings.get(AccountSettings.PBKDF2_ITERATIONS);
        if (rounds < MEASURABLE) {
            return 0;
        }
        Pace known = pace;
        if (known == null) {
            known = firstMeasured();
        } else if (clock.millis() - known.atMs > OUTDATED_MS && measuring.compareAndSet(false, true)) {
            Thread.ofVirtual().name("password-pace").start(this::measure);
        }
        return (long) Math.ceil(known.roundMs * rounds * count);
    }

    /** Registers what was hashed, in full and for the sake of comparing. */
    void register(Metrics metrics) {
        metrics.couchCounter("password_hashing_fast", "number of fast password hashing operations", this::compared);
        metrics.couchCounter("password_hashing_slow", "number of slow password hashing operations", this::hashed);
    }

    /** How many passwords were hashed. */
    long hashed() {
        return hashed.sum();
    }

    /** How many were compared with what is remembered, or remembered. */
    long compared() {
        return compared.sum();
    }

    private synchronized Pace firstMeasured() {
        if (pace == null) {
            PasswordHash _ = hash("", newSalt(), NODE);
        }
        return Objects.requireNonNull(pace);
    }

    private void measure() {
        try {
            PasswordHash _ = hash("", newSalt(), NODE);
        } catch (RequestException full) {
            // So many wait that the pace is known soon.
        } finally {
            measuring.set(false);
        }
    }

    private <T> T timed(String address, int iterations, Supplier<T> work) {
        return queue.run(address, () -> {
            long start = clock.millis();
            T result = work.get();
            hashed.increment();
            if (iterations >= MEASURABLE) {
                long endMs = clock.millis();
                pace = Pace.after(pace, Math.max(0, endMs - start) / (double) iterations, endMs);
            }
            return result;
        });
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

    /** What a comparison with the remembered passwords says. */
    enum Recollection {
        RIGHT,
        WRONG,
        /** None is remembered for that user and hash. */
        NONE
    }

    private record Remembered(PasswordHash stored, byte[] tag) {}

    /**
     * How fast passwords are hashed: an average in which the older a time is, the less it weighs.
     *
     * @param roundMs milliseconds for one round
     * @param atMs when that was last measured
     */
    private record Pace(double roundMs, long atMs) {
        private static Pace after(@Nullable Pace before, double newestMs, long atMs) {
            if (before == null) {
                return new Pace(newestMs, atMs);
            }
            double age = (atMs - before.atMs) / (double) OUTDATED_MS;
            double weight = Math.min(1, Math.max(NEWEST, age));
            return new Pace(before.roundMs * (1 - weight) + newestMs * weight, atMs);
        }
    }
}
