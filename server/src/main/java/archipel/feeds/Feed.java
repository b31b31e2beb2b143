package archipel.feeds;

import archipel.changes.Sequence;
import archipel.changes.Waiter;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.feeds.FeedWriter.Shape;
import archipel.http.Answer;
import archipel.http.Client;
import archipel.http.JsonStream;
import archipel.http.Request;
import archipel.http.Stopwatch;
import archipel.http.Verb;
import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a feed: sends what there is, then, for the shapes that wait, sleeps until there is more, shows a sign of life in
 * between, and ends in good order after a silence that nobody fills, when its source dries up, or when its reader may
 * not read it any more, which it looks at each time it wakes.
 *
 * <p>While it sleeps it holds no reader and next to no buffer, and its virtual thread is parked: ten thousand feeds
 * wait at a time.
 */
public final class Feed {
    /** What a feed tells of. */
    public interface Source {
        /**
         * Writes the rows that have come since the last time.
         *
         * @param waiter the feed's reader: to be asked now and then, and while something else is waited for
         * @return whether the feed is complete, because of a limit or since it went backwards
         */
        boolean drain(FeedWriter writer, Waiter waiter) throws IOException;

        /** Waits for something to be drained; false when there was nothing in time, or there never will be. */
        boolean await(Duration atMost);

        /** Whether nothing more will come. */
        boolean isClosed();

        /** Writes the feed's end. */
        void end(FeedWriter writer);
    }

    /** How often a feed that sleeps looks whether its reader is still there. */
    private static final long LOOK_MS = 15_000;

    private final FeedWriter writer;
    private final Waiter reader;
    private final Runnable rights;
    private final long heartbeatMs;
    private final long timeoutMs;
    private final LongSupplier clockMs;
    private long lastSentMs;

    /**
     * @param reader who reads the feed, and may give up
     * @param rights throws a {@link RequestException} where the reader may not read it any more
     * @param heartbeatMs after how much silence a sign of life is sent; 0 for none
     * @param timeoutMs after how much silence the feed ends, where there are no signs of life
     * @param clockMs a clock that never goes back
     */
    Feed(FeedWriter writer, Waiter reader, Runnable rights, long heartbeatMs, long timeoutMs, LongSupplier clockMs) {
        this.writer = writer;
        this.reader = reader;
        this.rights = rights;
        this.heartbeatMs = heartbeatMs;
        this.timeoutMs = timeoutMs;
        this.clockMs = clockMs;
    }

    /** For the sender of a request, with the clock of the machine. */
    public Feed(Request request, Client client, FeedWriter writer, long heartbeatMs, long timeoutMs) {
        this(writer, client::check, request::confirm, heartbeatMs, timeoutMs, new Stopwatch()::milliseconds);
    }

    /** @throws RequestException 400 for what is no number from 0 on */
    public static long number(String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below, like what is negative.
        }
        throw new RequestException(ErrorCode.INVALID_FEED_INTEGER);
    }

    /** The answer in which a feed of this shape is told. */
    public static JsonStream open(Answer answer, Shape shape) {
        return switch (shape) {
            case NORMAL -> answer.stream(200);
            case LONGPOLL, CONTINUOUS -> answer.feed(200, "application/json");
            case EVENTSOURCE -> answer.set("Cache-Control", "no-cache").feed(200, "text/event-stream");
        };
    }

    /**
     * Answers a request with a feed; a HEAD with its head alone.
     *
     * @param rewoundTo where the feed begins, where that is further back than the client asked for; else null
     */
    public void answer(Request request, JsonStream stream, Source source, @Nullable Sequence rewoundTo)
            throws IOException {
        if (request.verb() == Verb.HEAD) {
            stream.flush();
        } else {
            run(source, rewoundTo);
        }
        stream.finish();
    }

    void run(Source source) throws IOException {
        run(source, null);
    }

    private void run(Source source, @Nullable Sequence rewoundTo) throws IOException {
        lastSentMs = clockMs.getAsLong();
        writer.begin(rewoundTo);
        boolean complete = drain(source);
        if (!complete && writer.rows() == 0 && writer.shape().goesOn()) {
            writer.greet();
        }
        while (!complete && !isSatisfied()) {
            writer.flush();
            complete = !await(source) || drain(source);
        }
        source.end(writer);
    }

    /** Whether a feed that does not go on has what it came for. */
    private boolean isSatisfied() {
        Shape shape = writer.shape();
        return !shape.waits() || !shape.goesOn() && writer.rows() > 0;
    }

    private boolean drain(Source source) throws IOException {
        long before = writer.rows();
        boolean complete = source.drain(writer, this::check);
        if (writer.rows() != before) {
            lastSentMs = clockMs.getAsLong();
        }
        return complete;
    }

    /** False when the feed is to end. */
    private boolean await(Source source) throws IOException {
        while (true) {
            long silenceMs = heartbeatMs > 0 ? heartbeatMs : timeoutMs;
            long leftMs = lastSentMs + silenceMs - clockMs.getAsLong();
            boolean news = leftMs > 0 && source.await(Duration.ofMillis(Math.min(leftMs, LOOK_MS)));
            if (!news && source.isClosed() || !isAllowed()) {
                return false;
            }
            if (news) {
                return true;
            }
            if (leftMs > LOOK_MS) {
                reader.check();
            } else if (heartbeatMs > 0) {
                heartbeat();
            } else {
                return false;
            }
        }
    }

    private boolean isAllowed() {
        try {
            rights.run();
            return true;
        } catch (RequestException lost) {
            return false;
        }
    }

    /** What is due in the midst of a long search. */
    private long check() throws IOException {
        long nextMs = reader.check();
        if (heartbeatMs == 0) {
            return nextMs;
        }
        long leftMs = lastSentMs + heartbeatMs - clockMs.getAsLong();
        if (leftMs <= 0) {
            rights.run();
            heartbeat();
            leftMs = heartbeatMs;
        }
        return Math.min(nextMs, leftMs);
    }

    private void heartbeat() throws IOException {
        writer.heartbeat();
        lastSentMs = clockMs.getAsLong();
    }
}
