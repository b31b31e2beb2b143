package archipel.node;

import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.json.JsonSlice;
import archipel.node.NodeConnection.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows the changes of keys. Each connection goes on after the last change that the one before it brought, so that
 * none is missed however often it is cut; of several changes of a key in the meantime the last one is told.
 *
 * <p>Where there is no database, it waits for one: all of that one's changes are news.
 */
public final class KeyWatch {
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = HEARTBEAT.multipliedBy(3);
    private static final long LEAST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 3_000;
    private static final String BEGINNING = "0";

    private final NodeConnection node;
    private final KeyValueStore store;
    private final String database;
    private final String prefix;
    private final boolean exact;
    private final Watcher watcher;

    /** After which changes come; null until that is known. */
    private @Nullable String since;

    private long pauseMs = LEAST_PAUSE_MS;

    /**
     * @param prefix of the keys that matter
     * @param exact whether it is the only key that matters
     */
    public KeyWatch(NodeConnection node, String database, String prefix, boolean exact, Watcher watcher) {
        this.node = node;
        this.store = new KeyValueStore(node, database);
        this.database = database;
        this.prefix = prefix;
        this.exact = exact;
        this.watcher = watcher;
    }

    /** Who is told. */
    public interface Watcher {
        /** A change, after all that came before it; returns whether to go on. */
        boolean changed(KeyChange change);

        /** There are no changes for now, for this reason; they will all be told. */
        void interrupted(String reason);

        /** They come again. */
        void resumed();
    }

    /**
     * Tells changes until the watcher has enough.
     *
     * @param begin the seq after which they begin; null for from now on
     * @throws NodeFailure where the node cannot be reached at first, or refuses at any time
     */
    public void run(@Nullable String begin) throws InterruptedException {
        since = begin;
        boolean reached = false;
        boolean told = false;
        while (true) {
            String why;
            try {
                if (since == null) {
                    since = newest();
                }
                try (Answer answer = connect(since)) {
                    if (told) {
                        watcher.resumed();
                    }
                    reached = true;
                    told = false;
                    if (!follow(answer)) {
                        return;
                    }
                    why = "The node ended the feed";
                } catch (IOException e) {
                    why = "The connection to " + node.url() + " was lost (" + e.getMessage() + ")";
                }
            } catch (NodeFailure failure) {
                boolean absent = failure.status() == 404;
                if (!absent && (failure.status() != 0 || !reached) && failure.status() / 100 != 5) {
                    throw failure;
                }
                if (absent) {
                    since = BEGINNING;
                    reached = true;
                }
                why = absent ? "There is no database \"" + database + "\" yet" : String.valueOf(failure.getMessage());
            }
            if (!told) {
                watcher.interrupted(why);
                told = true;
            }
            if (new CountDownLatch(1).await(pauseMs, TimeUnit.MILLISECONDS)) {
                return;
            }
            pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        }
    }

    private String newest() {
        String path = "/" + KeyValueStore.encode(database) + "/_changes?since=now";
        try (Answer answer = node.send("GET", path, null, PATIENCE)) {
            return store.checked(answer).text("last_seq");
        }
    }

    private Answer connect(String from) {
        JsonBuffer body = new JsonBuffer();
        String filter = "";
        if (exact) {
            filter = "&filter=_doc_ids";
            body.ascii("{\"doc_ids\":[").string(KeyName.id(prefix)).ascii("]}");
        } else if (prefix.isEmpty()) {
            body.ascii("{}");
        } else {
            filter = "&filter=_selector";
            body.ascii("{\"selector\":{\"_id\":{\"$beginsWith\":")
                    .string(KeyName.idPrefix(prefix))
                    .ascii("}}}");
        }
        String path = "/" + KeyValueStore.encode(database)
                + "/_changes?feed=continuous&include_docs=true&conflicts=true&heartbeat=" + HEARTBEAT.toMillis()
                + "&since=" + KeyValueStore.encode(from) + filter;
        Answer answer = node.send("POST", path, body.toByteArray(), PATIENCE);
        if (answer.status() / 100 != 2) {
            try (answer) {
                store.checked(answer);
            }
        }
        return answer;
    }

    /** Tells the changes of one connection; returns whether to go on with another. */
    private boolean follow(Answer answer) throws IOException {
        for (byte[] line = answer.line(); line != null; line = answer.line()) {
            pauseMs = LEAST_PAUSE_MS;
            if (line.length == 0) {
                continue;
            }
            JsonSlice change = parsed(line);
            JsonSlice last = change.member("last_seq");
            if (last != null) {
                since = last.string();
                return true;
            }
            if (change.text("id").isEmpty()) {
                throw new IOException(change.text("reason"));
            }
            if (!tell(change)) {
                return false;
            }
            since = change.text("seq");
        }
        return true;
    }

    private static JsonSlice parsed(byte[] line) throws IOException {
        try {
            return JsonSlice.of(line);
        } catch (RequestException e) {
            throw new IOException("a line was cut off", e);
        }
    }

    private boolean tell(JsonSlice change) {
        String key = KeyName.key(change.text("id"));
        if (key == null || !(exact ? key.equals(prefix) : key.startsWith(prefix))) {
            return true;
        }
        JsonSlice deleted = change.member("deleted");
        JsonSlice document = change.member("doc");
        KeyEntry entry = document == null || !document.isObject() || deleted != null && deleted.isTrue()
                ? null
                : KeyValueStore.entry(document);
        String revision = KeyValueStore.elements(change, "changes").getFirst().text("rev");
        return watcher.changed(new KeyChange(change.text("seq"), key, revision, entry));
    }
}
