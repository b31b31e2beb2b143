package archipel.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What an object has to be like, by objects that are not, each named by its member. */
final class ObjectContractTest {
    private static void assertRefused(String words, Class<?> type, Supplier<?> initial) {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> ObjectContract.of(type, initial, new StateCodec()))
                .getMessage();
        assertTrue(message.contains(words), message);
    }

    @Test
    void of_goodObject_bindsItsMethods() {
        ObjectContract<?> contract = ObjectContract.of(Cart.class, CartState::new, new StateCodec());
        assertEquals(5, contract.methods().size());
    }

    @Test
    void of_noInterface_isRefused() {
        assertRefused("is no interface", CartState.class, CartState::new);
    }

    interface Overloaded {
        void put(int number);

        void put(String text);
    }

    static final class OverloadedState implements Overloaded {
        @Override
        public void put(int number) {}

        @Override
        public void put(String text) {}
    }

    @Test
    void of_overloads_areRefused() {
        assertRefused("have the same name and number of parameters", Overloaded.class, OverloadedState::new);
    }

    interface Small {
        int get(String key) throws IOException;
    }

    static final class WithoutMethod {}

    static final class OtherReturn {
        public long get(String key) {
            return 0;
        }
    }

    static final class OtherException {
        public int get(String key) throws InterruptedException {
            return 0;
        }
    }

    @Test
    void of_methodsThatDoNotMatch_areNamed() {
        assertRefused(
                "has no public method get[class java.lang.String], which Small.get needs",
                Small.class,
                () -> new WithoutMethod());
        assertRefused("OtherReturn.get returns long, and Small.get int", Small.class, OtherReturn::new);
        assertRefused("OtherException.get throws java.lang.InterruptedException", Small.class, OtherException::new);
    }

    interface OfState {
        OfStateState put(int number);
    }

    static final class OfStateState implements OfState {
        @Override
        public OfStateState put(int number) {
            return this;
        }
    }

    @Test
    void of_methodThatReturnsTheStatesClass_isRefused() {
        assertRefused("OfState.put returns the state's class", OfState.class, () -> new OfStateState());
    }

    interface OfStream {
        void take(InputStream stream);
    }

    interface OfObject {
        void take(List<Object> things);
    }

    interface OfKeys {
        void take(Map<List<String>, Integer> map);
    }

    static final class Takes {
        public void take(InputStream stream) {}

        public void take(List<Object> things) {}

        public void take(Map<List<String>, Integer> map) {}
    }

    @Test
    void of_argumentsThatJsonDoesNotKeep_areNamed() {
        assertRefused("OfStream.take: JSON does not say which class a java.io.InputStream", OfStream.class, Takes::new);
        assertRefused("OfObject.take: JSON does not say which class a java.lang.Object", OfObject.class, Takes::new);
        assertRefused("OfKeys.take: keys of maps", OfKeys.class, Takes::new);
    }

    interface Nothing {}

    static final class Underscored implements Nothing {
        private int _count;

        int count() {
            return _count;
        }
    }

    static final class WithThread implements Nothing {
        private Thread thread;

        Thread thread() {
            return thread;
        }
    }

    static final class Forgetful implements Nothing {
        private AtomicReference<Object> reference = new AtomicReference<>();

        Object reference() {
            return reference.get();
        }
    }

    static final class Counting implements Nothing {
        private static int made;
        private int count = made++;

        int count() {
            return count;
        }
    }

    static final class Halved implements Nothing {
        private int whole = 8;

        @JsonCreator
        static Halved of(@JsonProperty("whole") int whole) {
            Halved halved = new Halved();
            halved.whole = whole / 2;
            return halved;
        }

        int whole() {
            return whole;
        }
    }

    @Test
    void of_statesThatJsonDoesNotKeep_areNamed() {
        assertRefused(
                "the field archipel.objects.ObjectContractTest$Underscored._count",
                Nothing.class,
                () -> new Underscored());
        assertRefused("WithThread.thread", Nothing.class, WithThread::new);
        assertRefused("Forgetful.reference", Nothing.class, Forgetful::new);
        assertRefused(
                "is {\"whole\":8} at first, and once it was written and read {\"whole\":4}",
                Nothing.class,
                () -> new Halved());
        assertRefused("is null", Nothing.class, () -> null);
    }

    static final class Prices implements Nothing {
        private final BigDecimal price = new BigDecimal("12345678901234567.89");
        private final Map<String, BigDecimal> byItem = Map.of("rope", new BigDecimal("0.1000000000000000055"));
        private final double share = 0.1;

        String all() {
            return price + " " + byItem.get("rope") + " " + share;
        }
    }

    @Test
    void of_decimals_keepTheirDigits() {
        StateCodec codec = new StateCodec();
        assertEquals(
                Prices.class,
                ObjectContract.of(Nothing.class, Prices::new, codec).stateClass());
        Prices back = codec.toState(codec.throughText(codec.toJson(new Prices())), Prices.class);
        assertEquals("12345678901234567.89 0.1000000000000000055 0.1", back.all());
    }

    static final class Transient implements Nothing {
        private transient Thread thread = Thread.currentThread();

        Thread thread() {
            return thread;
        }
    }

    @Test
    void of_transientField_isNoPartOfTheState() {
        ObjectContract<?> contract = ObjectContract.of(Nothing.class, Transient::new, new StateCodec());
        assertEquals(Transient.class, contract.stateClass());
    }

    @Test
    void of_stateWithFieldFromOutside_survives() {
        assertEquals(0, new Counting().count());
        assertEquals(
                Counting.class,
                ObjectContract.of(Nothing.class, Counting::new, new StateCodec())
                        .stateClass());
    }
}
