package archipel.calls;

import archipel.failures.ArchipelException;
import archipel.failures.CallInterruptedException;
import archipel.failures.ErrorAnswer;
import archipel.failures.ServerFaultException;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The lines of a feed, which goes on at another node where one breaks off. To be read by one thread; any thread may
 * close it.
 */
public final class FollowedLines implements AutoCloseable {
    private final String what;
    private final Transport transport;
    private final int longest;
    private final Function<Permit, StreamedReply> opening;
    /** How often in a row without anything new. */
    private int brokenOff;

    private volatile boolean closed;
    private volatile @Nullable StreamedReply reply;
    private @Nullable Lines lines;

    /**
     * @param what which feed, for messages
     * @param longest of a line, in bytes
     * @param opening asks a node for the feed, from where it has come to, as long as it is permitted
     */
    public FollowedLines(String what, Transport transport, int longest, Function<Permit, StreamedReply> opening) {
        this.what = what;
        this.transport = transport;
        this.longest = longest;
        this.opening = opening;
    }

    /** Takes what comes. */
    @FunctionalInterface
    public interface Taker {
        /** @throws IOException where the feed has broken off by what the line says */
        void take(byte[] line) throws IOException;
    }

    public boolean isClosed() {
        return closed;
    }

    /**
     * Connects where there is no connection, or else waits for a line. Where the feed breaks off it is connected again
     * the next time.
     *
     * @throws ArchipelException where no node answers for as long as the client is patient, or as the taker throws it;
     *     not where the feed was closed meanwhile
     */
    public void step(Taker taker) {
        try {
            Lines from = lines;
            if (from == null) {
                connect();
            } else {
                byte[] line = from.next();
                if (line == null) {
                    throw new IOException("The feed broke off.");
                }
                taker.take(line);
            }
        } catch (IOException lost) {
            disconnect();
            if (Thread.currentThread().isInterrupted()) {
                throw new CallInterruptedException(what);
            }
            brokenOff++;
        } catch (ArchipelException | IllegalStateException e) {
            disconnect();
            if (!closed) {
                throw e;
            }
        }
    }

    private void connect() {
        transport.pause(what, brokenOff);
        StreamedReply opened = opening.apply(Permit.unless(() -> closed));
        reply = opened;
        lines = new Lines(what, opened.body(), longest);
        if (closed) {
            disconnect();
        }
    }

    /** Something new has come. */
    public void progressed() {
        brokenOff = 0;
    }

    /** The node has ended the feed. */
    public void ended() {
        disconnect();
        brokenOff++;
    }

    /** For a whole line, which will be the same at the next attempt. */
    public ServerFaultException noJson(JacksonException e) {
        return new ServerFaultException(
                what, ErrorAnswer.none("bad_answer", "A line is no JSON: " + e.getOriginalMessage()));
    }

    private void disconnect() {
        lines = null;
        StreamedReply open = reply;
        reply = null;
        close(open);
    }

    private static void close(@Nullable StreamedReply open) {
        if (open != null) {
            try {
                open.close();
            } catch (IOException gone) {
                // It is closed either way.
                return;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        close(reply);
    }
}
