package archipel.examples;

import archipel.client.Archipel;
import archipel.objects.ReadOnly;
import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;

/** An object that all programs call, and that outlives each of them. */
public final class SharedCart {
    /** What is called. A call that changes the cart is durable, and seen by all later calls, when it returns. */
    public interface Cart {
        /** @return how many of it there are now */
        int add(String item, int count);

        @ReadOnly
        Map<String, Integer> items();
    }

    /** What it is carried out on: a document with these fields. */
    public static final class CartState implements Cart {
        private final Map<String, Integer> items = new TreeMap<>();

        @Override
        public int add(String item, int count) {
            if (count < 1) {
                throw new IllegalArgumentException("one at least");
            }
            return items.merge(item, count, Integer::sum);
        }

        @Override
        public Map<String, Integer> items() {
            return items;
        }
    }

    private SharedCart() {}

    /** @param args the nodes' addresses */
    public static void main(String[] args) {
        run(args[0], System.out);
    }

    static void run(String addresses, PrintStream out) {
        try (Archipel archipel = Archipel.connect(addresses)) {
            archipel.database("carts").create();
            Cart cart = archipel.replicated("carts/42", Cart.class, CartState::new);
            cart.add("rope", 2);
            out.println(cart.add("rope", 1) + " ropes");
            out.println(cart.items());
        }
    }
}
