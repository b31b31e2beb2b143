package archipel.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.calls.SteadyClock;
import archipel.failures.ContentionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CallReplicatorTest {
    private final MemoryStates states = new MemoryStates();
    private final ReplicatedObjects objects =
            new ReplicatedObjects(states, SteadyClock.machine(), Duration.ofSeconds(20));
    private final Cart cart = objects.implicit("carts/42", Cart.class, CartState::new);

    @Test
    void invoke_callsThatChange_areStoredOneByOne() throws Exception {
        assertEquals(2, cart.add("pear", 2));
        assertEquals(5, cart.add("pear", 3));
        assertEquals(6, cart.addOne("pear"));
        assertEquals(6, cart.count("pear"));
        assertEquals(3, states.stored());
        assertEquals(3, objects.counters().replicatedCalls());
        assertEquals(
                6,
                states.load(ObjectAddress.parse("carts/42"))
                        .state()
                        .path("items")
                        .path("pear")
                        .asInt());
    }

    @Test
    void invoke_somebodyElseFirst_isCarriedOutOnWhatThatOneStored() throws Exception {
        assertEquals(1, cart.add("pear", 1));
        states.comeFirst(3);
        assertEquals(2, cart.add("pear", 1));
        assertEquals(3, objects.counters().conflicts());
    }

    @Test
    void invoke_methodThrows_reachesTheCallerAndChangesNothing() throws Exception {
        cart.add("pear", 1);
        assertEquals(
                "unicorn",
                assertThrows(Cart.SoldOut.class, () -> cart.add("unicorn", 1)).getMessage());
        assertEquals(0, cart.count("unicorn"));
        assertEquals(1, states.stored());
    }

    @Test
    void invoke_readOnlyMethod_changesNothing() throws Exception {
        cart.add("pear", 2);
        assertEquals(2, cart.sum());
        assertEquals(2, cart.sum());
        assertEquals(1, states.stored());
    }

    @Test
    void invoke_callThatChangesNothing_storesNothing() throws Exception {
        cart.clear();
        assertEquals(0, states.stored());
    }

    @Test
    void invoke_argumentsThatTheMethodChanges_areCopies() {
        List<Cart.Line> lines = new ArrayList<>(List.of(new Cart.Line("pear", 1), new Cart.Line("fig", 2)));
        states.comeFirst(2);
        cart.addAll(lines);
        assertEquals(2, lines.size());
        assertEquals(3, cart.sum());
    }

    @Test
    void invoke_manyThreads_loseNoCall() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            // Two clients, which take turns among themselves only.
            ReplicatedObjects one =
                    i % 2 == 0 ? objects : new ReplicatedObjects(states, SteadyClock.machine(), Duration.ofSeconds(20));
            Cart mine = one.implicit("carts/42", Cart.class, CartState::new);
            threads.add(Thread.ofPlatform().start(() -> {
                for (int n = 0; n < 50; n++) {
                    try {
                        mine.add("pear", 1);
                    } catch (Cart.SoldOut e) {
                        throw new IllegalStateException(e);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(400, cart.count("pear"));
    }

    @Test
    void invoke_othersAlwaysFirst_endsWithContention() {
        Cart impatient = new ReplicatedObjects(states, SteadyClock.machine(), Duration.ofMillis(20))
                .implicit("carts/42", Cart.class, CartState::new);
        states.comeFirst(Integer.MAX_VALUE);
        assertThrows(ContentionException.class, () -> impatient.add("pear", 1));
        assertEquals(0, states.stored());
    }

    @Test
    void invoke_changeWithinAChange_isRefused() {
        Counter first = objects.implicit("carts/first", Counter.class, () -> new CounterState());
        CounterState.other = first;
        Counter second = objects.implicit("carts/second", Counter.class, () -> new CounterState());
        String message = assertThrows(IllegalStateException.class, second::pass).getMessage();
        assertTrue(message.contains("carts/second must not change carts/first"), message);
    }

    interface Counter {
        void increment();

        void pass();
    }

    public static final class CounterState implements Counter {
        private static Counter other;
        private int count;

        @Override
        public void increment() {
            count++;
        }

        @Override
        public void pass() {
            other.increment();
        }
    }

    interface Chain {
        Chain add(String item);

        @ReadOnly
        List<String> items();
    }

    public static final class ChainState implements Chain {
        private final List<String> items = new ArrayList<>();

        @Override
        public ChainState add(String item) {
            items.add(item);
            return this;
        }

        @Override
        public List<String> items() {
            return items;
        }
    }

    @Test
    void invoke_methodThatReturnsItsState_returnsTheObject() {
        Chain chain = objects.implicit("carts/chain", Chain.class, ChainState::new);
        assertSame(chain, chain.add("a").add("b"));
        assertEquals(List.of("a", "b"), chain.items());
        ContextManager contexts = objects.contexts();
        contexts.begin();
        Chain local = contexts.object("carts/chain", Chain.class, ChainState::new);
        assertSame(local, local.add("c").add("d"));
        contexts.replicate();
        contexts.end();
        assertEquals(List.of("a", "b", "c", "d"), chain.items());
    }

    @Test
    void objectMethods_ofProxies_concernTheAddress() {
        Cart same = objects.implicit("carts/42", Cart.class, CartState::new);
        assertEquals(cart, same);
        assertEquals(cart.hashCode(), same.hashCode());
        assertEquals("Cart carts/42", cart.toString());
        assertNotEquals(cart, objects.implicit("carts/43", Cart.class, CartState::new));
        assertNotEquals(
                cart,
                new ReplicatedObjects(states, SteadyClock.machine(), Duration.ofSeconds(1))
                        .implicit("carts/42", Cart.class, CartState::new));
    }
}
