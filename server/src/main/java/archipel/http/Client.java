package archipel.http;

import archipel.connections.GuardedConnection;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.memory.Allowance;
import archipel.read.BlockSelector;
import archipel.read.Wanted;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** The client that waits for an answer: it may go before that is there, and the server may stop. For one thread. */
public final class Client {
    /** How often one looks whether it is still there. */
    private static final long LOOK_MS = 1_000;

    private final Request wire;
    private final Feeds feeds;
    private final Answer answer;
    private @Nullable Stopwatch age;
    private long nextLookMs = LOOK_MS;

    Client(Request wire, Feeds feeds, Answer answer) {
        this.wire = wire;
        this.feeds = feeds;
        this.answer = answer;
    }

    /**
     * To be called now and then in the midst of long work, also while others are waited for; costs next to nothing. A
     * client that has closed its connection is found out about within a second of it.
     *
     * @return milliseconds after which to call it again
     * @throws EofException where the client has gone
     */
    public long check() throws IOException {
        if (age == null) {
            age = new Stopwatch();
        }
        long leftMs = nextLookMs - age.milliseconds();
        if (leftMs > 0) {
            return leftMs;
        }
        if (GuardedConnection.isGone(wire)) {
            throw new EofException("the client has gone");
        }
        nextLookMs += LOOK_MS - leftMs;
        return LOOK_MS;
    }

    /**
     * Waits for something on its behalf, with no reader open: false when it did not come in time, or as soon as the
     * server stops.
     */
    public boolean await(News news) {
        // Nothing is read or handled meanwhile, so that neither the time nor the memory for it counts.
        answer.restReading();
        Allowance.current().rest();
        return feeds.await(news);
    }

    /**
     * Opens something of a database on its behalf, waiting where that has to be waited for.
     *
     * @throws RequestException 503 where the server stops meanwhile
     */
    <T> T open(Wanted wanted, CompletableFuture<@Nullable Void> fresh, Opening<T> opening) {
        if (wanted.selector() != BlockSelector.LATEST || !fresh.isDone()) {
            return awaitOpening(opening);
        }
        try {
            return opening.open();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
    }

    private <T> T awaitOpening(Opening<T> opening) {
        AtomicReference<T> opened = new AtomicReference<>();
        await(() -> {
            opened.set(opening.open());
            return true;
        });
        T found = opened.get();
        if (found == null) {
            throw new RequestException(ErrorCode.STOPPING);
        }
        return found;
    }

    /** Whether what waits is to end, since the server or the node stops. */
    public boolean isStopping() {
        return feeds.areEnding();
    }

    /** Something that may come. */
    @FunctionalInterface
    public interface News {
        /** Waits for it; false when it did not come in time. */
        boolean await() throws InterruptedException;
    }

    /** What may have to wait for a block. */
    @FunctionalInterface
    interface Opening<T> {
        T open() throws InterruptedException;
    }
}
