package archipel.auth;

import archipel.auth.AccountSettings.SameSite;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and checks the {@code AuthSession} cookie, in CouchDB's form: the URL's Base64 of {@code name:time:signature},
 * the time in uppercase hex seconds, the signature an HMAC-SHA256 under the node's secret and the user's salt. Nodes
 * (and CouchDBs) that share the secret and {@code _users} take each other's cookies.
 */
public final class SessionCookie {
    private static final CouchKey SECRET = Objects.requireNonNull(AccountSettings.SESSION_SECRET.shownAs());
    private static final DateTimeFormatter EXPIRES = DateTimeFormatter.ofPattern(
                    "EEE, dd-MMM-yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** A session is renewed once a tenth of its time has gone. */
    private static final double RENEWED_BELOW = 0.9;

    private final Settings settings;
    private final InstantSource clock;

    public SessionCookie(Settings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Makes the node's secret where none is set, now and whenever it is taken back, and keeps it. */
    public void ensureSecret(SecureRandom random) {
        ensure(() -> {
            byte[] secret = new byte[32];
            random.nextBytes(secret);
            settings.changeDespiteFullDisk(SECRET, HexFormat.of().formatHex(secret));
        });
    }

    /**
     * Has that be the secret where none is set, now and whenever it is taken back; it is not kept.
     *
     * @param shared what each node has that is to take this one's cookies
     */
    public void ensureSecret(byte[] shared) {
        ensure(() -> settings.change(SECRET, HexFormat.of().formatHex(shared), false));
    }

    private void ensure(Runnable make) {
        makeIfNone(make);
        settings.onChange(key -> {
            if (AccountSettings.SESSION_SECRET.couch().contains(key)) {
                makeIfNone(make);
            }
        });
    }

    private void makeIfNone(Runnable make) {
        if (settings.get(AccountSettings.SESSION_SECRET).isEmpty()) {
            make.run();
        }
    }

    /**
     * The value of a new session's cookie.
     *
     * @throws IllegalArgumentException where the user has no salt: such a signature would be a proxy's token as well
     */
    String issue(UserRecord user) {
        if (user.salt().isEmpty()) {
            throw new IllegalArgumentException("sessions are for users with a salt");
        }
        String signed = user.name() + ":" + Long.toHexString(nowSeconds()).toUpperCase(Locale.ROOT);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes((signed + ":").getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(sign("HmacSHA256", signed.getBytes(StandardCharsets.UTF_8), user.salt()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    /** @throws RequestException 400 for what was never a session's cookie */
    Session read(String value) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(value.replace("=", ""));
            int first = indexOfColon(bytes, 0);
            int second = indexOfColon(bytes, first + 1);
            return new Session(
                    new String(bytes, 0, first, StandardCharsets.UTF_8),
                    new String(bytes, first + 1, second - first - 1, StandardCharsets.US_ASCII),
                    Arrays.copyOf(bytes, second),
                    Arrays.copyOfRange(bytes, second + 1, bytes.length));
        } catch (IllegalArgumentException malformed) {
            throw new RequestException(ErrorCode.MALFORMED_COOKIE);
        }
    }

    /** Whether the session is this user's, and not over. */
    Validity check(Session session, UserRecord user) {
        if (user.salt().isEmpty()) {
            return Validity.INVALID;
        }
        long issuedSeconds;
        try {
            issuedSeconds = Long.parseLong(session.time, 16);
        } catch (NumberFormatException malformed) {
            return Validity.INVALID;
        }
        long timeout = settings.get(AccountSettings.SESSION_TIMEOUT_SECONDS);
        long left = issuedSeconds + timeout - nowSeconds();
        // CouchDB took SHA-1 before 3.4, and still does for what was signed then.
        String algorithm = session.signature.length == 20 ? "HmacSHA1" : "HmacSHA256";
        boolean genuine = MessageDigest.isEqual(session.signature, sign(algorithm, session.signed, user.salt()));
        if (!genuine || left <= 0 || !session.user.equals(user.name())) {
            return Validity.INVALID;
        }
        return left < timeout * RENEWED_BELOW ? Validity.AGING : Validity.FRESH;
    }

    /**
     * A whole {@code Set-Cookie} value.
     *
     * @param value empty ends the session
     * @param secure whether the client speaks https, so that it need not send the cookie by anything else
     */
    public String header(String value, boolean secure) {
        StringBuilder header = new StringBuilder("AuthSession=").append(value).append("; Version=1");
        if (settings.get(AccountSettings.ALLOW_PERSISTENT_COOKIES)) {
            int timeout = settings.get(AccountSettings.SESSION_TIMEOUT_SECONDS);
            Instant expires = clock.instant().plusSeconds(timeout);
            header.append("; Expires=")
                    .append(EXPIRES.format(expires))
                    .append("; Max-Age=")
                    .append(timeout);
        }
        if (secure || settings.get(AccountSettings.COOKIE_SECURE)) {
            header.append("; Secure");
        }
        String domain = settings.get(AccountSettings.COOKIE_DOMAIN);
        if (!domain.isEmpty()) {
            header.append("; Domain=").append(domain);
        }
        header.append("; Path=/; HttpOnly");
        switch (settings.get(AccountSettings.SAME_SITE)) {
            case SameSite.UNSET -> {}
            case SameSite.LAX -> header.append("; SameSite=Lax");
            case SameSite.STRICT -> header.append("; SameSite=Strict");
            case SameSite.NONE -> header.append("; SameSite=None");
        }
        return header.toString();
    }

    /** Whether this is what a proxy that has the secret proves with that it may speak for a user. */
    boolean isToken(String name, byte[] token) {
        String algorithm = token.length == 20 ? "HmacSHA1" : "HmacSHA256";
        return MessageDigest.isEqual(token, sign(algorithm, name.getBytes(StandardCharsets.UTF_8), ""));
    }

    private byte[] sign(String algorithm, byte[] text, String salt) {
        byte[] key = (settings.get(AccountSettings.SESSION_SECRET) + salt).getBytes(StandardCharsets.UTF_8);
        if (key.length == 0) {
            throw new IllegalStateException("sessions are signed before there is a secret");
        }
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
            return mac.doFinal(text);
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException(absent);
        }
    }

    private long nowSeconds() {
        return clock.millis() / 1000;
    }

    private static int indexOfColon(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == ':') {
                return i;
            }
        }
        throw new IllegalArgumentException("no colon");
    }

    /** How good a session is. */
    enum Validity {
        INVALID,
        /** Valid, and to be renewed with the answer. */
        AGING,
        FRESH
    }

    /**
     * What a cookie says, unchecked.
     *
     * @param time hex seconds
     * @param signed the bytes the signature is over
     */
    record Session(String user, String time, byte[] signed, byte[] signature) {}
}
