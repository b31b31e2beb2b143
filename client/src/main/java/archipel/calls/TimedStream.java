package archipel.calls;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A body that is read as it comes. Holds one piece as the HTTP client gave it, and asks for the next one once that is
 * read, so that a slow reader slows the node down. Fails where nothing comes for too long, which the JDK's own stream
 * does not: a node that is frozen, or cut off, would be waited for without end.
 */
final class TimedStream extends InputStream implements BodySubscriber<InputStream> {
    /** What the HTTP client's threads say. */
    private sealed interface Event permits Piece, End {}

    private record Piece(List<ByteBuffer> buffers) implements Event {}

    /** @param failure null where all came */
    private record End(@Nullable Throwable failure) implements Event {}

    private final Duration silence;
    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final Queue<ByteBuffer> current = new ArrayDeque<>();
    private @Nullable End end;
    private volatile boolean closed;

    TimedStream(Duration silence) {
        this.silence = silence;
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription.complete(given);
        if (closed) {
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        events.add(new Piece(buffers));
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new End(failure));
    }

    @Override
    public void onComplete() {
        events.add(new End(null));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (true) {
            if (closed) {
                throw new IOException("The stream is closed.");
            }
            ByteBuffer buffer = current.peek();
            if (buffer == null) {
                if (!fill()) {
                    return -1;
                }
            } else if (!buffer.hasRemaining()) {
                current.remove();
                if (current.isEmpty()) {
                    subscription.join().request(1);
                }
            } else {
                int count = Math.min(length, buffer.remaining());
                buffer.get(target, offset, count);
                return count;
            }
        }
    }

    /** @return false at the end */
    private boolean fill() throws IOException {
        if (end == null) {
            Event event = take();
            if (event instanceof Piece piece) {
                current.addAll(piece.buffers);
                if (current.isEmpty()) {
                    subscription.join().request(1);
                }
                return true;
            }
            end = (End) event;
        }
        if (end.failure != null) {
            throw new IOException("The answer broke off.", end.failure);
        }
        return false;
    }

    private Event take() throws IOException {
        try {
            Event event = events.poll(silence.toNanos(), TimeUnit.NANOSECONDS);
            if (event != null) {
                return event;
            }
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        close();
        throw new IOException("The node has said nothing for " + silence.toMillis() + " ms.");
    }

    @Override
    public void close() {
        closed = true;
        Flow.Subscription given = subscription.getNow(null);
        if (given != null) {
            given.cancel();
        }
        // For a reader that waits.
        events.add(new End(new IOException("The stream is closed.")));
    }
}
