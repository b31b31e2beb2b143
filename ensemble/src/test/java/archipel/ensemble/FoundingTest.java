package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.consensus.Membership;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FoundingTest {
    private static final Membership ALL = new Membership(new TreeSet<>(List.of("a", "b", "c")), new TreeSet<>());
    private static final String NEW = "{\"groups\":4}";
    private static final String FORMED = "{\"formed\":true,\"voters\":[\"a\",\"b\",\"c\"],\"groups\":4}";

    private static Greeting greeting(String json) {
        return Greeting.decode(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static Founding of(String mine, Map<String, String> heard, Set<String> unmet) {
        Map<String, Greeting> greetings = new HashMap<>();
        heard.forEach((name, json) -> greetings.put(name, greeting(json)));
        return Founding.of("b", greeting(mine), greetings, heard.size() == 2, unmet, ALL);
    }

    @Test
    void of_allHaveMet_beginsWithAll() {
        assertNull(of(NEW, Map.of("a", NEW), Set.of("c")).members());
        Founding founding = of(NEW, Map.of("a", NEW, "c", NEW), Set.of());
        assertEquals(ALL, founding.members());
        assertEquals(4, founding.groups());
    }

    /** Another node with an empty disk could come under the name of one that was never met, and vote again. */
    @Test
    void of_anotherHasBegun_beginsOnceTheKeysOfAllAreKnown() {
        Founding unbound = of(NEW, Map.of("a", FORMED), Set.of("c"));
        assertNull(unbound.members());
        assertEquals("", unbound.problem());
        assertEquals(ALL, of(NEW, Map.of("a", FORMED), Set.of()).members());
    }

    @Test
    void of_anotherHasBegunWithoutTheDataHere_isAProblem() {
        Founding founding = of("{\"groups\":4,\"data\":true}", Map.of("a", FORMED), Set.of());
        assertNull(founding.members());
        assertTrue(founding.problem().contains("without the data"), founding.problem());
    }

    @Test
    void encode_greetingWithKeys_isReadAsItWas() {
        Greeting greeting = greeting("{\"formed\":true,\"groups\":4,\"keys\":{\"a\":\"0f\",\"c\":\"1e\"}}");
        assertEquals(greeting, Greeting.decode(ByteBuffer.wrap(greeting.encode())));
        assertEquals(Map.of("a", "0f", "c", "1e"), greeting.beginning().keys());
    }
}
