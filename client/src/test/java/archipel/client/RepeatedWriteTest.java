package archipel.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.calls.FakeNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Writes whose first answer is lost, at a node that refuses the second one. */
final class RepeatedWriteTest {
    private static final String CONFLICT = "{\"error\":\"conflict\",\"reason\":\"Document update conflict.\"}";

    private final AtomicInteger writes = new AtomicInteger();
    private volatile int status = 409;
    private volatile String refusal = CONFLICT;
    private volatile String stored = "";
    /** Whether the first write is carried out. */
    private volatile boolean keeps = true;

    private FakeNode node;
    private Archipel archipel;
    private Database islands;

    @BeforeEach
    void start() throws IOException {
        node = FakeNode.start(this::handle);
        archipel = Archipel.connect(node.url());
        islands = archipel.database("islands");
    }

    @AfterEach
    void stop() {
        archipel.close();
        node.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        if (exchange.getRequestMethod().equals("GET")) {
            // As a node lays numbers out.
            String history = "{\"_rev\":\"1-a\",\"_revisions\":{\"start\":1,\"ids\":[\"a\"]},";
            String content = keeps ? stored : "{\"by\":\"another\"}";
            FakeNode.answer(exchange, 200, "[{\"ok\":" + history + content.substring(1) + "}]");
        } else if (writes.incrementAndGet() == 1) {
            stored = new String(exchange.getRequestBody().readAllBytes(), UTF_8).replace("1.10", "1.1");
            exchange.close();
        } else {
            FakeNode.answer(exchange, status, refusal);
        }
    }

    record Measures(long ships, short piers, float tide, BigDecimal fee, byte[] map, List<Long> years) {}

    @Test
    void create_membersOfAnyType_areRecognised() {
        Measures measures =
                new Measures(5, (short) 2, 7.1f, new BigDecimal("1.10"), new byte[] {1, 2, 3}, List.of(1896L));
        assertEquals("1-a", islands.create("sein", measures).revision());
        assertEquals(2, writes.get());
    }
}
