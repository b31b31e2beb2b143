package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.SessionCookie.Validity;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.Setting.CouchKey;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The expected cookies were made with Python's hmac. */
class SessionCookieTest {
    private static final UserRecord JAN = user("jan", "c4aa1a2b");
    private static final String COOKIE = "amFuOjY4MDAwMDAwOlEBVW66cwx1KoWTz8Xfhzu3YPqP37NvLOxgY-HSlXjA";
    private static final String OLD_COOKIE = "amFuOjY4MDAwMDAwOgnCmH6uTEdzjmYo2JMrBjhp4Xw0";

    private final ManualClock clock = new ManualClock(Instant.ofEpochSecond(0x68000000L));

    @Test
    void issue_user_isCouchsForm() {
        assertEquals(COOKIE, cookies(Map.of()).issue(JAN));
    }

    @Test
    void check_time_makesItAgeAndExpire() {
        SessionCookie cookies = cookies(Map.of());
        assertEquals(Validity.FRESH, cookies.check(cookies.read(COOKIE), JAN));
        assertEquals(Validity.FRESH, cookies.check(cookies.read(OLD_COOKIE), JAN));
        clock.advanceMs(60_000);
        assertEquals(Validity.FRESH, cookies.check(cookies.read(COOKIE), JAN));
        clock.advanceMs(1_000);
        assertEquals(Validity.AGING, cookies.check(cookies.read(COOKIE), JAN));
        clock.advanceMs(538_000);
        assertEquals(Validity.AGING, cookies.check(cookies.read(COOKIE), JAN));
        clock.advanceMs(1_000);
        assertEquals(Validity.INVALID, cookies.check(cookies.read(COOKIE), JAN));
    }

    @Test
    void check_otherUserSaltOrSecret_isInvalid() {
        SessionCookie cookies = cookies(Map.of());
        assertEquals(Validity.INVALID, cookies.check(cookies.read(COOKIE), user("jan", "new salt")));
        SessionCookie other = new SessionCookie(
                Settings.of(SettingCatalog.of(AccountSettings.GROUP), Map.of(), Map.of("ARCHIPEL_SESSION_SECRET", "x")),
                clock);
        assertEquals(Validity.INVALID, other.check(other.read(COOKIE), JAN));
        String forged = cookies.issue(user("eve", "c4aa1a2b"));
        assertEquals("eve", cookies.read(forged).user());
        assertEquals(Validity.INVALID, cookies.check(cookies.read(forged), JAN));
    }

    @Test
    void read_colonsInTheSignature_belongToIt() {
        SessionCookie cookies = cookies(Map.of());
        for (int second = 0; second < 2_000; second++) {
            clock.advanceMs(1_000);
            assertEquals(Validity.FRESH, cookies.check(cookies.read(cookies.issue(JAN)), JAN));
        }
    }

    @Test
    void read_nonsense_isRefused() {
        for (String nonsense : List.of("*", "abc", "amFu", "amFuOjY4MDAwMDAw")) {
            RequestException refused =
                    assertThrows(RequestException.class, () -> cookies(Map.of()).read(nonsense), nonsense);
            assertEquals(ErrorCode.MALFORMED_COOKIE, refused.code());
        }
    }

    @Test
    void read_anything_isASessionOrRefused() {
        SessionCookie cookies = cookies(Map.of());
        for (long seed = 0; seed < 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            bytes = random.nextBoolean()
                    ? bytes
                    : "jan:68000000:".concat(seed + "").getBytes(StandardCharsets.UTF_8);
            String value = Base64.getUrlEncoder().encodeToString(bytes);
            try {
                assertEquals(Validity.INVALID, cookies.check(cookies.read(value), JAN), "seed " + seed);
            } catch (RequestException refused) {
                assertEquals(ErrorCode.MALFORMED_COOKIE, refused.code(), "seed " + seed);
            }
        }
    }

    @Test
    void check_timeThatIsNone_isInvalid() {
        SessionCookie cookies = cookies(Map.of());
        SessionCookie.Session session = new SessionCookie.Session("jan", "soon", new byte[0], new byte[32]);
        assertEquals(Validity.INVALID, cookies.check(session, JAN));
    }

    @Test
    void header_settings_decideTheAttributes() {
        assertEquals(
                "AuthSession=x; Version=1; Expires=Wed, 16-Apr-2025 19:17:44 GMT; Max-Age=600; Path=/; HttpOnly",
                cookies(Map.of()).header("x", false));
        assertEquals(
                "AuthSession=; Version=1; Secure; Domain=example.com; Path=/; HttpOnly; SameSite=Strict",
                cookies(Map.of(
                                "allow_persistent_cookies", "false",
                                "cookie_secure", "true",
                                "cookie_domain", "example.com",
                                "same_site", "strict"))
                        .header("", false));
        assertTrue(cookies(Map.of("same_site", "lax")).header("x", false).endsWith("; HttpOnly; SameSite=Lax"));
        assertTrue(cookies(Map.of("same_site", "none")).header("x", false).endsWith("; HttpOnly; SameSite=None"));
    }

    @Test
    void ensureSecret_none_makesOneAndKeepsIt() {
        Settings settings = Settings.defaults(SettingCatalog.of(AccountSettings.GROUP));
        SessionCookie cookies = new SessionCookie(settings, clock);
        cookies.ensureSecret(new SecureRandom());
        String secret = settings.get(AccountSettings.SESSION_SECRET);
        assertNotEquals("", secret);
        cookies.ensureSecret(new SecureRandom());
        assertEquals(secret, settings.get(AccountSettings.SESSION_SECRET));
    }

    @Test
    void ensureSecret_ofSeveralNodes_holdsWhereNoOtherIsSet() {
        Settings settings = Settings.defaults(SettingCatalog.of(AccountSettings.GROUP));
        CouchKey place = Objects.requireNonNull(AccountSettings.SESSION_SECRET.shownAs());
        new SessionCookie(settings, clock).ensureSecret(new byte[] {1, 2});
        assertEquals("0102", settings.get(AccountSettings.SESSION_SECRET));
        settings.change(place, "another", true);
        assertEquals("another", settings.get(AccountSettings.SESSION_SECRET));
        settings.change(place, null, true);
        assertEquals("0102", settings.get(AccountSettings.SESSION_SECRET));
    }

    private SessionCookie cookies(Map<String, String> flags) {
        return new SessionCookie(
                Settings.of(
                        SettingCatalog.of(AccountSettings.GROUP),
                        new HashMap<>(flags),
                        Map.of("ARCHIPEL_SESSION_SECRET", "sekrit")),
                clock);
    }

    @Test
    void issueAndCheck_withoutASalt_isRefused() {
        SessionCookie cookies = cookies(Map.of());
        UserRecord user = user("jan", "");
        assertThrows(IllegalArgumentException.class, () -> cookies.issue(user));
        // What a proxy with the secret sends as its token for a user with the name jan:68000000.
        byte[] token = HexFormat.of().parseHex("1dd95a90b3afe3fe7211d17e36359bab1803de8eeccf46bf0143737adef75066");
        assertTrue(cookies.isToken("jan:68000000", token));
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.writeBytes("jan:68000000:".getBytes(StandardCharsets.UTF_8));
        value.writeBytes(token);
        String cookie = Base64.getUrlEncoder().encodeToString(value.toByteArray());
        assertEquals(Validity.INVALID, cookies.check(cookies.read(cookie), user));
    }

    private static UserRecord user(String name, String salt) {
        return new UserRecord(name, List.of(), null, salt, null, false);
    }
}
