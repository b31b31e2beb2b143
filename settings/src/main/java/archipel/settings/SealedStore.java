package archipel.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.settings.Setting.CouchKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps secrets that are set at run time in a store that several nodes have in common, encrypted by a key that they
 * have in common as well: so that all nodes sign and check with the same secrets, and neither the store nor a backup of
 * it tells them. All else is kept as it is.
 */
public final class SealedStore implements RuntimeStore {
    private static final Logger LOG = LoggerFactory.getLogger(SealedStore.class);
    /** What a value begins with that is encrypted: then the nonce and the text with its tag, in the URL's Base64. */
    private static final String SEALED = "%sealed1:";

    private static final String ALGORITHM = "AES/GCM/NoPadding";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final RuntimeStore shared;
    private final Predicate<CouchKey> secret;
    private final SecretKeySpec key;
    private final SecureRandom random;

    /**
     * @param shared where everything is kept
     * @param secret whether the value at a place is one
     * @param key 32 bytes that all nodes have which share the store, and nobody else
     */
    public SealedStore(RuntimeStore shared, Predicate<CouchKey> secret, byte[] key, SecureRandom random) {
        this.shared = shared;
        this.secret = secret;
        this.key = new SecretKeySpec(key, "AES");
        this.random = random;
    }

    @Override
    public SortedMap<String, String> load() {
        SortedMap<String, String> all = new TreeMap<>();
        for (Map.Entry<String, String> fact : shared.load().entrySet()) {
            String value = opened(fact.getKey(), fact.getValue());
            if (value != null) {
                all.put(fact.getKey(), value);
            }
        }
        return all;
    }

    @Override
    public @Nullable String get(String name) {
        return opened(name, shared.get(name));
    }

    @Override
    public void put(String name, @Nullable String value) {
        shared.put(name, value == null || !isSecret(name) ? value : sealed(name, value));
    }

    @Override
    public void onChange(Consumer<String> listener) {
        shared.onChange(listener);
    }

    /**
     * Takes over what a node has kept by itself, where nothing is set, and deletes that file: for a node that shares
     * the store from here on.
     *
     * @param file of a {@link SecretFile}; need not exist
     */
    public void takeOver(Path file) {
        try {
            if (!Files.exists(file)) {
                return;
            }
            for (Map.Entry<String, String> kept : SecretFile.read(file).entrySet()) {
                if (shared.get(kept.getKey()) == null) {
                    put(kept.getKey(), kept.getValue());
                }
                if (shared.get(kept.getKey()) == null) {
                    // It is another node's by now to say what holds.
                    return;
                }
            }
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it can be read only by those who have the key that it was stored with. */
    static boolean isSealed(String value) {
        return value.startsWith(SEALED);
    }

    private boolean isSecret(String name) {
        CouchKey place = Settings.place(name);
        return place != null && secret.test(place);
    }

    // Its name is authenticated with it, so that no secret can stand in another one's place.
    private String sealed(String name, String value) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            Cipher cipher = Cipher.getInstance(ALGORITHM);
            cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(name.getBytes(UTF_8));
            byte[] text = cipher.doFinal(value.getBytes(UTF_8));
            byte[] all = ByteBuffer.allocate(nonce.length + text.length)
                    .put(nonce)
                    .put(text)
                    .array();
            return SEALED + Base64.getUrlEncoder().withoutPadding().encodeToString(all);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    private @Nullable String opened(String name, @Nullable String value) {
        if (value == null || !isSealed(value) || !isSecret(name)) {
            return value;
        }
        try {
            byte[] all = Base64.getUrlDecoder().decode(value.substring(SEALED.length()));
            Cipher cipher = Cipher.getInstance(ALGORITHM);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    key,
                    new GCMParameterSpec(TAG_BITS, all, 0, Math.min(NONCE_BYTES, all.length)));
            cipher.updateAAD(name.getBytes(UTF_8));
            return new String(cipher.doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES), UTF_8);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            LOG.warn("The secret {} was stored under another key than this node's: set it anew.", name);
            return null;
        }
    }
}
