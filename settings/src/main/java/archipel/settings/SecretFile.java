package archipel.settings;

import archipel.settings.Setting.CouchKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps secrets that are set at run time in a file of their own, which only its owner can read, and all else in another
 * store: so that neither the store nor a backup of it tells what sessions and tokens are signed with.
 */
public final class SecretFile implements RuntimeStore {
    /** What a value begins with that is not written as it is, since it would not be one line. */
    private static final String ENCODED = "%url:";

    private static final Logger LOG = LoggerFactory.getLogger(SecretFile.class);

    private final Path file;
    private final RuntimeStore others;
    private final Predicate<CouchKey> secret;

    /**
     * @param file where the secrets are; made with the first of them
     * @param others where all else is kept; secrets that it still has move to the file
     * @param secret whether the value at a place is one
     */
    public SecretFile(Path file, RuntimeStore others, Predicate<CouchKey> secret) {
        this.file = file;
        this.others = others;
        this.secret = secret;
    }

    @Override
    public synchronized SortedMap<String, String> load() {
        SortedMap<String, String> all = new TreeMap<>(others.load());
        SortedMap<String, String> secrets = read();
        for (Map.Entry<String, String> fact : others.load().entrySet()) {
            if (isSecret(fact.getKey()) && SealedStore.isSealed(fact.getValue())) {
                // Of a backup of nodes that have a key in common. Taken as it is, it would be a secret that backups
                // tell.
                all.remove(fact.getKey());
                LOG.warn(
                        "The secret {} is one of an ensemble that this node does not belong to: set it anew.",
                        fact.getKey());
            } else if (isSecret(fact.getKey())) {
                secrets.putIfAbsent(fact.getKey(), fact.getValue());
                move(fact.getKey(), secrets);
            }
        }
        all.putAll(secrets);
        return all;
    }

    // On a full disk it stays in the other store, and the next start tries again: this one must not fail for it.
    private void move(String key, SortedMap<String, String> secrets) {
        try {
            write(secrets);
            others.put(key, null);
        } catch (RuntimeException e) {
            LOG.warn(
                    "The secret {} stays in the store until the next start, since {} cannot be written.", key, file, e);
        }
    }

    @Override
    public @Nullable String get(String key) {
        return isSecret(key) ? secret(key) : others.get(key);
    }

    private synchronized @Nullable String secret(String key) {
        return read().get(key);
    }

    /** Nobody but this node changes its secrets. */
    @Override
    public void onChange(Consumer<String> listener) {
        others.onChange(listener);
    }

    @Override
    public void put(String key, @Nullable String value) {
        if (isSecret(key)) {
            keep(key, value);
        } else {
            others.put(key, value);
        }
    }

    private synchronized void keep(String key, @Nullable String value) {
        SortedMap<String, String> secrets = read();
        if (value == null) {
            secrets.remove(key);
        } else {
            secrets.put(key, value);
        }
        write(secrets);
    }

    private boolean isSecret(String key) {
        CouchKey place = Settings.place(key);
        return place != null && secret.test(place);
    }

    private SortedMap<String, String> read() {
        return read(file);
    }

    /** What such a file has, by key; nothing where there is none. */
    static SortedMap<String, String> read(Path file) {
        SortedMap<String, String> secrets = new TreeMap<>();
        try {
            if (Files.exists(file)) {
                for (String line : Files.readAllLines(file)) {
                    int equals = line.indexOf('=');
                    if (equals > 0) {
                        secrets.put(line.substring(0, equals), decoded(line.substring(equals + 1)));
                    }
                }
            }
            return secrets;
        } catch (IOException unreadable) {
            throw new SettingException("The file of secrets " + file + " cannot be read: " + unreadable, unreadable);
        }
    }

    /** All or nothing, also when the power fails in between. */
    private void write(SortedMap<String, String> secrets) {
        StringBuilder text = new StringBuilder();
        secrets.forEach((key, value) ->
                text.append(key).append('=').append(encoded(value)).append('\n'));
        try {
            OwnerFile.replace(file, text.toString());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String encoded(String value) {
        boolean plain = value.indexOf('\n') < 0 && value.indexOf('\r') < 0 && !value.startsWith(ENCODED);
        return plain ? value : ENCODED + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static String decoded(String line) {
        return line.startsWith(ENCODED)
                ? URLDecoder.decode(line.substring(ENCODED.length()), StandardCharsets.UTF_8)
                : line;
    }
}
