package archipel.server;

import archipel.auth.Admins;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which passwords the nodes of an ensemble were started with and have given to an admin. Each does that once: leaders
 * change while nodes run, and whoever leads next may have been started with a password that was changed since.
 */
final class GivenPasswords implements Admins.Given {
    private static final int HEX_DIGITS = 32;
    /** How many are remembered, the newest. */
    private static final int KEPT = 64;

    private final Supplier<@Nullable String> stored;
    private final Consumer<String> store;
    private final Function<String, byte[]> key;

    /**
     * @param stored what was stored last; null where nothing was
     * @param store stores it for all nodes
     * @param key derives one for a purpose, as all nodes can and nobody else: what is stored tells nothing without it
     */
    GivenPasswords(Supplier<@Nullable String> stored, Consumer<String> store, Function<String, byte[]> key) {
        this.stored = stored;
        this.store = store;
        this.key = key;
    }

    @Override
    public boolean contains(String name, String password) {
        return all().contains(mark(name, password));
    }

    @Override
    public void add(String name, String password) {
        List<String> marks = new ArrayList<>(all());
        if (!marks.contains(mark(name, password))) {
            marks.add(mark(name, password));
            store.accept(String.join(" ", marks.subList(Math.max(0, marks.size() - KEPT), marks.size())));
        }
    }

    private List<String> all() {
        String text = stored.get();
        return text == null ? List.of() : Arrays.asList(text.split(" "));
    }

    // No name has such a byte.
    private String mark(String name, String password) {
        return HexFormat.of()
                .formatHex(key.apply("given password " + name + "\0" + password))
                .substring(0, HEX_DIGITS);
    }
}
