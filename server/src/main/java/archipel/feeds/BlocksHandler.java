package archipel.feeds;

import archipel.blocks.BlockLookup;
import archipel.changes.Block;
import archipel.document.ErrorCode;
import archipel.feeds.FeedWriter.Shape;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.BlockParameters;
import archipel.http.BlockRefusal;
import archipel.http.DatabaseRequest;
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

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        ChangesQuery query = ChangesQuery.of(request, settings.changesTimeoutMs());
        Shape shape = query.shape();
        if (shape.waits() && request.wantedBlock().pins()) {
            throw new BlockRefusal(
                    ErrorCode.PINNED_FEED,
                    request.database(),
                    request.wantedBlock().asked());
        }
        boolean asked = request.parameters().has("since") || request.header("Last-Event-ID") != null;
        Block since = asked ? since(request, query.since()) : null;
        boolean changes = request.parameters().bool("include_changes", false);
        JsonStream stream = Feed.open(answer, shape);
        BlocksSource source = new BlocksSource(request, answer.client(), query, changes, since);
        if (shape == Shape.NORMAL && source.isUnchanged()) {
            return;
        }
        new Feed(request, answer.client(), FeedWriter.of(shape, stream), query.heartbeatMs(), query.timeoutMs())
                .answer(request, stream, source, null);
    }

    private static @Nullable Block since(DatabaseRequest request, String text) {
        if (text.equals("now")) {
            return request.newestBlock();
        }
        if (BlockParameters.isTime(text)) {
            return BlockLookup.before(request, text);
        }
        return request.blockAt(BlockParameters.exactly(request, text));
    }
}
