package archipel.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Time-based one-time passwords (RFC 6238, steps of 30 seconds), as CouchDB's {@code totp} of a user document asks for
 * them.
 *
 * @param key in Base32
 * @param algorithm CouchDB's word: {@code sha}, {@code sha256}, {@code sha512}
 * @param digits of a password
 */
record OneTimePassword(String key, String algorithm, int digits) {
    private static final long STEP_SECONDS = 30;
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final Map<String, String> ALGORITHMS =
            Map.of("sha", "HmacSHA1", "sha256", "HmacSHA256", "sha512", "HmacSHA512");

    /** Whether the password belongs to this step, the one before or the one after. */
    boolean matches(String password, long nowSeconds) {
        boolean matches = false;
        for (long step = -1; step <= 1; step++) {
            byte[] expected = password(nowSeconds / STEP_SECONDS + step).getBytes(StandardCharsets.UTF_8);
            matches |= MessageDigest.isEqual(expected, password.getBytes(StandardCharsets.UTF_8));
        }
        return matches;
    }

    String password(long step) {
        try {
            String name = ALGORITHMS.getOrDefault(algorithm, "HmacSHA1");
            Mac mac = Mac.getInstance(name);
            mac.init(new SecretKeySpec(decodedKey(), name));
            byte[] hash = mac.doFinal(ByteBuffer.allocate(8).putLong(step).array());
            int offset = hash[hash.length - 1] & 0x0F;
            int number = ByteBuffer.wrap(hash).getInt(offset) & Integer.MAX_VALUE;
            String padded = "0".repeat(10) + number;
            return padded.substring(padded.length() - Math.clamp(digits, 1, 10));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException(absent);
        }
    }

    private byte[] decodedKey() {
        ByteBuffer bytes = ByteBuffer.allocate(key.length() * 5 / 8 + 1);
        long bits = 0;
        int count = 0;
        for (char letter : key.toUpperCase(Locale.ROOT).toCharArray()) {
            int value = BASE32.indexOf(letter);
            if (value >= 0) {
                bits = bits << 5 | value;
                count += 5;
                if (count >= 8) {
                    count -= 8;
                    bytes.put((byte) (bits >> count));
                }
            }
        }
        // An empty key would be refused by the Mac; one zero byte is what HMAC pads it with anyway.
        return bytes.position() == 0 ? new byte[1] : Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "OneTimePassword[" + algorithm + ", " + digits + "]";
    }
}
