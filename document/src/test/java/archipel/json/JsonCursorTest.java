package archipel.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonLimits;
import archipel.document.JsonSyntax;
import archipel.document.JsonTree;
import archipel.document.RandomJson;
import archipel.document.RequestException;
import archipel.testkit.Seeded;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class JsonCursorTest {
    private static JsonCursor at(String json) {
        byte[] bytes = json.getBytes(UTF_8);
        return new JsonCursor(bytes, 0, bytes.length);
    }

    @Test
    void nextMember_nestedAndEmptyContainers_comesBackToTheOuterOne() {
        JsonCursor cursor = at(" { \"a\" : { } , \"b\" : [ ] , \"c\" : [ [ ] , 2 ] , \"d\" : \"x\\n\" } ");
        List<String> seen = new ArrayList<>();
        assertTrue(cursor.enterObject());
        while (cursor.nextMember()) {
            seen.add(cursor.key());
            if (cursor.enterObject()) {
                assertFalse(cursor.nextMember());
            } else if (cursor.enterArray()) {
                while (cursor.nextElement()) {
                    cursor.skip();
                }
            } else {
                assertEquals("x\n", cursor.text());
            }
        }
        assertEquals(List.of("a", "b", "c", "d"), seen);
        assertEquals(0, cursor.peek());
    }

    @Test
    void isKey_escapedKey_isThatKey() {
        JsonCursor cursor = at("{\"s\\u0065q\":1,\"_id\":2,\"\\u005fx\":3}");
        assertTrue(cursor.enterObject());
        assertTrue(cursor.nextMember());
        assertTrue(cursor.isKey("seq"));
        assertFalse(cursor.isReserved());
        assertEquals(1, cursor.number());
        assertTrue(cursor.nextMember());
        assertTrue(cursor.isReserved());
        cursor.skip();
        assertTrue(cursor.nextMember());
        assertTrue(cursor.isReserved());
    }

    @Test
    void skip_bracketsAndQuotesInStrings_areText() {
        JsonCursor cursor = at("[\"]}\\\"[{\",{\"a\":\"}\"},-1.5e3,null]");
        assertTrue(cursor.enterArray());
        List<String> elements = new ArrayList<>();
        while (cursor.nextElement()) {
            elements.add(cursor.raw());
        }
        assertEquals(List.of("\"]}\\\"[{\"", "{\"a\":\"}\"}", "-1.5e3", "null"), elements);
    }

    @Test
    void anything_cutOrMalformed_isRefused() {
        for (String json : List.of("{\"a\"", "{\"a\":", "{\"a\":[1", "{\"a\":\"x", "{a:1}", "{\"a\":1 \"b\":2}")) {
            assertThrows(
                    RequestException.class,
                    () -> {
                        JsonCursor cursor = at(json);
                        boolean isObject = cursor.enterObject();
                        while (isObject && cursor.nextMember()) {
                            cursor.skip();
                        }
                    },
                    json);
        }
        for (String number : List.of("1.5", "x", "", "1234567890123456789", "-")) {
            assertThrows(RequestException.class, () -> at(number).number(), number);
        }
        assertEquals(-12, at("-12").number());
    }

    @Test
    void quoteOrBackslash_anyBytes_isTheFirstOfThem() {
        Seeded.check(2_000, random -> {
            byte[] text = new byte[random.nextInt(40)];
            byte[] some = {'"', '\\', '!', '#', '[', ']', ' ', 0, 1, -1, (byte) 0xA2, (byte) 0xDC, 'x'};
            for (int i = 0; i < text.length; i++) {
                text[i] = random.nextInt(8) == 0 ? some[random.nextInt(some.length)] : (byte) random.nextInt(256);
            }
            int from = random.nextInt(text.length + 1);
            int first = from;
            while (first < text.length && text[first] != '"' && text[first] != '\\') {
                first++;
            }
            assertEquals(first, JsonSyntax.quoteOrBackslash(text, from, text.length));
        });
    }

    @Test
    void walk_anyJson_givesWhatTheTreeHas() {
        Seeded.check(500, random -> {
            RandomJson json = new RandomJson(random.nextLong());
            byte[] text = json.text(json.object(4)).getBytes(UTF_8);
            JsonNode tree = JsonTree.parse(text, JsonLimits.DEFAULT);
            assertEquals(tree, read(new JsonCursor(text, 0, text.length)));
        });
    }

    private static JsonNode read(JsonCursor cursor) {
        if (cursor.enterObject()) {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            while (cursor.nextMember()) {
                object.set(cursor.key(), read(cursor));
            }
            return object;
        }
        if (cursor.enterArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            while (cursor.nextElement()) {
                array.add(read(cursor));
            }
            return array;
        }
        return JsonTree.parse(cursor.raw().getBytes(UTF_8), JsonLimits.DEFAULT);
    }
}
