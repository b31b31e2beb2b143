package archipel.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.RequestException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonSliceTest {
    private static JsonSlice slice(String json) {
        return JsonSlice.of(json.getBytes(UTF_8));
    }

    @Test
    void compact_anyText_keepsAllButTheSpaceBetweenTokens() {
        assertEquals(
                "{\"b\":[1.0,-2E+5,\" a\\n \\\" b \"],\"a\":{},\"é\":[],\"n\":null}",
                slice(" {\n \"b\" : [ 1.0 ,\t-2E+5, \" a\\n \\\" b \" ] , \"a\":{ }, \"é\" :[ ],\"n\" : null }\r\n")
                        .toString());
        assertEquals("true", slice(" true ").toString());
    }

    @Test
    void members_ofAnObject_areItsOwnAlone() {
        JsonSlice object =
                slice("{\"a\" : {\"b\":\"]}\\\"\"} , \"b\":[ {\"a\":1}, 2 ],\"\\u0063\" :\"x\\u00e9\", \"d\":7 }");

        assertEquals(List.of("a", "b", "c", "d"), List.copyOf(object.members().keySet()));
        assertEquals("{\"b\":\"]}\\\"\"}", Objects.toString(object.member("a")));
        assertEquals("xé", object.text("c"));
        assertEquals(
                "a\"\\/\b\f\n\r\té\ud83d\ude00z",
                slice("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00z\"").string());
        assertEquals("", object.text("d"));
        assertEquals("", object.text("e"));
        assertNull(object.member("e"));
        JsonSlice array = Objects.requireNonNull(object.member("b"));
        assertEquals("[{\"a\":1}, 2]", array.elements().toString());
        assertTrue(array.isArray() && !array.isObject());
        assertEquals(List.of(), object.elements());
        assertTrue(array.members().isEmpty());
        assertTrue(slice("[ ]").elements().isEmpty());
        assertTrue(slice("{ }").members().isEmpty());
    }

    @Test
    void members_equalNames_theLastCounts() {
        assertEquals("2", Objects.toString(slice("{\"a\":1,\"a\":2}").member("a")));
        assertFalse(slice("1").isString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[1,]", "{\"a\":1}}", "nan", "01", "'a'", "\"\\ud800\"", "1 2"})
    void of_noJson_isRefused(String text) {
        assertThrows(RequestException.class, () -> slice(text));
    }
}
