package archipel.node;

import archipel.document.JsonBuffer;
import archipel.json.JsonSlice;
import archipel.node.NodeConnection.Answer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Follows the changes of keys. Each connection goes on after the last change that the one before it brought, so that
 * none is missed however often it is cut; of several changes of a key in the meantime the last one is told.
 *
 * <p>Where there is no database, it waits for one: all of that one's changes are news.
 */
public final class KeyWatch {
    private static final String BEGINNING = "0";

    private final NodeConnection node;
    private final KeyValueStore store;
    private final String database;
    private final String prefix;
    private final boolean exact;
    private final Watcher watcher;

    /** After which changes come; null until that is known. */
    private @Nullable String since;

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

    /** Who is told; no change is left out by an interruption. */
    public interface Watcher extends FeedListener {
        /** A change, after all that came before it; returns whether to go on. */
        boolean changed(KeyChange change);
    }

    /**
     * Tells changes until the watcher has enough.
     *
     * @param begin the seq after which they begin; null for from now on
     * @throws NodeFailure where the node cannot be reached at first, or refuses at any time
     */
    public void run(@Nullable String begin) throws InterruptedException {
        since = begin;
        new FeedLoop(node, new Changes(), watcher).run();
    }

    private final class Changes implements FeedLoop.Feed {
        @Override
        public Answer connect() {
            String from = since;
            if (from == null) {
                from = newest();
                since = from;
            }
            return KeyWatch.this.connect(from);
        }

        @Override
        public @Nullable String passes(NodeFailure refused) {
            if (refused.status() != 404) {
                return null;
            }
            since = BEGINNING;
            return "There is no database \"" + database + "\" yet";
        }

        @Override
        public FeedLoop.Next take(JsonSlice change) throws IOException {
            JsonSlice last = change.member("last_seq");
            if (last != null) {
                since = last.string();
                return FeedLoop.Next.CONNECTION;
            }
            if (change.text("id").isEmpty()) {
                throw new IOException(change.text("reason"));
            }
            if (!tell(change)) {
                return FeedLoop.Next.NOTHING;
            }
            since = change.text("seq");
            return FeedLoop.Next.LINE;
        }
    }

    private String newest() {
        String path = "/" + KeyValueStore.encode(database) + "/_changes?since=now";
        try (Answer answer = node.send("GET", path, null, FeedLoop.PATIENCE)) {
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
                + "/_changes?feed=continuous&include_docs=true&conflicts=true&heartbeat="
                + FeedLoop.HEARTBEAT.toMillis()
                + "&since=" + KeyValueStore.encode(from) + filter;
        Answer answer = node.send("POST", path, body.toByteArray(), FeedLoop.PATIENCE);
        if (answer.status() / 100 != 2) {
            try (answer) {
                store.checked(answer);
            }
        }
        return answer;
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
