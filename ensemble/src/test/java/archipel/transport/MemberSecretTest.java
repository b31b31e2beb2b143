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
    void of_text_isTheSameEverywhere() {
        // As Python's hashlib.pbkdf2_hmac has it.
        assertEquals(
                "629131cc8cd1ed7de4bdc260bc833df5fd0dfd049157384a5cd6d5f1d0ad3356",
                HexFormat.of()
                        .formatHex(MemberSecret.of("correct horse battery").bytes()));
    }

    @Test
    void of_composedOtherwise_isTheSame() {
        assertEquals(
                MemberSecret.of("\u00e9t\u00e9 \u00e0 Ouessant"), MemberSecret.of("e\u0301te\u0301 a\u0300 Ouessant"));
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
