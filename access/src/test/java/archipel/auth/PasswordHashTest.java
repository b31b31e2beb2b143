package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.AccountSettings.Prf;
import archipel.auth.PasswordHash.Scheme;
import archipel.document.RequestException;
import org.junit.jupiter.api.Test;

/** The expected keys were made with Python's hashlib. */
class PasswordHashTest {
    private static final String SALT = "c4aa1a2b";

    @Test
    void create_password_isPbkdf2OverSha256() {
        assertEquals(
                "0cf999f15f9f38c2ec0d844d67d3664c8cc0b542f6c65f08fa58852005be0975",
                PasswordHash.create("relax", SALT, Prf.SHA256, 10).key());
        assertEquals(
                "a8fb644c73c071dde53c1d53afeaec7749628aef497529c561933f2231ade943",
                PasswordHash.create("pässwörd€😀", SALT, Prf.SHA256, 10).key());
        assertEquals(
                "07d3460fb217240a00024de8ba34e9fc6edf062edaf3000a25e4a345a7f21d9f",
                PasswordHash.create("", SALT, Prf.SHA256, 10).key());
    }

    @Test
    void create_otherFunctions_areThoseOfCouch() {
        assertEquals(
                "b0ebe079b70a14d86549a5bfc64c94b7b3207e96",
                PasswordHash.create("relax", SALT, Prf.SHA, 10).key());
        PasswordHash strong = PasswordHash.create("relax", SALT, Prf.SHA512, 10);
        assertEquals("sha512", strong.prf());
        assertEquals(128, strong.key().length());
        for (Prf prf : Prf.values()) {
            assertOnlyRelax(PasswordHash.create("relax", SALT, prf, 10));
        }
    }

    @Test
    void strength_ofHashes_isThatOfFunctionAndRounds() {
        PasswordHash hash = PasswordHash.create("relax", SALT, Prf.SHA256, 10);
        assertFalse(hash.isWeakerThan(Prf.SHA256, 10));
        assertFalse(hash.isWeakerThan(Prf.SHA, 9));
        assertTrue(hash.isWeakerThan(Prf.SHA384, 9));
        assertTrue(hash.isWeakerThan(Prf.SHA, 11));
        assertEquals(Prf.SHA256, hash.strongest(Prf.SHA224));
        assertEquals(Prf.SHA512, hash.strongest(Prf.SHA512));
        PasswordHash simple =
                new PasswordHash(Scheme.SIMPLE, "sha", 1, SALT, "a07ed91fada1bc17bee5708fec2f227015f1d7ea");
        assertTrue(simple.isWeakerThan(Prf.SHA, 1));
        assertEquals(Prf.SHA, simple.strongest(Prf.SHA));
    }

    @Test
    void matches_everySchemeOfCouch_knowsThePassword() {
        assertOnlyRelax(new PasswordHash(
                Scheme.PBKDF2, "sha256", 10, SALT, "0CF999F15F9F38C2EC0D844D67D3664C8CC0B542F6C65F08FA58852005BE0975"));
        assertOnlyRelax(new PasswordHash(Scheme.PBKDF2, "sha", 10, SALT, "b0ebe079b70a14d86549a5bfc64c94b7b3207e96"));
        assertOnlyRelax(new PasswordHash(
                Scheme.PBKDF2,
                "sha512",
                10,
                SALT,
                "8c956aa117eb4d3b48b57fe3534a4ee5d380ab948fa8aa5668547f3dbc868f0b"
                        + "0b473f76dc9fa20f17312a81234beae4a05b448de14bbb34906293a3ad94b24f"));
        assertOnlyRelax(new PasswordHash(Scheme.SIMPLE, "sha", 1, SALT, "a07ed91fada1bc17bee5708fec2f227015f1d7ea"));
        assertOnlyRelax(new PasswordHash(
                Scheme.SIMPLE_PBKDF2,
                "sha256",
                10,
                SALT,
                "804662f4b9f971602d6c1e3540d7ff6acf1abf52c28b7bea6314c05fe4c0aad0"));
    }

    @Test
    void matches_hashOutOfBounds_isRefused() {
        PasswordHash hash = PasswordHash.create("relax", SALT, Prf.SHA256, 10);
        assertRefused("Iteration count is too low for this server", () -> hash.matches("relax", 11, 100));
        assertRefused("Iteration count is too high for this server", () -> hash.matches("relax", 1, 9));
        PasswordHash unknown = new PasswordHash(Scheme.PBKDF2, "md5", 10, SALT, "00");
        assertRefused("PRF is invalid", () -> unknown.matches("relax", 1, 100));
    }

    @Test
    void toAdmin_andBack_isTheSame() {
        PasswordHash hash = PasswordHash.create("relax", SALT, Prf.SHA256, 10);
        assertEquals(
                "-pbkdf2:sha256-0cf999f15f9f38c2ec0d844d67d3664c8cc0b542f6c65f08fa58852005be0975,c4aa1a2b,10",
                hash.toAdmin());
        assertEquals(hash, PasswordHash.parseAdmin(hash.toAdmin()));
    }

    @Test
    void parseAdmin_olderForms_areRead() {
        PasswordHash sha1 = PasswordHash.parseAdmin("-pbkdf2-b0ebe079b70a14d86549a5bfc64c94b7b3207e96,c4aa1a2b,10");
        assertNotNull(sha1);
        assertOnlyRelax(sha1);
        PasswordHash simple = PasswordHash.parseAdmin("-hashed-a07ed91fada1bc17bee5708fec2f227015f1d7ea,c4aa1a2b");
        assertNotNull(simple);
        assertOnlyRelax(simple);
        assertEquals(simple, PasswordHash.parseAdmin(simple.toAdmin()));
    }

    @Test
    void parseAdmin_plainPassword_isNoHash() {
        assertNull(PasswordHash.parseAdmin("relax"));
        assertNull(PasswordHash.parseAdmin("-pbkdf2-but not a hash"));
        assertNull(PasswordHash.parseAdmin("-pbkdf2:md5-00,salt,10"));
    }

    @Test
    void toString_showsNoKey() {
        PasswordHash hash = PasswordHash.create("relax", SALT, Prf.SHA256, 10);
        assertFalse(hash.toString().contains(hash.key().substring(0, 8)));
    }

    private static void assertOnlyRelax(PasswordHash hash) {
        assertTrue(hash.matches("relax", 1, 1000));
        assertFalse(hash.matches("Relax", 1, 1000));
        assertFalse(hash.matches("", 1, 1000));
    }

    private static void assertRefused(String reason, Runnable check) {
        RequestException refused = assertThrows(RequestException.class, check::run);
        assertEquals(403, refused.status());
        assertEquals(reason, refused.reason());
    }
}
