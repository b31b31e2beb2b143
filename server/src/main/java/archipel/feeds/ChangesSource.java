package archipel.feeds;

import archipel.changes.Change;
import archipel.changes.Sequence;
import archipel.changes.Waiter;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.Client;
import archipel.http.DatabaseRequest;
import archipel.read.ChangeCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The changes of one database, for one feed: what was written since the feed's last look, each document once and at its
 * newest change.
 */
final class ChangesSource implements Feed.Source {
    private static final long NO_BLOCK = -1;

    private final DatabaseRequest request;
    private final Client client;
    private final Database database;
    private final ChangesQuery query;
    private final ChangeFilter filter;
    private final ChangeRow row;
    private final Since since;
    /** Whether the position was not there yet, so that it is not known to be of this history. */
    private boolean ahead;

    /** Whether the feed began anew, and its reader was not told yet. */
    private boolean anew;

    private @Nullable DeferredChange deferred;
    private Sequence last;
    private long remaining;
    private long pending;

    /** @param start after which to begin; before which, when descending */
    ChangesSource(
            DatabaseRequest request,
            Client client,
            ChangesQuery query,
            ChangeFilter filter,
            ChangeRow row,
            Since since,
            Since.Start start) {
        this.request = request;
        this.client = client;
        this.database = request.database();
        this.query = query;
        this.filter = filter;
        this.row = row;
        this.remaining = query.limit();
        this.since = since;
        this.last = start.sequence();
        this.ahead = start.standing() == Since.Standing.AHEAD;
        this.anew = start.standing() == Since.Standing.ANEW;
    }

    @Override
    public boolean drain(FeedWriter writer, Waiter waiter) throws IOException {
        try (Reader reader = request.reader()) {
            if (ahead && reader.block().lastSeq() >= last.number()) {
                ahead = false;
                if (!reader.changes().recognizes(last)) {
                    last = since.elsewhere(database).sequence();
                    anew = true;
                }
            }
            if (anew) {
                anew = false;
                writer.beganAnew(last);
            }
            return query.descending() ? backward(reader, writer, waiter) : forward(reader, writer, waiter);
        } catch (RequestException e) {
            if (isClosed()) {
                return true;
            }
            throw e;
        }
    }

    private boolean forward(Reader reader, FeedWriter writer, Waiter waiter) throws IOException {
        Sequence head = reader.block().lastSequence();
        long from = last.number();
        if (head.number() <= from && remaining > 0) {
            pending = 0;
            return false;
        }
        long visited = visit(reader, head.number() - from, writer, waiter);
        if (remaining > 0) {
            last = head;
            pending = 0;
            return false;
        }
        pending = from == 0 && visited >= 0
                ? reader.changes().pending(0, Long.MAX_VALUE) - visited
                : reader.changes().pending(last.number(), Long.MAX_VALUE);
        return true;
    }

    private boolean backward(Reader reader, FeedWriter writer, Waiter waiter) throws IOException {
        long visited = visit(reader, last.number(), writer, waiter);
        pending = remaining > 0 || visited < 0 ? 0 : reader.changes().pending(0, Long.MAX_VALUE) - visited;
        return true;
    }

    /**
     * Writes rows until there is none left, or the limit is reached.
     *
     * @param changes how many there are at the most
     * @return how many changes were looked at; -1 where documents were looked up instead
     */
    private long visit(Reader reader, long changes, FeedWriter writer, Waiter waiter) throws IOException {
        if (remaining == 0) {
            return 0;
        }
        // Which block made a change only the walk knows.
        List<DocumentRecord> candidates = query.blocks() ? null : filter.candidates(reader, changes);
        if (candidates != null) {
            visit(reader, candidates, writer, waiter);
            return -1;
        }
        long visited = 0;
        try (ChangeCursor cursor = reader.changes().after(last.number(), query.descending())) {
            FilteredChanges changed = new FilteredChanges(reader, cursor, filter, query.allLeaves(), waiter);
            while (remaining > 0 && changed.next(remaining)) {
                visited++;
                show(reader, changed.change(), changed.shown(), writer, waiter);
            }
            if (deferred != null) {
                writeDeferred(reader, writer, remaining > 0 || !goesOn(changed, deferred.block));
            }
        }
        return visited;
    }

    private void visit(Reader reader, List<DocumentRecord> candidates, FeedWriter writer, Waiter waiter)
            throws IOException {
        Comparator<DocumentRecord> order =
                Comparator.comparingLong(r -> r.lastChange().number());
        candidates.sort(query.descending() ? order.reversed() : order);
        long from = query.descending() ? 0 : last.number();
        for (DocumentRecord record : candidates) {
            if (remaining == 0) {
                return;
            }
            if (record.lastChange().number() > from) {
                Change change = new Change(
                        record.lastChange(),
                        NO_BLOCK,
                        record.id(),
                        record.tree().leaves());
                List<Leaf> shown = FilteredChanges.select(reader, change, filter, query.allLeaves(), waiter);
                show(reader, change, shown, writer, waiter);
            }
        }
    }

    private void show(Reader reader, Change change, List<Leaf> shown, FeedWriter writer, Waiter waiter)
            throws IOException {
        Sequence sequence = change.sequence();
        if (query.descending()) {
            last = sequence;
        }
        // Also for what is shown: rows go out once there are enough of them.
        waiter.check();
        if (shown.isEmpty()) {
            return;
        }
        boolean numbered = query.sequenceInterval() == 1 || remaining % query.sequenceInterval() == 0;
        Sequence number = numbered ? sequence : null;
        Leaf winner = change.leaves().getFirst();
        if (query.blocks()) {
            if (deferred != null) {
                writeDeferred(reader, writer, deferred.block != change.blockNumber());
            }
            deferred = new DeferredChange(number, change.id(), winner, shown, change.blockNumber());
        } else {
            row.write(writer, reader, number, change.id(), winner, shown, null);
        }
        last = sequence;
        remaining--;
    }

    /** Writes the row that waited until it was known whether its block goes on. */
    private void writeDeferred(Reader reader, FeedWriter writer, boolean lastOfBlock) throws IOException {
        DeferredChange one = Objects.requireNonNull(deferred);
        deferred = null;
        row.write(
                writer,
                reader,
                one.sequence,
                one.id,
                one.winner,
                one.shown,
                new ChangeRow.Mark(one.block, lastOfBlock));
    }

    /** Whether more of that block would be shown, were it not for the limit. */
    private static boolean goesOn(FilteredChanges changed, long block) throws IOException {
        while (changed.next(1)) {
            if (changed.change().blockNumber() != block) {
                return false;
            }
            if (!changed.shown().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean await(Duration atMost) {
        return request.awaitChange(ahead ? last.number() - 1 : last.number(), atMost);
    }

    @Override
    public boolean isClosed() {
        return database.isDeleted() || client.isStopping();
    }

    @Override
    public void end(FeedWriter writer) {
        writer.end(last, pending);
    }

    private record DeferredChange(@Nullable Sequence sequence, String id, Leaf winner, List<Leaf> shown, long block) {}
}
