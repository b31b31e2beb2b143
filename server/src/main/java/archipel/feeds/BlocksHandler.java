package archipel.feeds;

import archipel.blocks.BlockLookup;
import archipel.changes.Block;
import archipel.document.ErrorCode;
import archipel.feeds.FeedWriter.Shape;
import archipel.http.Access;
import archipel.http.BlockParameters;
import archipel.http.BlockRefusal;
import archipel.http.Exchange;
import archipel.http.HttpSettings;
import archipel.http.JsonStream;
import archipel.http.Router;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** {@code /{db}/_blocks}: the blocks after one, as a list or as a feed; with their changes where that is wanted. */
final class BlocksHandler {
    private final HttpSettings settings;

    BlocksHandler(HttpSettings settings) {
        this.settings = settings;
    }

    void register(Router router) {
        router.database("_blocks", Access.MEMBER, "GET,HEAD").get(this::get).closedInSystemDatabases();
    }

    private void get(Exchange exchange) throws IOException {
        ChangesQuery query = ChangesQuery.of(exchange, settings.changesTimeoutMs());
        Shape shape = query.shape();
        if (shape.waits() && exchange.wantedBlock().pins()) {
            throw new BlockRefusal(
                    ErrorCode.PINNED_FEED,
                    exchange.database(),
                    exchange.wantedBlock().asked());
        }
        boolean asked = exchange.parameters().has("since") || exchange.header("Last-Event-ID") != null;
        Block since = asked ? since(exchange, query.since()) : null;
        boolean changes = exchange.parameters().bool("include_changes", false);
        JsonStream stream = Feed.open(exchange, shape);
        BlocksSource source = new BlocksSource(exchange, query, changes, since);
        if (shape == Shape.NORMAL && source.isUnchanged()) {
            return;
        }
        new Feed(exchange, FeedWriter.of(shape, stream), query.heartbeatMs(), query.timeoutMs())
                .answer(exchange, stream, source, null);
    }

    private static @Nullable Block since(Exchange exchange, String text) {
        if (text.equals("now")) {
            return exchange.newestBlock();
        }
        if (BlockParameters.isTime(text)) {
            return BlockLookup.before(exchange, text);
        }
        return exchange.blockAt(BlockParameters.exactly(exchange, text));
    }
}
