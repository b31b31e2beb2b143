package archipel.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.calls.FakeNode;
import archipel.failures.FencedException;
import archipel.failures.OutcomeUnknownException;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    private void refuse(int code, String error) {
        status = code;
        refusal = "{\"error\":\"" + error + "\",\"reason\":\"no\"}";
    }

    @Test
    void create_fencedWhenSentAgain_isFoundWhereItIsThere() {
        refuse(412, "fenced");
        assertEquals("1-a", islands.create("sein", Map.of("area", 0.58)).revision());
    }

    @Test
    void create_fencedWhenSentAgainAndNotThere_isFenced() {
        keeps = false;
        refuse(412, "fenced");
        assertThrows(FencedException.class, () -> islands.create("sein", Map.of("area", 0.58)));
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "413, document_too_large", "400, bad_request", "500, oops"})
    void create_refusedWhenSentAgainAndNotThere_isUnknown(int code, String error) {
        keeps = false;
        refuse(code, error);
        OutcomeUnknownException e =
                assertThrows(OutcomeUnknownException.class, () -> islands.create("sein", Map.of("area", 0.58)));
        assertEquals(code, e.status());
    }

    @Test
    void create_deniedWhenSentAgain_isFoundWhereItIsThere() {
        refuse(403, "forbidden");
        assertEquals("1-a", islands.create("sein", Map.of("area", 0.58)).revision());
    }

    @Test
    void write_refusedAsAWholeWhenSentAgain_tellsWhatIsThere() {
        refuse(412, "fenced");
        keeps = false;
        BulkWrite write = new BulkWrite().create("sein", Map.of("area", 0.58));
        assertThrows(FencedException.class, () -> islands.write(write));
        assertThrows(FencedException.class, () -> islands.writeAtomically(write));
        refuse(401, "unauthorized");
        writes.set(0);
        assertInstanceOf(BulkOutcome.Unknown.class, islands.write(write).get(0));
        writes.set(0);
        assertThrows(OutcomeUnknownException.class, () -> islands.writeAtomically(write));
    }
}
