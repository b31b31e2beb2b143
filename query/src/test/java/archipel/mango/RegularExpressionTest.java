package archipel.mango;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegularExpressionTest {
    private static final String[] PIECES = {
        "a",
        "b",
        ".",
        "(",
        ")",
        "(?:",
        "(?i)",
        "[",
        "]",
        "[^",
        "[:alpha:]",
        "\\]",
        "\\Q",
        "\\E",
        "\\p{Greek}",
        "\\x{61}",
        "\\d",
        "{2}",
        "{30}",
        "{1000}",
        "{2,}",
        "{1,999}",
        "{,3}",
        "{",
        "}",
        "*",
        "+",
        "?",
        "|",
        "^",
        "$",
        "\\",
        "-",
        "é"
    };

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a{100}){100}",
                "a{1000}(?i){30}",
                "a{1000}(?i-s)(?i){30}",
                "a{1000}\\Q\\E{30}",
                "a{1000,}(?i){30,}",
                "a{1000}*(?i){30}",
                "((a{100}){100}){100}",
                "(\\Q)\\E{1000}aaaaaaaaaa){1000}",
                "([[:alpha:])]aaaaaa){1000}",
                "([])]aaaaaa){1000}",
                "([^])]aaaaaa){1000}",
                "([\\])]aaaaaa){1000}",
                "(?=a)",
                "(a)\\1",
                "(",
                "a{2}{3}",
                "[",
                "\\"
            })
    void compile_tooLargeOrNotRegular_isRefused(String text) {
        assertNull(RegularExpression.compile(text));
    }

    @Test
    void compile_deepOrLong_isRefused() {
        assertNull(RegularExpression.compile("(".repeat(300) + "a" + ")".repeat(300)));
        assertNull(RegularExpression.compile("a".repeat(100_000)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^\\d{4}-\\d{2}-\\d{2}$",
                "(?i)new.*",
                "a{100}(?i)b{100}",
                "^.{1,1000}$",
                "[a-z]{3,20}@([a-z]+\\.)+[a-z]{2,}",
                "\\x{1F600}|\\p{L}{50}"
            })
    void compile_whatPeopleWrite_works(String text) {
        assertNotNull(RegularExpression.compile(text));
    }

    @Property
    void compile_anyPieces_isBounded(@ForAll long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(25); i > 0; i--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        RegularExpression expression = RegularExpression.compile(text.toString());
        assertTrue(expression == null || expression.states() <= 20_000, text.toString());
    }

    @Test
    void isFoundIn_hostileText_endsSoon() {
        RegularExpression backtracking = RegularExpression.compile("(x+x+)+y");
        assertNotNull(backtracking);
        assertFalse(backtracking.isFoundIn("x".repeat(10_000)));
        assertTrue(backtracking.isFoundIn("x".repeat(10_000) + "y"));
        // Past the bound nothing matches, as with CouchDB's limit on backtracking.
        assertFalse(backtracking.isFoundIn("x".repeat(10_000_000) + "y"));
    }

    @Test
    void isFoundIn_characters_areNotBytes() {
        RegularExpression one = RegularExpression.compile("^.$");
        assertNotNull(one);
        assertEquals(true, one.isFoundIn("\uD83D\uDE00") && one.isFoundIn("é") && !one.isFoundIn("ab"));
    }
}
