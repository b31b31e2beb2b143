package archipel.peers;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OpenFeedsTest {
    private final OpenFeeds feeds = new OpenFeeds();

    /** On a thread of its own, which is interrupted where the feed ends. */
    private OpenFeeds.Feed open(String process, String callsAgain) {
        CompletableFuture<OpenFeeds.Feed> feed = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> feed.complete(feeds.open("peer", process, callsAgain::equals)));
        return feed.join();
    }

    @Test
    void open_byAnotherProcess_endsFeedsOfOneThatMustCallAgain() {
        OpenFeeds.Feed before = open("one", "");
        OpenFeeds.Feed now = open("two", "one");
        assertFalse(before.isNewest());
        assertTrue(now.isNewest());
    }

    @Test
    void open_byAnotherProcess_leavesOneAloneThatKnows() {
        OpenFeeds.Feed before = open("one", "");
        OpenFeeds.Feed now = open("two", "");
        assertTrue(before.isNewest());
        assertTrue(now.isNewest());
    }

    @Test
    void open_byOneThatAnotherHasCalledAfter_endsAtOnce() {
        assertFalse(open("one", "one").isNewest());
    }

    @Test
    void open_moreThanAFew_endsTheOldest() {
        OpenFeeds.Feed oldest = open("one", "");
        for (int i = 1; i < OpenFeeds.MOST; i++) {
            open("one", "");
        }
        assertTrue(oldest.isNewest());
        OpenFeeds.Feed newest = open("one", "");
        assertFalse(oldest.isNewest());
        assertTrue(newest.isNewest());
    }
}
