package archipel.auth;

import archipel.auth.AccountSettings.Prf;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A password in the form in which it is stored, as CouchDB stores it: PBKDF2 over an HMAC, or what its old versions
 * wrote. The salt's characters themselves, not what they might encode, go into the hash.
 *
 * @param scheme how it was made
 * @param prf CouchDB's word for the HMAC's hash, such as {@code sha256}; {@code sha} for {@link Scheme#SIMPLE}
 * @param iterations rounds of PBKDF2; 1 for {@link Scheme#SIMPLE}
 * @param salt text
 * @param key the derived key in lowercase hex
 */
public record PasswordHash(Scheme scheme, String prf, int iterations, String salt, String key) {
    /** How a hash was made. */
    public enum Scheme {
        /** SHA-1 over the password and the salt. */
        SIMPLE,
        PBKDF2,
        /** {@link #PBKDF2} over the hex of {@link #SIMPLE}. */
        SIMPLE_PBKDF2
    }

    private static final Map<String, String> ALGORITHMS = Map.of(
            "sha", "PBKDF2WithHmacSHA1",
            "sha224", "PBKDF2WithHmacSHA224",
            "sha256", "PBKDF2WithHmacSHA256",
            "sha384", "PBKDF2WithHmacSHA384",
            "sha512", "PBKDF2WithHmacSHA512");
    private static final Map<String, Integer> KEY_BITS =
            Map.of("sha", 160, "sha224", 224, "sha256", 256, "sha384", 384, "sha512", 512);
    private static final Pattern ADMIN_PBKDF2 =
            Pattern.compile("-pbkdf2(?::(sha(?:224|256|384|512)?))?-([0-9a-fA-F]+),([^,]+),(\\d{1,9})");
    private static final Pattern ADMIN_SIMPLE = Pattern.compile("-hashed-([0-9a-fA-F]+),([^,]+)");

    /** Hashes a password for storing; takes as long as {@code iterations} make it. */
    static PasswordHash create(String password, String salt, Prf prf, int iterations) {
        return new PasswordHash(
                Scheme.PBKDF2, prf.word(), iterations, salt, pbkdf2(prf.word(), password, salt, iterations));
    }

    /** Whether it is less work to try a password with this hash than with one of these parameters. */
    boolean isWeakerThan(Prf wanted, int rounds) {
        return scheme != Scheme.PBKDF2 || known().compareTo(wanted) < 0 || iterations < rounds;
    }

    /** Whether it may be of the same password as a weaker one, made anew at a login, which keeps the salt. */
    boolean maySucceed(PasswordHash weak) {
        return scheme == Scheme.PBKDF2
                && salt.equals(weak.salt)
                && weak.isWeakerThan(known(), iterations)
                && !isWeakerThan(weak.known(), weak.iterations);
    }

    /** The stronger of the hash's own and another. */
    Prf strongest(Prf other) {
        return scheme == Scheme.PBKDF2 && known().compareTo(other) > 0 ? known() : other;
    }

    private Prf known() {
        return Arrays.stream(Prf.values())
                .filter(one -> one.word().equals(prf))
                .findFirst()
                .orElse(Prf.SHA);
    }

    /** Reads a value of CouchDB's {@code [admins]}; null where it is not a hash, that is: a password to be hashed. */
    public static @Nullable PasswordHash parseAdmin(String text) {
        Matcher pbkdf2 = ADMIN_PBKDF2.matcher(text);
        if (pbkdf2.matches()) {
            String prf = pbkdf2.group(1) == null ? "sha" : pbkdf2.group(1);
            return new PasswordHash(
                    Scheme.PBKDF2, prf, Integer.parseInt(pbkdf2.group(4)), pbkdf2.group(3), pbkdf2.group(2));
        }
        Matcher simple = ADMIN_SIMPLE.matcher(text);
        return simple.matches() ? new PasswordHash(Scheme.SIMPLE, "sha", 1, simple.group(2), simple.group(1)) : null;
    }

    /** As a value of CouchDB's {@code [admins]}. */
    public String toAdmin() {
        return switch (scheme) {
            case PBKDF2 -> "-pbkdf2:" + prf + "-" + key + "," + salt + "," + iterations;
            case SIMPLE -> "-hashed-" + key + "," + salt;
            case SIMPLE_PBKDF2 -> throw new IllegalStateException("[admins] has no form for simple+pbkdf2");
        };
    }

    /**
     * Whether this is the password's hash, in time that does not tell how much of it was right.
     *
     * @throws RequestException 403 where the hash itself is not one that CouchDB accepts
     */
    boolean matches(String password, int leastIterations, int greatestIterations) {
        String made = switch (scheme) {
            case SIMPLE -> simple(password, salt);
            case PBKDF2 -> bounded(password, leastIterations, greatestIterations);
            case SIMPLE_PBKDF2 -> bounded(simple(password, salt), leastIterations, greatestIterations);
        };
        return MessageDigest.isEqual(bytes(made), bytes(key.toLowerCase(Locale.ROOT)));
    }

    private String bounded(String password, int leastIterations, int greatestIterations) {
        if (!ALGORITHMS.containsKey(prf)) {
            throw new RequestException(ErrorCode.HASH_FUNCTION_UNKNOWN);
        }
        if (iterations < leastIterations) {
            throw new RequestException(ErrorCode.HASH_ITERATIONS_LOW);
        }
        if (iterations > greatestIterations) {
            throw new RequestException(ErrorCode.HASH_ITERATIONS_HIGH);
        }
        return pbkdf2(prf, password, salt, iterations);
    }

    private static String simple(String password, String salt) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(bytes(password));
            return HexFormat.of().formatHex(sha1.digest(bytes(salt)));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException(absent);
        }
    }

    private static String pbkdf2(String prf, String password, String salt, int iterations) {
        PBEKeySpec spec = new PBEKeySpec(
                password.toCharArray(), bytes(salt), iterations, Objects.requireNonNull(KEY_BITS.get(prf)));
        try {
            SecretKeyFactory factory = SecretKeyFactory.getInstance(ALGORITHMS.get(prf));
            return HexFormat.of().formatHex(factory.generateSecret(spec).getEncoded());
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException(absent);
        } finally {
            spec.clearPassword();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Without the key: a log is no place for it. */
    @Override
    public String toString() {
        return "PasswordHash[" + List.of(scheme, prf, iterations) + "]";
    }
}
