package archipel.coordination;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.Certificate;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * A client's socket over TLS. The library's own way is another server of connections, on Netty, which bounds neither
 * what waits for a client nor how long one may say nothing.
 *
 * <p>A record of TLS may have more frames than one, and none of them makes the socket readable again: whoever reads
 * asks {@link #hasReceived} before it waits. A record that was encrypted and not sent must be sent before the next one,
 * so that the bytes in it count as sent only once it is.
 */
final class SecureChannel extends ClientChannel {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final ThreadLocal<Scratch> SCRATCH = new ThreadLocal<>();

    private final SSLEngine engine;
    private final ReentrantLock lock = new ReentrantLock();
    // Of the wire, not decrypted yet, and decrypted, not given yet. Guarded by the lock, as what follows.
    private ByteBuffer encrypted = NOTHING;
    private ByteBuffer decrypted = NOTHING;
    // For the wire. How many bytes that have to be given again are in it.
    private ByteBuffer unsent = NOTHING;
    private int owed;
    private boolean failed;
    private volatile boolean received;
    private volatile boolean waiting;

    /** Buffers that are used during one call alone, one set for each thread. */
    private record Scratch(ByteBuffer wire, ByteBuffer plain) {
        static Scratch of(SSLEngine engine) {
            Scratch known = SCRATCH.get();
            int wireBytes = engine.getSession().getPacketBufferSize();
            int plainBytes = engine.getSession().getApplicationBufferSize();
            if (known == null || known.wire.capacity() < wireBytes || known.plain.capacity() < plainBytes) {
                known = new Scratch(ByteBuffer.allocate(wireBytes), ByteBuffer.allocate(plainBytes));
                SCRATCH.set(known);
            }
            known.wire.clear();
            known.plain.clear();
            return known;
        }
    }

    /** @param engine for one connection, of a server */
    SecureChannel(SocketChannel socket, SSLEngine engine) {
        super(socket);
        this.engine = engine;
    }

    @Override
    int receive(ByteBuffer into) throws IOException {
        lock.lock();
        try {
            int before = into.position();
            take(into);
            int came = 0;
            while (into.hasRemaining() && came >= 0 && !failed) {
                came = fill();
                if (came == 0) {
                    break;
                }
                take(into);
            }
            received = decrypted.hasRemaining();
            return into.position() == before && (came < 0 || failed) ? -1 : into.position() - before;
        } catch (SSLException e) {
            failed = true;
            alert();
            return -1;
        } finally {
            lock.unlock();
        }
    }

    // Says why, to whoever speaks TLS. To others it is the end.
    private void alert() {
        try {
            if (send()) {
                wrap(NOTHING);
            }
        } catch (IOException | IllegalStateException e) {
            owed = 0;
        }
    }

    private void take(ByteBuffer into) {
        int bytes = Math.min(decrypted.remaining(), into.remaining());
        into.put(into.position(), decrypted, decrypted.position(), bytes).position(into.position() + bytes);
        decrypted.position(decrypted.position() + bytes);
        if (!decrypted.hasRemaining()) {
            decrypted = NOTHING;
        }
    }

    // Reads records until one has something. 0 where the socket has no more, -1 where none will come.
    private int fill() throws IOException {
        Scratch scratch = Scratch.of(engine);
        ByteBuffer wire = scratch.wire().put(encrypted);
        encrypted = NOTHING;
        boolean dry = false;
        try {
            while (true) {
                SSLEngineResult result = engine.unwrap(wire.flip(), scratch.plain());
                wire.compact();
                switch (result.getStatus()) {
                    case CLOSED -> {
                        return -1;
                    }
                    case BUFFER_OVERFLOW -> throw new SSLException("a record is longer than any may be");
                    case OK, BUFFER_UNDERFLOW -> {
                        // Goes on below.
                    }
                }
                advance();
                if (result.bytesProduced() > 0) {
                    decrypted = copy(scratch.plain().flip());
                    return 1;
                }
                if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                    if (dry) {
                        return 0;
                    }
                    int came = wire().read(wire);
                    if (came < 0) {
                        return -1;
                    }
                    dry = came == 0;
                } else if (result.bytesConsumed() == 0 && hasUnsent()) {
                    // It cannot go on before the client has what it waits for.
                    return 0;
                }
            }
        } finally {
            encrypted = copy(wire.flip());
        }
    }

    private static ByteBuffer copy(ByteBuffer from) {
        return from.hasRemaining()
                ? ByteBuffer.allocate(from.remaining()).put(from).flip()
                : NOTHING;
    }

    // Does what the handshake wants from this side.
    private void advance() throws IOException {
        while (true) {
            HandshakeStatus status = engine.getHandshakeStatus();
            if (status == HandshakeStatus.NEED_TASK) {
                for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                    task.run();
                }
            } else if (status != HandshakeStatus.NEED_WRAP || !send() || wrap(NOTHING) == null) {
                return;
            }
        }
    }

    // Encrypts some of it, and sends what the socket takes. Null where nothing more can be sent.
    private @Nullable SSLEngineResult wrap(ByteBuffer from) throws IOException {
        ByteBuffer wire = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        SSLEngineResult result = engine.wrap(from, wire);
        unsent = wire.flip();
        send();
        return result.getStatus() == SSLEngineResult.Status.OK ? result : null;
    }

    // Whether nothing waits any more.
    private boolean send() throws IOException {
        if (unsent.hasRemaining()) {
            wire().write(unsent);
        }
        if (!unsent.hasRemaining()) {
            unsent = NOTHING;
        }
        waiting = unsent.hasRemaining();
        return !waiting;
    }

    @Override
    int transmit(ByteBuffer from) throws IOException {
        lock.lock();
        try {
            int before = from.position();
            while (from.hasRemaining() && !engine.isOutboundDone() && send()) {
                if (owed > 0) {
                    from.position(from.position() + owed);
                    owed = 0;
                    continue;
                }
                ByteBuffer record = from.slice();
                SSLEngineResult result = wrap(record);
                if (result == null || result.bytesConsumed() == 0) {
                    break;
                }
                owed = result.bytesConsumed();
            }
            return from.position() - before;
        } finally {
            lock.unlock();
        }
    }

    @Override
    boolean hasReceived() {
        return received;
    }

    @Override
    boolean hasUnsent() {
        return waiting;
    }

    @Override
    void flush() throws IOException {
        if (!waiting) {
            return;
        }
        lock.lock();
        try {
            if (send()) {
                advance();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    void goodbye() {
        lock.lock();
        try {
            engine.closeOutbound();
            if (send()) {
                wrap(NOTHING);
            }
        } catch (IOException | IllegalStateException e) {
            // It has gone already.
            failed = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    boolean isSecure() {
        return true;
    }

    @Override
    Certificate @Nullable [] shown() {
        try {
            return engine.getSession().getPeerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }
}
