package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The vectors are those of RFC 6238, appendix B. */
class OneTimePasswordTest {
    private static final OneTimePassword SHA1 = new OneTimePassword("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "sha", 8);

    @Test
    void password_vectorsOfTheRfc_areMet() {
        assertEquals("94287082", SHA1.password(59 / 30));
        assertEquals("07081804", SHA1.password(1111111109L / 30));
        assertEquals("65353130", SHA1.password(20000000000L / 30));
        OneTimePassword sha256 =
                new OneTimePassword("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA", "sha256", 8);
        assertEquals("46119246", sha256.password(59 / 30));
    }

    @Test
    void matches_neighbouringSteps_andNoOthers() {
        String password = SHA1.password(1000);
        assertTrue(SHA1.matches(password, 1000 * 30));
        assertTrue(SHA1.matches(password, 1000 * 30 - 1));
        assertTrue(SHA1.matches(password, 1002 * 30 - 1));
        assertFalse(SHA1.matches(password, 1002 * 30));
        assertFalse(SHA1.matches("", 1000 * 30));
    }
}
