package archipel.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KeyNameTest {
    @ParameterizedTest
    @CsvSource({
        "color, color",
        "a/b c, a/b c",
        "a_b, a_b",
        "~, ~",
        "~a_, ~a_",
        "_, ~_",
        "_design/x, ~_design/x",
        "~_a, ~~_a",
        "~~_a, ~~~_a"
    })
    void id_ofAKey_isTheKeyButForUnderscores(String key, String id) {
        assertEquals(id, KeyName.id(key));
        assertEquals(key, KeyName.key(id));
    }

    @Test
    void key_ofADesignDocument_isNone() {
        assertNull(KeyName.key("_design/x"));
    }

    @Test
    void id_ofAnyKey_isAnIdOfNoOther() {
        SplittableRandom random = new SplittableRandom(7);
        Set<String> keys = new HashSet<>();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 5000; i++) {
            StringBuilder key = new StringBuilder();
            for (int length = random.nextInt(1, 6); length > 0; length--) {
                key.append("~_a".charAt(random.nextInt(3)));
            }
            keys.add(key.toString());
            String id = KeyName.id(key.toString());
            ids.add(id);
            assertFalse(id.startsWith("_"), id);
            assertEquals(key.toString(), KeyName.key(id));
            for (int length = 0; length <= key.length(); length++) {
                assertTrue(id.startsWith(KeyName.idPrefix(key.substring(0, length))), key + " to " + length);
            }
        }
        assertEquals(keys.size(), ids.size());
    }

    @ParameterizedTest
    @CsvSource({
        "a, b",
        "a/, a0",
        "'', ''",
        "\ud7ff, \ue000",
        "a\udbff\udfff, b",
        "\udbff\udfff, ''",
        "\ud83d\ude00, \ud83d\ude01"
    })
    void afterAll_prefix_isTheNextOne(String prefix, String next) {
        assertEquals(next, KeyName.afterAll(prefix));
    }
}
