package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class MemberSecretTest {
    @Test
    void of_text_isTheSameHoweverItIsComposed() {
        // As Python's hashlib.pbkdf2_hmac has it for the composed text.
        assertEquals(
                "78e1a11cd9fd8bc73b64bad49b66e133d5b3db4d4c1f1e88fa0038900f117336",
                HexFormat.of()
                        .formatHex(MemberSecret.of("e\u0301te\u0301 a\u0300 Ouessant")
                                .bytes()));
    }

    @Test
    void of_elevenCharacters_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> MemberSecret.of("elevenchars"));
        assertThrows(IllegalArgumentException.class, () -> MemberSecret.ofBytes(new byte[31]));
    }

    @Test
    void key_ofLabels_areOthers() {
        byte[] bytes = new byte[MemberSecret.BYTES];
        Arrays.fill(bytes, (byte) 7);
        MemberSecret secret = MemberSecret.ofBytes(bytes);
        assertEquals(MemberSecret.BYTES, secret.key("a").length);
        assertArrayEquals(secret.key("a"), MemberSecret.ofBytes(secret.bytes()).key("a"));
        assertFalse(Arrays.equals(secret.key("a"), secret.key("b")));
        // As Python's hmac has it for HKDF-Expand.
        assertEquals(
                "aecccab766b95f6f8c4b896066422be11ac1db7b936d9a9518b0450abe179bc2",
                HexFormat.of().formatHex(secret.key("a")));
    }

    @Test
    void toString_showsNothing() {
        MemberSecret secret = MemberSecret.ofBytes(new byte[MemberSecret.BYTES]);
        assertEquals("MemberSecret", secret.toString());
        byte[] other = new byte[MemberSecret.BYTES];
        other[31] = 1;
        assertNotEquals(secret, MemberSecret.ofBytes(other));
        assertEquals(secret.hashCode(), MemberSecret.ofBytes(secret.bytes()).hashCode());
    }
}
