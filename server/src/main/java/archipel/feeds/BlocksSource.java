package archipel.feeds;

import archipel.blocks.BlockJson;
import archipel.changes.Block;
import archipel.changes.Change;
import archipel.changes.Waiter;
import archipel.document.JsonBuffer;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.Client;
import archipel.http.DatabaseRequest;
import archipel.read.BlockCursor;
import archipel.read.BlockException;
import archipel.read.ChangeCursor;
import archipel.read.Reader;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of one database, for one feed. With their changes: all that a block made, those superseded since too, so
 * that a receiver which applies whole blocks gets each state that ever was.
 */
final class BlocksSource implements Feed.Source {
    private static final long BEFORE_THE_FIRST = -1;

    private final DatabaseRequest request;
    private final Client client;
    private final Database database;
    private final ChangesQuery query;
    private final boolean withChanges;
    private final long since;
    private @Nullable Block last;
    private long remaining;
    private long pending;

    /** @param since after which to begin, or, when descending, before which to end; null for all */
    BlocksSource(
            DatabaseRequest request, Client client, ChangesQuery query, boolean withChanges, @Nullable Block since) {
        this.request = request;
        this.client = client;
        this.database = request.database();
        this.query = query;
        this.withChanges = withChanges;
        this.since = since == null ? BEFORE_THE_FIRST : since.number();
        this.last = since;
        this.remaining = query.limit();
    }

    /** Whether the client has what it asks for already; a 304 was sent then. */
    boolean isUnchanged() throws IOException {
        // For its block alone, which the tag names.
        request.reader().close();
        return request.isPinnedUnchanged();
    }

    @Override
    public boolean drain(FeedWriter writer, Waiter waiter) throws IOException {
        try (Reader reader = request.reader()) {
            long head = reader.block().number();
            long after = query.descending() ? head : lastNumber();
            long told = 0;
            BlockCursor cursor = reader.blocks().after(after, query.descending());
            while (remaining > 0 && cursor.next()) {
                Block block = cursor.block();
                if (query.descending() && block.number() <= since) {
                    break;
                }
                waiter.check();
                write(reader, block, writer);
                last = block;
                remaining--;
                told++;
            }
            pending = query.descending() ? Math.max(0, head - since) - told : Math.max(0, head - lastNumber());
            return remaining == 0 || query.descending();
        } catch (RequestException e) {
            if (isClosed()) {
                return true;
            }
            throw e;
        }
    }

    private long lastNumber() {
        return last == null ? BEFORE_THE_FIRST : last.number();
    }

    private void write(Reader reader, Block block, FeedWriter writer) throws IOException {
        boolean pruned = withChanges && block.number() < reader.horizon();
        if (pruned && !query.descending()) {
            throw new BlockException(
                    BlockException.Kind.BELOW_HORIZON, Long.toString(block.number()), reader.block(), reader.horizon());
        }
        JsonBuffer json = BlockJson.begin(writer.beginRow(), block);
        if (pruned) {
            json.ascii(",\"pruned\":true");
        } else if (withChanges) {
            json.ascii(",\"results\":[");
            changes(reader, block, json);
            json.ascii(']');
        }
        writer.endRow(json.ascii('}'), block.toString());
    }

    private void changes(Reader reader, Block block, JsonBuffer json) {
        String separator = "";
        try (ChangeCursor cursor = reader.changes().of(block)) {
            boolean more = cursor.next();
            while (more) {
                Change change = cursor.change();
                List<Leaf> leaves = change.leaves();
                List<Leaf> shown = query.allLeaves() ? leaves : leaves.subList(0, 1);
                ChangeRow.begin(json.ascii(separator), change.sequence(), change.id(), leaves.getFirst(), shown);
                separator = ",";
                more = cursor.next();
                json.ascii(more ? "}" : ",\"last\":true}");
            }
        }
    }

    @Override
    public boolean await(Duration atMost) {
        return request.awaitBlock(lastNumber() + 1, atMost);
    }

    @Override
    public boolean isClosed() {
        return database.isDeleted() || client.isStopping();
    }

    @Override
    public void end(FeedWriter writer) {
        Block block = last;
        writer.end(
                json -> {
                    json.ascii("\"last_block\":");
                    if (block == null) {
                        json.ascii("null");
                    } else {
                        json.string(block.toString());
                    }
                },
                pending);
    }
}
