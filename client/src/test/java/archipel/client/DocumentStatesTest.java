package archipel.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.calls.FakeNode;
import archipel.objects.ObjectAddress;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** States, and documents as bytes, with the numbers that a node's text has. */
final class DocumentStatesTest {
    @Test
    void load_decimals_keepTheirDigits() throws IOException {
        String document = "{\"_id\":\"a\",\"_rev\":\"1-a\",\"fee\":12345678901234567.89}";
        try (FakeNode node = FakeNode.start(exchange -> FakeNode.answer(exchange, 200, document));
                Archipel archipel = Archipel.connect(node.url())) {
            DocumentStates states = new DocumentStates(archipel::database);
            ObjectNode state = Objects.requireNonNull(
                    states.load(ObjectAddress.parse("tills/a")).state());
            assertEquals(
                    new BigDecimal("12345678901234567.89"), state.path("fee").decimalValue());
        }
    }

    @Test
    void create_bytes_keepTheirDigits() throws IOException {
        AtomicReference<String> sent = new AtomicReference<>("");
        try (FakeNode node = FakeNode.start(exchange -> {
                    sent.set(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
                    FakeNode.answer(exchange, 201, "{\"rev\":\"1-a\"}");
                });
                Archipel archipel = Archipel.connect(node.url())) {
            archipel.database("tills").create("a", "{\"fee\":12345678901234567.89}".getBytes(UTF_8));
            assertEquals("{\"fee\":12345678901234567.89,\"_id\":\"a\"}", sent.get());
        }
    }
}
