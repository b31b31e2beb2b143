package archipel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.calls.FakeNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Which block the client asks for, at nodes that have come differently far. */
final class NeverBackTest {
    private static final String HASH = "ab".repeat(32);

    private final List<String> asked = new CopyOnWriteArrayList<>();

    private void answer(HttpExchange exchange, int status, long block, String body) throws IOException {
        String least = exchange.getRequestHeaders().getFirst("Archipel-Min-Block");
        asked.add(least == null ? "" : least);
        exchange.getResponseHeaders().add("Archipel-Block", block + "-0x" + HASH);
        FakeNode.answer(exchange, status, body);
    }

    private static String document(long block) {
        return "{\"_id\":\"a\",\"_rev\":\"1-a\",\"block\":" + block + "}";
    }

    @Test
    void get_nodeThatLags_isPassedOver() throws IOException {
        FakeNode first = FakeNode.start(exchange -> answer(exchange, 200, 7, document(7)));
        String lagging = "{\"error\":\"block_not_reached\",\"reason\":\"Block 7 does not exist yet.\"}";
        try (FakeNode second = FakeNode.start(exchange -> answer(exchange, 503, 3, lagging));
                FakeNode third = FakeNode.start(exchange -> answer(exchange, 200, 8, document(8)));
                Archipel archipel = Archipel.connect(first.url() + "," + second.url() + "," + third.url())) {
            Database islands = archipel.database("islands");
            assertEquals(7, islands.get("a").block().number());
            first.close();
            assertEquals(8, islands.get("a").block().number());
            // A refusal shows no state.
            assertEquals(List.of("", "7-0x" + HASH, "7-0x" + HASH), asked);
            assertTrue(second.requests().get(0).contains("wait="), second.requests()::toString);

            assertEquals(8, islands.at(Block.number(5)).get("a").block().number());
            assertEquals("", asked.get(3), "a fixed block, and no other");
            islands.atLeast(Block.number(9)).get("a");
            assertEquals("9", asked.get(4), "a later one that somebody else has seen");
            islands.forget();
            islands.reading(Consistency.ANY).get("a");
            assertEquals("", asked.get(5));
            assertTrue(third.requests().get(3).contains("consistency=any"));
        }
    }

    @Test
    void get_otherDatabase_hasABlockOfItsOwn() throws IOException {
        try (FakeNode node = FakeNode.start(exchange -> answer(exchange, 200, 7, document(7)));
                Archipel archipel = Archipel.connect(node.url())) {
            archipel.database("islands").get("a");
            archipel.database("tides").get("a");
            archipel.database("islands").get("a");
            assertEquals(List.of("", "", "7-0x" + HASH), asked);
            assertFalse(archipel.database("harbours").seenBlock().isPresent());
        }
    }
}
