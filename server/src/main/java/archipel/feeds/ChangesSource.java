package archipel.feeds;

import archipel.changes.Change;
import archipel.changes.Sequence;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.engine.DatabaseState;
import archipel.engine.DocumentRecord;
import archipel.engine.Snapshot.ChangeCursor;
import archipel.engine.Snapshot;
import archipel.http.Exchange;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * The changes of one database, for one feed: what was written since the feed's last look, each document once and at its
 * newest change.
 *
 * <p>A {@code since} that another history gave out (its hash is not that of the block here) begins anew at 0, as it
 * does in CouchDB for a database that was deleted and made again; a bare number past the end means {@code now}.
 */
final class ChangesSource implements Feed.Source {
    /** How many changes that are not shown go by between two looks at the clock. */
    private static final int PULSE_EVERY = 1024;

    private final Exchange exchange;
    private final Database database;
    private final ChangesQuery query;
    private final ChangeFilter filter;
    private final ChangeRow row;
    private Sequence last;
    private boolean started;
    private long remaining;
    private long skipped;
    private long pending;

    /** @throws RequestException 400 for a {@code since} that is none */
    ChangesSource(Exchange exchange, ChangesQuery query, ChangeFilter filter, ChangeRow row) {
        this.exchange = exchange;
        this.database = exchange.database();
        this.query = query;
        this.filter = filter;
        this.row = row;
        this.remaining = query.limit();
        this.last = query.since().equals("now") ? Sequence.ZERO : Sequence.parse(query.since());
    }

    @Override
    public boolean drain(FeedWriter writer, Feed.Pulse pulse) throws IOException {
        try (Snapshot snapshot = exchange.snapshot()) {
            if (!started) {
                last = start(snapshot);
                started = true;
            }
            return query.descending() ? backward(snapshot, writer, pulse) : forward(snapshot, writer, pulse);
        } catch (RequestException e) {
            if (started && isClosed()) {
                return true;
            }
            throw e;
        }
    }

    private Sequence start(Snapshot snapshot) {
        Sequence head = snapshot.state().head().lastSequence();
        if (query.descending() || query.since().equals("now")) {
            return head;
        }
        if (last.number() > head.number()) {
            return last.hashPrefix() == 0 ? head : Sequence.ZERO;
        }
        return snapshot.recognizes(last) ? last : Sequence.ZERO;
    }

    private boolean forward(Snapshot snapshot, FeedWriter writer, Feed.Pulse pulse) throws IOException {
        DatabaseState state = snapshot.state();
        Sequence head = state.head().lastSequence();
        long from = last.number();
        if (head.number() <= from && remaining > 0) {
            pending = 0;
            return false;
        }
        long visited = visit(snapshot, head.number() - from, writer, pulse);
        if (remaining > 0) {
            last = head;
            pending = 0;
            return false;
        }
        pending = from == 0 && visited >= 0
                ? state.documents() + state.deletedDocuments() - visited
                : snapshot.pending(last.number(), Long.MAX_VALUE);
        return true;
    }

    private boolean backward(Snapshot snapshot, FeedWriter writer, Feed.Pulse pulse) throws IOException {
        DatabaseState state = snapshot.state();
        long visited = visit(snapshot, last.number(), writer, pulse);
        pending = remaining > 0 || visited < 0 ? 0 : state.documents() + state.deletedDocuments() - visited;
        return true;
    }

    /**
     * Writes rows until there is none left, or the limit is reached.
     *
     * @param changes how many there are at the most
     * @return how many changes were looked at; -1 where documents were looked up instead
     */
    private long visit(Snapshot snapshot, long changes, FeedWriter writer, Feed.Pulse pulse) throws IOException {
        if (remaining == 0) {
            return 0;
        }
        List<DocumentRecord> candidates = filter.candidates(snapshot, changes);
        if (candidates != null) {
            visit(snapshot, candidates, writer, pulse);
            return -1;
        }
        long visited = 0;
        try (ChangeCursor cursor = snapshot.changes(last.number(), query.descending())) {
            while (remaining > 0 && cursor.next()) {
                Change change = cursor.change();
                visited++;
                show(snapshot, change.sequence(), change.id(), change.leaves(), writer, pulse);
            }
        }
        return visited;
    }

    private void visit(Snapshot snapshot, List<DocumentRecord> candidates, FeedWriter writer, Feed.Pulse pulse)
            throws IOException {
        Comparator<DocumentRecord> order = Comparator.comparingLong(r -> r.lastChange().number());
        candidates.sort(query.descending() ? order.reversed() : order);
        long from = query.descending() ? 0 : last.number();
        for (DocumentRecord record : candidates) {
            if (remaining == 0) {
                return;
            }
            if (record.lastChange().number() > from) {
                show(snapshot, record.lastChange(), record.id(), record.tree().leaves(), writer, pulse);
            }
        }
    }

    private void show(
            Snapshot snapshot,
            Sequence sequence,
            String id,
            List<Leaf> leaves,
            FeedWriter writer,
            Feed.Pulse pulse)
            throws IOException {
        List<Leaf> wanted = query.allLeaves() || leaves.size() == 1 ? leaves : leaves.subList(0, 1);
        List<Leaf> shown = filter.select(snapshot, id, wanted);
        if (query.descending()) {
            last = sequence;
        }
        if (shown.isEmpty()) {
            if (++skipped % PULSE_EVERY == 0) {
                pulse.check();
            }
            return;
        }
        boolean numbered = query.sequenceInterval() == 1 || remaining % query.sequenceInterval() == 0;
        row.write(writer, snapshot, numbered ? sequence : null, id, leaves.getFirst(), shown);
        last = sequence;
        remaining--;
    }

    @Override
    public boolean await(Duration atMost) {
        return exchange.awaitChange(last.number(), atMost);
    }

    @Override
    public boolean isClosed() {
        return database.isDeleted() || exchange.isStopping();
    }

    @Override
    public void end(FeedWriter writer) {
        writer.end(last, pending);
    }
}
