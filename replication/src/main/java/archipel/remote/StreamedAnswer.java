package archipel.remote;

import archipel.remote.RemoteException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it comes from the HTTP library: one piece of its body at a time, and the next one only once that was
 * read, so that a slow reader slows the sender down and nothing piles up.
 *
 * <p>While the head is waited for, the connection's idle timeout holds, which the bytes of a long request push on. Once
 * it is there only the time counts for which a reader waits: one that is busy elsewhere loses no connection.
 */
final class StreamedAnswer implements RemoteAnswer, Response.Listener {
    private final Request request;
    private final String shown;
    private final Duration idle;
    private final Body body = new Body();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    // Under the lock.
    private @Nullable Response head;
    private Content.@Nullable Chunk chunk;
    private @Nullable Runnable demand;
    private @Nullable Throwable failure;
    private boolean complete;
    private boolean closed;

    /** @param shown what is asked of whom, without credentials */
    StreamedAnswer(Request request, String shown, Duration idle) {
        this.request = request;
        this.shown = shown;
        this.idle = idle;
    }

    void awaitHead() throws IOException, InterruptedException {
        lock.lock();
        try {
            // The library watches the connection; this bounds what it does not watch, such as a place in its queue.
            long left = TimeUnit.MILLISECONDS.toNanos(10 * idle.toMillis());
            while (head == null && failure == null && !complete && !closed) {
                if (left <= 0) {
                    throw new RemoteException(Kind.TIMEOUT, shown + ": no answer", null);
                }
                left = news.awaitNanos(left);
            }
            if (head == null) {
                throw failure(failure);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean hasHead() {
        lock.lock();
        try {
            return head != null;
        } finally {
            lock.unlock();
        }
    }

    /** What to throw for whatever went wrong, on this side or as the library says. */
    IOException failure(@Nullable Throwable thrown) {
        lock.lock();
        try {
            Throwable first = failure == null ? thrown : failure;
            return closed
                    ? new RemoteException(Kind.STOPPED, shown + ": broken off", null)
                    : first == null ? new RemoteException(Kind.CUT, shown + ": no answer", null) : failed(first);
        } finally {
            lock.unlock();
        }
    }

    private IOException failed(Throwable thrown) {
        Throwable cause = thrown;
        while (!(cause instanceof RemoteException) && cause.getCause() != null && kind(cause) == Kind.CUT) {
            cause = cause.getCause();
        }
        if (cause instanceof RemoteException known) {
            return new RemoteException(known.kind(), shown + ": " + known.getMessage(), known);
        }
        Kind kind = kind(cause);
        String reason = switch (kind) {
            case UNRESOLVED -> "the name has no address";
            case REFUSED -> "the connection was refused";
            case UNTRUSTED -> "no TLS connection that is trusted: " + cause.getMessage();
            case TIMEOUT -> "nothing came in time";
            case BUSY -> "too many requests wait for this host";
            default -> "the connection broke";
        };
        return new RemoteException(kind, shown + ": " + reason, cause);
    }

    private static Kind kind(Throwable thrown) {
        return switch (thrown) {
            case UnknownHostException _, UnresolvedAddressException _ -> Kind.UNRESOLVED;
            case SocketTimeoutException _, TimeoutException _ -> Kind.TIMEOUT;
            case ConnectException _, NoRouteToHostException _ -> Kind.REFUSED;
            case SSLException _ -> Kind.UNTRUSTED;
            case RejectedExecutionException _ -> Kind.BUSY;
            case CancellationException _ -> Kind.STOPPED;
            default -> Kind.CUT;
        };
    }

    @Override
    public void onHeaders(Response response) {
        if (request.getConnection() instanceof Connection connection) {
            connection.getEndPoint().setIdleTimeout(0);
        }
        lock.lock();
        try {
            head = response;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onContent(Response response, Content.Chunk piece, Runnable demander) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            piece.retain();
            chunk = piece;
            demand = demander;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onFailure(Response response, Throwable thrown) {
        fail(thrown);
    }

    @Override
    public void onComplete(Result result) {
        if (result.isFailed()) {
            fail(result.getFailure());
        }
        lock.lock();
        try {
            complete = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail(Throwable thrown) {
        lock.lock();
        try {
            if (failure == null) {
                failure = thrown;
            }
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int status() {
        return head().getStatus();
    }

    @Override
    public @Nullable String header(String name) {
        return head().getHeaders().get(name);
    }

    private Response head() {
        lock.lock();
        try {
            return Objects.requireNonNull(head, "asked before the head was there");
        } finally {
            lock.unlock();
        }
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public void close() {
        Content.Chunk left;
        boolean whole;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            whole = complete;
            left = chunk;
            chunk = null;
            demand = null;
            news.signalAll();
        } finally {
            lock.unlock();
        }
        if (left != null) {
            left.release();
        }
        if (!whole) {
            request.abort(new CancellationException("broken off"));
        }
    }

    private final class Body extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            Content.Chunk emptied;
            Runnable next;
            int count;
            lock.lock();
            try {
                await();
                Content.Chunk piece = chunk;
                if (piece == null) {
                    return -1;
                }
                ByteBuffer bytes = piece.getByteBuffer();
                count = Math.min(length, bytes.remaining());
                bytes.get(into, offset, count);
                if (bytes.hasRemaining()) {
                    return count;
                }
                emptied = piece;
                next = demand;
                chunk = null;
                demand = null;
            } finally {
                lock.unlock();
            }
            emptied.release();
            if (next != null) {
                // Mostly reads and parses the next piece on this thread, without waking another.
                next.run();
            }
            return count == 0 ? read(into, offset, length) : count;
        }

        private void await() throws IOException {
            long left = idle.toNanos();
            while (chunk == null && !complete && failure == null && !closed) {
                if (left <= 0) {
                    throw new RemoteException(
                            Kind.TIMEOUT, shown + ": nothing came for " + idle.toMillis() + " ms", null);
                }
                try {
                    left = news.awaitNanos(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("interrupted while waiting for " + shown);
                }
            }
            if (closed || chunk == null && failure != null) {
                throw failure(failure == null ? new EOFException() : failure);
            }
        }

        @Override
        public int available() {
            lock.lock();
            try {
                return chunk == null ? 0 : chunk.getByteBuffer().remaining();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            StreamedAnswer.this.close();
        }
    }
}
