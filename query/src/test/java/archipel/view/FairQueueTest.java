package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FairQueueTest {
    private final ScriptThreads.FairQueue<String> queue = new ScriptThreads.FairQueue<>();

    @BeforeEach
    void fill() {
        for (String item : List.of("a1", "a2", "a3", "b1", "c1", "b2")) {
            queue.add(item.substring(0, 1), item);
        }
    }

    private String drain(String owners) {
        StringBuilder all = new StringBuilder();
        for (String item = queue.poll(owners::contains); item != null; item = queue.poll(owners::contains)) {
            all.append(all.isEmpty() ? "" : " ").append(item);
        }
        return all.toString();
    }

    @Test
    void poll_severalOwners_takesTurns() {
        assertEquals("a1 b1 c1 a2 b2 a3", drain("abc"));
        assertNull(queue.poll(_ -> true));
    }

    @Test
    void poll_ownerThatMayNot_keepsItsTurn() {
        assertEquals("b1", queue.poll("b"::contains));
        assertEquals("a1 c1 b2 a2 a3", drain("abc"));
    }

    @Test
    void has_asksForThoseThatMay() {
        assertTrue(queue.has("c"::contains));
        assertEquals("c1", drain("c"));
        assertFalse(queue.has("c"::contains));
        assertTrue(queue.has("a"::contains));
    }

    @Test
    void removeAll_ofOneOwner_leavesTheOthers() {
        assertEquals(List.of("a1", "a2", "a3"), queue.removeAll("a"));
        assertEquals(List.of(), queue.removeAll("a"));
        assertEquals(List.of("b1", "b2", "c1"), queue.clear());
        assertNull(queue.poll(_ -> true));
    }
}
