package archipel.javaclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.client.Archipel;
import archipel.client.BulkWrite;
import archipel.client.Database;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.failures.FencedException;
import archipel.failures.LockLostException;
import archipel.leases.HeldLock;
import archipel.leases.LockOptions;
import archipel.objects.ReadOnly;
import com.sun.net.httpserver.HttpExchange;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written under a lock: with its token, and not at all once another holder has written. */
final class FencedWriteTest {
    @TempDir
    private Path directory;

    private final List<String> fences = new CopyOnWriteArrayList<>();

    private Optional<String> note(HttpExchange exchange) {
        String fence = exchange.getRequestHeaders().getFirst("Archipel-Fence");
        if (fence != null) {
            fences.add(exchange.getRequestMethod() + " " + fence);
        }
        return Optional.empty();
    }

    interface Counter {
        int increment();

        @ReadOnly
        int count();
    }

    public static final class CounterState implements Counter {
        private int count;

        @Override
        public int increment() {
            return ++count;
        }

        @Override
        public int count() {
            return count;
        }
    }

    @Test
    void under_lock_writesCarryItsTokenAndEndWithIt() throws Exception {
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory));
                LossyProxy proxy = new LossyProxy(server.url());
                Archipel ann = connect(proxy);
                Archipel ben = connect(proxy)) {
            proxy.refuse(this::note);
            ann.database("islands").create();
            LockOptions options =
                    LockOptions.of("ann").ttl(Duration.ofSeconds(60)).waiting(Duration.ZERO);

            HeldLock first = ann.locks().acquire("pier", options);
            Database hers = ann.under(first).database("islands");
            hers.create("sein", new Island("Sein", 0.58));
            hers.write(new BulkWrite().create("groix", new Island("Groix", 14.8)));
            assertEquals(
                    1,
                    ann.under(first)
                            .replicated("islands/counter", Counter.class, CounterState::new)
                            .increment());
            String fence = "pier=" + first.token();
            assertEquals(List.of("PUT " + fence, "POST " + fence, "PUT " + fence), fences);

            // Somebody else has released it, which she does not know before it is to be renewed.
            release(server, first);
            try (HeldLock second = ben.locks().acquire("pier", options)) {
                ben.under(second).database("islands").create("molene", new Island("Molène", 0.75));
                FencedException e =
                        assertThrows(FencedException.class, () -> hers.create("hoedic", new Island("Hœdic", 2.08)));
                assertEquals("fenced", e.error());
                assertEquals(412, e.status());
            }
            first.close();
            assertThrows(LockLostException.class, () -> hers.create("hoedic", new Island("Hœdic", 2.08)));
        }
    }

    private static void release(ServerProcess server, HeldLock lock) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = server.request("/_locks/pier?token=" + lock.token())
                    .DELETE()
                    .build();
            assertEquals(200, client.send(request, BodyHandlers.discarding()).statusCode());
        }
    }

    private static Archipel connect(LossyProxy proxy) {
        return Archipel.connect(proxy.url(ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD));
    }
}
