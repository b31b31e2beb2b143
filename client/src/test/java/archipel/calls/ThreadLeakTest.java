package archipel.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated // Looks at all threads of the process.
final class ThreadLeakTest {
    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("HttpClient") || name.startsWith("archipel-client"))
                .collect(Collectors.toSet());
    }

    @Test
    void close_afterManyClients_leavesNoThread() throws Exception {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> threads().isEmpty());
        try (FakeNode node = FakeNode.start(exchange -> FakeNode.answer(exchange, 200, "{}"))) {
            for (int i = 0; i < 10; i++) {
                TransportOptions options = new TransportOptions(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        1000,
                        false,
                        null);
                try (Transport transport = new Transport(Address.parse(node.url()), options, SteadyClock.machine())) {
                    assertEquals(200, transport.send(Call.read("/a")).status());
                }
            }
        }
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> threads().isEmpty());
    }
}
