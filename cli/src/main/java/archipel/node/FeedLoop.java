package archipel.node;

import archipel.document.RequestException;
import archipel.json.JsonSlice;
import archipel.node.NodeConnection.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows a feed of a node whose lines are JSON objects, by one connection after the other until somebody has enough.
 * Tells whoever listens once when it is interrupted, and once when it goes on.
 */
final class FeedLoop {
    /** How often the node is to send something at least. */
    static final Duration HEARTBEAT = Duration.ofSeconds(10);

    /** For how long an answer may be silent. */
    static final Duration PATIENCE = HEARTBEAT.multipliedBy(3);

    private static final long LEAST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 3_000;

    private final NodeConnection node;
    private final Feed feed;
    private final FeedListener listener;
    private long pauseMs = LEAST_PAUSE_MS;

    FeedLoop(NodeConnection node, Feed feed, FeedListener listener) {
        this.node = node;
        this.feed = feed;
        this.listener = listener;
    }

    /** What is followed. */
    interface Feed {
        /** @throws NodeFailure where the node cannot be reached, or refuses */
        Answer connect();

        /** What to do with a line. @throws IOException where it is none of this feed */
        Next take(JsonSlice line) throws IOException;

        /** Why a refusal is waited for until it is over; null where it is a failure. */
        default @Nullable String passes(NodeFailure refused) {
            return null;
        }
    }

    /** What comes after a line. */
    enum Next {
        LINE,
        CONNECTION,
        NOTHING
    }

    /** @throws NodeFailure where the node cannot be reached at first, or refuses at any time */
    void run() throws InterruptedException {
        boolean reached = false;
        boolean told = false;
        while (true) {
            String why;
            try (Answer answer = feed.connect()) {
                if (told) {
                    listener.resumed();
                }
                reached = true;
                told = false;
                if (!follow(answer)) {
                    return;
                }
                why = "The node ended the feed";
            } catch (IOException e) {
                why = "The connection to " + node.url() + " was lost (" + e.getMessage() + ")";
            } catch (NodeFailure failure) {
                String passing = feed.passes(failure);
                if (passing == null && (failure.status() != 0 || !reached) && failure.status() / 100 != 5) {
                    throw failure;
                }
                reached |= passing != null;
                why = passing != null ? passing : String.valueOf(failure.getMessage());
            }
            if (!told) {
                listener.interrupted(why);
                told = true;
            }
            if (new CountDownLatch(1).await(pauseMs, TimeUnit.MILLISECONDS)) {
                return;
            }
            pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        }
    }

    /** Hands on the lines of one connection; returns whether to go on with another. */
    private boolean follow(Answer answer) throws IOException {
        for (byte[] line = answer.line(); line != null; line = answer.line()) {
            pauseMs = LEAST_PAUSE_MS;
            if (line.length == 0) {
                continue;
            }
            Next next = feed.take(parsed(line));
            if (next != Next.LINE) {
                return next == Next.CONNECTION;
            }
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
}
