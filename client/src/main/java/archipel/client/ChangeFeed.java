package archipel.client;

import archipel.calls.Call;
import archipel.calls.FollowedLines;
import archipel.calls.Permit;
import archipel.calls.StreamedReply;
import archipel.failures.ServerFaultException;
import archipel.failures.UnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A database's changes in their order, as they come. {@link #next} blocks until there is one. Where a node breaks off,
 * is silent for three heartbeats or goes away, the feed goes on at another one after the change that it showed last:
 * members of an ensemble number changes alike, so it misses nothing and shows nothing twice. It holds one line in
 * memory; a slow reader slows the node down.
 *
 * <p>To be read by one thread; any thread may close it, which ends a {@link #hasNext} that waits, at once or within two
 * seconds where the feed is about to begin anew.
 */
public final class ChangeFeed implements Iterator<Change>, AutoCloseable {
    private static final int MISSING_HEARTBEATS = 3;

    private final DatabaseCalls calls;
    private final FeedOptions options;
    private final FollowedLines feed;
    private String since;
    private @Nullable Change next;
    private boolean ended;

    ChangeFeed(DatabaseCalls calls, FeedOptions options) {
        this.calls = calls;
        this.options = options;
        // What is "now" has to be the same wherever the feed goes on.
        this.since = options.since().equals("now") ? newestSeq() : options.since();
        this.feed = new FollowedLines(
                "follow " + calls.name(),
                calls.transport(),
                calls.transport().options().largestAnswer(),
                this::open);
    }

    private String newestSeq() {
        Call call = Call.read(calls.path("_changes")).with("since", "now").with("limit", "0");
        return calls.json()
                .read(calls.read(call, new Pin.Newest(Consistency.LINEARIZABLE)))
                .path("last_seq")
                .asString();
    }

    /** The change that was shown last, or where the feed begins: with it another feed goes on. */
    public String seq() {
        return since;
    }

    /**
     * Whether there is another change; blocks until there is.
     *
     * @return false once the feed is closed, or has shown all that it was to show
     * @throws archipel.failures.OtherHistoryException where the database was deleted and made again
     * @throws archipel.failures.NotFoundException where it is gone
     * @throws archipel.failures.TooLargeException where a change is longer than the client reads
     * @throws ServerFaultException where what comes is no change
     * @throws UnavailableException where no node answers for as long as the client is patient; the feed can be asked
     *     again
     */
    @Override
    public boolean hasNext() {
        while (next == null && !ended && !feed.isClosed()) {
            feed.step(this::take);
        }
        return next != null;
    }

    @Override
    public Change next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException();
        }
        Change change = next;
        next = null;
        since = change.seq();
        if (change.block() > 0) {
            calls.saw(Block.number(change.block()));
        }
        return change;
    }

    /** The changes as a stream, which ends where the feed does. */
    public Stream<Change> stream() {
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .onClose(this::close);
    }

    private StreamedReply open(Permit permit) {
        String path = calls.path("_changes");
        ObjectNode body = calls.json().mapper().createObjectNode();
        if (options.selector() != null) {
            body.set("selector", options.selector());
        }
        options.ids().forEach(id -> body.withArray("doc_ids").add(id));
        Call call =
                body.isEmpty() ? Call.read(path) : Call.query(path, calls.json().bytes(body));
        if (!body.isEmpty()) {
            call = call.with("filter", options.ids().isEmpty() ? "_selector" : "_doc_ids");
        }
        call = call.with("feed", "continuous")
                .with("since", since)
                .with("strict", "true")
                .with("blocks", "true");
        call = options.goesOn()
                ? call.with("heartbeat", Long.toString(options.heartbeat().toMillis()))
                        .silence(options.heartbeat().multipliedBy(MISSING_HEARTBEATS))
                : call.with("timeout", "0");
        if (options.documents()) {
            call = call.with("include_docs", "true");
        }
        return calls.open(call.under(permit), new Pin.Newest(Consistency.LINEARIZABLE));
    }

    private void take(byte[] line) throws IOException {
        if (line.length == 0) {
            return;
        }
        JsonNode row;
        try {
            row = calls.json().read(line);
        } catch (JacksonException e) {
            throw feed.noJson(e);
        }
        if (row.has("last_seq")) {
            feed.ended();
            // A node that stops ends its feeds; who goes on asks another one.
            ended = !options.goesOn() && row.path("pending").asLong(0) == 0;
        } else if (row.has("seq") && row.has("id")) {
            next = change(row);
            feed.progressed();
        } else if (row.has("error")) {
            throw new IOException(row.toString());
        }
    }

    private static Change change(JsonNode row) {
        List<String> revisions = new ArrayList<>();
        row.path("changes").forEach(one -> revisions.add(one.path("rev").asString()));
        JsonNode document = row.get("doc");
        return new Change(
                row.path("seq").asString(),
                row.path("id").asString(),
                revisions,
                row.path("deleted").asBoolean(false),
                row.path("block").asLong(0),
                document);
    }

    @Override
    public void close() {
        feed.close();
    }
}
