package archipel.client;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which changes a feed shows.
 *
 * @param since the seq after which it begins; {@code 0} for all that there is, {@code now} for what comes
 * @param goesOn whether it waits for more once all is shown
 * @param documents whether each change has its document
 * @param ids of the documents whose changes are shown; empty for all
 * @param selector which documents; null for all
 * @param heartbeat how often a node that has nothing to say shows that it is there; after three that are missing
 *     another one is asked
 */
public record FeedOptions(
        String since,
        boolean goesOn,
        boolean documents,
        List<String> ids,
        @Nullable JsonNode selector,
        Duration heartbeat) {
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);

    public FeedOptions {
        ids = List.copyOf(ids);
        if (heartbeat.toMillis() < 1) {
            throw new IllegalArgumentException("a heartbeat takes a millisecond at least: " + heartbeat);
        }
        if (!ids.isEmpty() && selector != null) {
            throw new IllegalArgumentException("a feed is of certain ids or of a selector, not of both");
        }
    }

    /** All that there is and all that comes. */
    public static FeedOptions fromTheStart() {
        return since("0");
    }

    /** What comes from now on: after what had been acknowledged when the feed was opened. */
    public static FeedOptions fromNow() {
        return since("now");
    }

    /** What comes after that change. @param seq of {@link Change#seq} */
    public static FeedOptions since(String seq) {
        return new FeedOptions(seq, true, false, List.of(), null, HEARTBEAT);
    }

    /** What comes after that block. */
    public static FeedOptions since(Block block) {
        return since("block:" + block);
    }

    /** Ends when all there was is shown. */
    public FeedOptions untilNow() {
        return new FeedOptions(since, false, documents, ids, selector, heartbeat);
    }

    public FeedOptions withDocuments() {
        return new FeedOptions(since, goesOn, true, ids, selector, heartbeat);
    }

    public FeedOptions ofIds(List<String> some) {
        return new FeedOptions(since, goesOn, documents, some, selector, heartbeat);
    }

    public FeedOptions matching(JsonNode some) {
        return new FeedOptions(since, goesOn, documents, ids, some, heartbeat);
    }

    public FeedOptions heartbeat(Duration interval) {
        return new FeedOptions(since, goesOn, documents, ids, selector, interval);
    }
}
