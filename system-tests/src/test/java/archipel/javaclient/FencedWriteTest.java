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
import archipel.leases.LockTableServer;
import archipel.objects.ReadOnly;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written under a lock: with its token, and not at all once another holder has written. */
final class FencedWriteTest {
    @TempDir
    private Path directory;

    private final Map<String, Long> greatest = new ConcurrentHashMap<>();
    private final List<String> fences = new CopyOnWriteArrayList<>();

    /** As a database that has seen a greater token does. */
    private Optional<String> check(HttpExchange exchange) {
        String fence = exchange.getRequestHeaders().getFirst("Archipel-Fence");
        if (fence == null) {
            return Optional.empty();
        }
        fences.add(exchange.getRequestMethod() + " " + fence);
        String name = fence.substring(0, fence.indexOf('='));
        long token = Long.parseLong(fence.substring(fence.indexOf('=') + 1));
        return greatest.merge(name, token, Math::max) > token
                ? Optional.of("{\"error\":\"fenced\",\"reason\":\"a greater token was seen\"}")
                : Optional.empty();
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
    void under_lock_writesCarryItsTokenAndEndWithIt() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory));
                LockTableServer table = new LockTableServer();
                LossyProxy proxy = new LossyProxy(server.url());
                Archipel ann = connect(proxy);
                Archipel ben = connect(proxy)) {
            proxy.serve("/_locks/", table::handle);
            proxy.refuse(this::check);
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
            assertEquals(List.of("PUT pier=1", "POST pier=1", "PUT pier=1"), fences);

            // She does not know yet that it was taken away.
            table.takeAway("pier");
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

    private static Archipel connect(LossyProxy proxy) {
        return Archipel.connect(proxy.url(ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD));
    }
}
