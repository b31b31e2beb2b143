package archipel.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.auth.Admins;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Which passwords the nodes of an ensemble were started with and have given to an admin. Each does that once: leaders
 * change while nodes run, and whoever leads next may have been started with a password that was changed since.
 */
final class GivenPasswords implements Admins.Given {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int HEX_DIGITS = 32;
    /** How many are remembered, the newest. */
    private static final int KEPT = 64;

    private final Supplier<@Nullable String> stored;
    private final Consumer<String> store;
    private final SecretKeySpec key;

    /**
     * @param stored what was stored last; null where nothing was
     * @param store stores it for all nodes
     * @param key that all nodes have and nobody else: what is stored tells nothing without it
     */
    GivenPasswords(Supplier<@Nullable String> stored, Consumer<String> store, byte[] key) {
        this.stored = stored;
        this.store = store;
        this.key = new SecretKeySpec(key, ALGORITHM);
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

    private String mark(String name, String password) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            // No name has such a byte.
            byte[] all = mac.doFinal((name + "\0" + password).getBytes(UTF_8));
            return HexFormat.of().formatHex(all).substring(0, HEX_DIGITS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
