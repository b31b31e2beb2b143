package archipel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.calls.FakeNode;
import archipel.failures.LockLostException;
import archipel.failures.OutcomeUnknownException;
import archipel.leases.HeldLock;
import archipel.leases.LockOptions;
import archipel.leases.LockTableServer;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the holder of a lock writes, at a node whose answers are lost. */
final class HeldLockWritesTest {
    private final List<String> fences = new CopyOnWriteArrayList<>();
    private volatile boolean answers = true;
    private LockTableServer table;
    private FakeNode node;
    private Archipel archipel;

    @BeforeEach
    void start() throws IOException {
        table = new LockTableServer();
        node = FakeNode.start(this::handle);
        archipel = Archipel.connect(node.url());
    }

    @AfterEach
    void stop() {
        archipel.close();
        node.close();
        table.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        if (exchange.getRequestURI().getPath().startsWith("/_locks/")) {
            table.handle(exchange);
            return;
        }
        fences.add(String.valueOf(exchange.getRequestHeaders().get("Archipel-Fence")));
        if (answers) {
            FakeNode.answer(exchange, 201, "{\"rev\":\"1-a\"}");
        } else {
            table.takeAway("pier");
            exchange.close();
        }
    }

    private HeldLock lock(Duration ttl) {
        return archipel.locks().acquire("pier", LockOptions.of("ann").ttl(ttl));
    }

    @Test
    void create_lockLostAfterTheFirstAttempt_isNotSentForThePatience() {
        answers = false;
        HeldLock lock = lock(Duration.ofSeconds(1));
        Database islands = archipel.under(lock).database("islands");
        OutcomeUnknownException e =
                assertThrows(OutcomeUnknownException.class, () -> islands.create("sein", Map.of("area", 0.58)));
        assertEquals("lock_lost", e.error());
        int sent = fences.size();
        assertTrue(sent >= 1);
        assertThrows(LockLostException.class, () -> islands.create("sein", Map.of("area", 0.58)));
        assertEquals(sent, fences.size());
    }

    @Test
    void under_theSameLockTwice_showsOneToken() {
        HeldLock lock = lock(Duration.ofSeconds(60));
        archipel.under(lock).under(lock).database("islands").create("sein", Map.of("area", 0.58));
        assertEquals(List.of("[" + lock.fence() + "]"), fences);
    }

    @Test
    void createAndDelete_ofDatabases_areBoundToTheLockWithoutItsToken() {
        HeldLock lock = lock(Duration.ofSeconds(60));
        Database islands = archipel.under(lock).database("islands");
        assertTrue(islands.create());
        islands.delete();
        assertEquals(List.of("null", "null"), fences);
        lock.close();
        assertThrows(LockLostException.class, islands::create);
        assertThrows(LockLostException.class, islands::delete);
        assertEquals(2, fences.size());
    }
}
