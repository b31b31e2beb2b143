package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalJsonTest {
    private static String canonical(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return new String(CanonicalJson.canonicalize(bytes, 0, bytes.length), UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "1,1",
        "1.0,1",
        "1e0,1",
        "10e-1,1",
        "0.1e1,1",
        "-0,0",
        "0.00,0",
        "-0e99,0",
        "100,100",
        "1e2,100",
        "1e20,100000000000000000000",
        "1e21,1e+21",
        "1000000000000000000000,1e+21",
        "123456789012345678901,123456789012345678901",
        "1234567890123456789012,1.234567890123456789012e+21",
        "0.000001,0.000001",
        "0.0000001,1e-7",
        "123e-8,0.00000123",
        "-1.50,-1.5",
        "0.1000000000000000055,0.1000000000000000055",
        "1E+400,1e+400",
        "1e999999999999999999,1e+999999999999999999",
        "12e-999999999999999999,1.2e-999999999999999998",
        "1e0000000000000000000002,100",
        "1.7976931348623157e308,1.7976931348623157e+308",
        "12.30e1,123",
        "0.0120,0.012"
    })
    void canonicalize_number_isItsExactValueInOneForm(String text, String expected) {
        assertEquals(expected, canonical(text));
    }

    /** The example of RFC 8785, section 3.2.2. */
    @Test
    void canonicalize_exampleOfTheRfc_isAsThere() {
        assertEquals(
                "{\"literals\":[null,true,false],\"numbers\":[333333333.33333329,1e+30,4.5,0.002,1e-27],"
                        + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}",
                canonical("{ \"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],\n"
                        + "\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
                        + "\"literals\": [null, true, false] }"));
    }

    /** The keys of RFC 8785, section 3.2.3, in UTF-16 order: the emoji before U+FB33. */
    @Test
    void canonicalize_keys_areInOrderOfUtf16() {
        assertEquals(
                "{\"\\r\":0,\"1\":0,\"\u0080\":0,\"ö\":0,\"€\":0,\"\uD83D\uDE00\":0,\"\uFB33\":0}",
                canonical("{\"€\":0,\"\\r\":0,\"\\ufb33\":0,\"1\":0,\"\uD83D\uDE00\":0,\"\\u0080\":0,\"\u00f6\":0}"));
        assertEquals(
                "{\"\":0,\"\\u0000\":0,\"a\":0,\"a\\u0000\":0,\"ab\":0,\"aé\":0}",
                canonical("{\"aé\":0,\"ab\":0,\"a\\u0000\":0,\"a\":0,\"\\u0000\":0,\"\":0}"));
    }

    @Test
    void canonicalize_manyKeys_areSorted() {
        StringBuilder text = new StringBuilder("{");
        StringBuilder sorted = new StringBuilder("{");
        for (int i = 0; i < 1000; i++) {
            text.append(i == 0 ? "" : ", ").append("\"key-%03d\":{}".formatted(i * 387 % 1000));
            sorted.append(i == 0 ? "" : ",").append("\"key-%03d\":{}".formatted(i));
        }
        assertEquals(sorted + "}", canonical(text + "}"));
    }

    @Test
    void canonicalize_nestedValues_areVisitedWhereverTheyMove() {
        assertEquals(
                "{\"a\":[{\"x\":1,\"y\":[[],{}]},{\"p\":{\"q\":2}}],\"b\":{\"c\":{}}}",
                canonical("{\"b\":{\"c\":{ }},\"a\":[{\"y\":[[ ],{ }],\"x\":1},{\"p\":{\"q\":2}}]}"));
        assertEquals("{\"a\":{\"c\":2}}", canonical("{\"a\":{\"b\":1},\"a\":{\"c\":1,\"c\":2}}"));
    }

    @Test
    void canonicalize_deepNesting_doesNotRecurse() {
        String deep = "[".repeat(100_000) + "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000) + "]".repeat(100_000);
        assertEquals(deep, canonical(deep));
    }

    /** What is accepted has a canonical form that is accepted. */
    @Test
    void canonicalize_largestExponents_areAcceptedAgainOrNeverWere() {
        assertEquals("1e+999999999999999999", canonical("10e999999999999999998"));
        assertEquals("0", canonical("0.00e999999999999999999"));
        for (String text :
                java.util.List.of("19e999999999999999999", "0.1e-999999999999999999", "1e1000000000000000000")) {
            assertThrows(RequestException.class, () -> canonical(text));
        }
    }

    @Test
    void canonicalize_invalidJson_isRefused() {
        assertThrows(RequestException.class, () -> canonical("{} 1"));
        assertThrows(RequestException.class, () -> canonical(""));
    }

    @Test
    void digest_valueOfAnySpelling_isTheSame() {
        byte[] text = " {\"a\":1.0} ".getBytes(UTF_8);
        // SHA-256 of {"a":1}
        assertEquals(
                "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
                HexFormat.of().formatHex(CanonicalJson.digest(text, 0, text.length)));
    }

    @Test
    void next_revision_dependsOnEverythingThatIsTheEdit() {
        byte[] body = CanonicalJson.digest("{}".getBytes(UTF_8), 0, 2);
        Revision first = RevisionHash.next(null, false, body, java.util.List.of());
        assertEquals(1, first.generation());
        assertTrue(first.hash().matches("[0-9a-f]{32}"));
        assertEquals(first, RevisionHash.next(null, false, body.clone(), java.util.List.of()));
        Attachment a = attachment("a", "text/plain");
        Attachment b = attachment("b", "text/plain");
        Revision both = RevisionHash.next(first, false, body, java.util.List.of(a, b));
        assertEquals(2, both.generation());
        assertEquals(both, RevisionHash.next(first, false, body, java.util.List.of(b, a.withRevisionPosition(7))));
        long different = java.util.stream.Stream.of(
                        first,
                        both,
                        RevisionHash.next(null, true, body, java.util.List.of()),
                        RevisionHash.next(first, false, body, java.util.List.of()),
                        RevisionHash.next(new Revision(1, "x"), false, body, java.util.List.of()),
                        RevisionHash.next(first, false, body, java.util.List.of(a)),
                        RevisionHash.next(first, false, body, java.util.List.of(attachment("at", "ext/plain"))),
                        RevisionHash.next(first, false, body, java.util.List.of(attachment("a", "text/html"))),
                        RevisionHash.next(null, false, new byte[32], java.util.List.of()))
                .map(Revision::hash)
                .distinct()
                .count();
        assertEquals(9, different);
    }

    private static Attachment attachment(String name, String type) {
        return new Attachment(name, type, 1, new ContentHash(new byte[32]), 1, 1, new byte[16], null);
    }
}
