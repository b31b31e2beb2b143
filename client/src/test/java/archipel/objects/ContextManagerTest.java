package archipel.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.calls.SteadyClock;
import archipel.failures.ConflictException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ContextManagerTest {
    private final MemoryStates states = new MemoryStates();
    private final ReplicatedObjects objects =
            new ReplicatedObjects(states, SteadyClock.machine(), Duration.ofSeconds(5));
    private final ContextManager contexts = objects.contexts();
    private final Cart outside = objects.implicit("carts/42", Cart.class, CartState::new);

    private Cart begin() {
        contexts.begin();
        return contexts.object("carts/42", Cart.class, CartState::new);
    }

    @Test
    void replicate_changesOfAContext_areOneWrite() throws Exception {
        Cart cart = begin();
        cart.add("pear", 1);
        cart.add("pear", 2);
        assertEquals(3, cart.sum());
        assertEquals(0, outside.count("pear"));
        assertEquals(1, contexts.replicate());
        assertEquals(3, outside.count("pear"));
        assertEquals(0, contexts.replicate());
        contexts.end();
        assertEquals(1, states.stored());
        assertEquals(2, objects.counters().replicatedChanges());
        assertEquals(0, objects.counters().openContexts());
    }

    @Test
    void end_changesNotReplicated_complainsAndCounts() throws Exception {
        Cart cart = begin();
        cart.add("pear", 1);
        contexts.replicate();
        cart.add("pear", 1);
        cart.clear();
        UnreplicatedChangesException e = assertThrows(UnreplicatedChangesException.class, contexts::end);
        assertEquals(
                List.of(new UnreplicatedChange(ObjectAddress.parse("carts/42"), List.of("add", "clear"))), e.changes());
        assertEquals(2, objects.counters().unreplicatedChanges());
        assertEquals(1, outside.count("pear"));
        assertThrows(IllegalStateException.class, () -> cart.add("pear", 1));
        contexts.begin();
        contexts.end();
    }

    interface Plan {
        @ReadOnly
        List<String> stops();
    }

    public static final class PlanState implements Plan {
        private final List<String> stops = new ArrayList<>();

        @Override
        public List<String> stops() {
            return stops;
        }
    }

    @Test
    void end_partOfTheStateChanged_complainsUnlessReplicated() {
        contexts.begin();
        Plan plan = contexts.object("plans/spring", Plan.class, PlanState::new);
        plan.stops().add("Brest");
        assertEquals(1, contexts.replicate());
        assertEquals(0, contexts.replicate());
        assertEquals(
                List.of("Brest"),
                objects.implicit("plans/spring", Plan.class, PlanState::new).stops());
        plan.stops().add("Sein");
        UnreplicatedChangesException e = assertThrows(UnreplicatedChangesException.class, contexts::end);
        assertEquals(List.of(new UnreplicatedChange(ObjectAddress.parse("plans/spring"), List.of())), e.changes());
        assertEquals(1, objects.counters().replicatedChanges());
        assertEquals(1, objects.counters().unreplicatedChanges());
    }

    @Test
    void replicate_changedElsewhere_conflictsUntilGivenUp() throws Exception {
        Cart cart = begin();
        cart.add("pear", 1);
        outside.add("pear", 5);
        assertThrows(ConflictException.class, contexts::replicate);
        assertEquals(1, contexts.giveUp().size());
        assertEquals(6, cart.add("pear", 1));
        contexts.replicate();
        contexts.end();
        assertEquals(6, outside.count("pear"));
    }

    @Test
    void replicate_severalObjects_allOrNone() throws Exception {
        Cart cart = begin();
        Cart other = contexts.object("carts/43", Cart.class, CartState::new);
        cart.add("pear", 1);
        other.add("pear", 1);
        outside.add("fig", 1);
        assertThrows(ConflictException.class, contexts::replicate);
        assertEquals(0, objects.implicit("carts/43", Cart.class, CartState::new).count("pear"));
        contexts.giveUp();
        cart.add("pear", 1);
        other.add("pear", 1);
        assertEquals(2, contexts.replicate());
        contexts.end();
    }

    @Test
    void call_methodThrows_leavesTheStateAsItWas() throws Exception {
        Cart cart = begin();
        assertThrows(Cart.SoldOut.class, () -> cart.add("unicorn", 1));
        assertEquals(0, cart.count("unicorn"));
        contexts.end();
    }

    @Test
    void resume_inAnotherThread_goesOnWithTheSameState() throws Exception {
        Cart cart = begin();
        cart.add("pear", 1);
        Context paused = contexts.pause();
        assertThrows(IllegalStateException.class, () -> cart.add("pear", 1));
        assertThrows(IllegalStateException.class, contexts::replicate);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                contexts.resume(paused);
                cart.add("pear", 1);
                contexts.replicate();
                contexts.end();
            } catch (Exception | Error e) {
                failure.set(e);
            }
        });
        thread.join();
        assertEquals(null, failure.get());
        assertEquals(2, outside.count("pear"));
        assertThrows(IllegalStateException.class, () -> contexts.resume(paused));
    }
}
