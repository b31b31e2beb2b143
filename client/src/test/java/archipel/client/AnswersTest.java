package archipel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.calls.FakeNode;
import archipel.failures.OutcomeUnknownException;
import archipel.failures.ServerFaultException;
import archipel.leases.LockOptions;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Answers that are not what was asked for. */
final class AnswersTest {
    record Island(String name, double area) {}

    @Test
    void calls_answersThatAreNoJson_sayWhoseFaultItIs() throws IOException {
        try (FakeNode node = FakeNode.start(exchange -> FakeNode.answer(exchange, 200, "<html>welcome</html>"));
                Archipel archipel = Archipel.connect(node.url())) {
            Database islands = archipel.database("islands");
            assertEquals(
                    "bad_answer",
                    assertThrows(ServerFaultException.class, () -> islands.get("sein"))
                            .error());
            assertThrows(ServerFaultException.class, () -> islands.get("sein", byte[].class));
            assertThrows(ServerFaultException.class, archipel::databases);
            assertThrows(ServerFaultException.class, () -> archipel.locks().acquire("pier", LockOptions.of("ann")));
            assertThrows(OutcomeUnknownException.class, () -> islands.create("sein", Map.of("area", 0.58)));
        }
    }

    @Test
    void get_anotherAnswerThanADocument_isTheServersFault() throws IOException {
        try (FakeNode node = FakeNode.start(exchange -> FakeNode.answer(exchange, 200, "[]"));
                Archipel archipel = Archipel.connect(node.url())) {
            assertThrows(
                    ServerFaultException.class,
                    () -> archipel.database("islands").get("sein"));
        }
    }

    @Test
    void get_typeThatDoesNotFit_namesTheDocumentAndTheType() throws IOException {
        String document = "{\"_id\":\"sein\",\"_rev\":\"1-a\",\"name\":\"Sein\",\"area\":\"small\"}";
        try (FakeNode node = FakeNode.start(exchange -> FakeNode.answer(exchange, 200, document));
                Archipel archipel = Archipel.connect(node.url())) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> archipel.database("islands").get("sein", Island.class))
                    .getMessage();
            assertTrue(message.startsWith("sein makes no archipel.client.AnswersTest$Island: "), message);
        }
    }
}
