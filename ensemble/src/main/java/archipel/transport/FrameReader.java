package archipel.transport;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;

/** Reads frames from a connection; for one thread, but for {@link #receivedMs}. */
final class FrameReader {
    private static final int BUFFER_BYTES = 32 << 10;

    /** @param payload which is the receiver's */
    record Received(FrameKind kind, byte service, long id, ByteBuffer payload) {}

    private final InputStream in;
    private final LongSupplier clockMs;
    private final TransportCounters counters;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).flip();
    private int boundBytes;
    private volatile long receivedMs;

    /** @param boundBytes of a payload */
    FrameReader(InputStream in, int boundBytes, LongSupplier clockMs, TransportCounters counters) {
        this.in = in;
        this.boundBytes = boundBytes;
        this.clockMs = clockMs;
        this.counters = counters;
        this.receivedMs = clockMs.getAsLong();
    }

    void bound(int newBoundBytes) {
        boundBytes = newBoundBytes;
    }

    /** When something came last, be it a part of a frame. */
    long receivedMs() {
        return receivedMs;
    }

    /** Lets it count as if something had come. */
    void forgive(long nowMs) {
        receivedMs = nowMs;
    }

    /**
     * @throws EOFException where the other side has closed the connection
     * @throws WireException where it is no frame, or a longer one than may be
     */
    Received next() throws IOException {
        fill(Frame.LENGTH_BYTES + Frame.HEAD_BYTES);
        int length = buffer.getInt() - Frame.HEAD_BYTES;
        FrameKind kind = FrameKind.of(buffer.get());
        byte service = buffer.get();
        long id = buffer.getLong();
        if (length < 0 || length > boundBytes) {
            throw new WireException("a frame of " + length + " bytes, where " + boundBytes + " are allowed");
        }
        return new Received(kind, service, id, payload(length));
    }

    private ByteBuffer payload(int length) throws IOException {
        byte[] payload = new byte[length];
        int at = Math.min(length, buffer.remaining());
        buffer.get(payload, 0, at);
        if (length - at < BUFFER_BYTES / 2) {
            fill(length - at);
            buffer.get(payload, at, length - at);
        } else {
            while (at < length) {
                at += received(in.read(payload, at, length - at));
            }
        }
        return ByteBuffer.wrap(payload);
    }

    /** Until so many bytes are in the buffer, which has room for them. */
    private void fill(int wanted) throws IOException {
        if (buffer.remaining() >= wanted) {
            return;
        }
        buffer.compact();
        while (buffer.position() < wanted) {
            int read = received(in.read(buffer.array(), buffer.position(), buffer.remaining()));
            buffer.position(buffer.position() + read);
        }
        buffer.flip();
    }

    private int received(int read) throws EOFException {
        if (read < 0) {
            throw new EOFException("the other side has closed the connection");
        }
        receivedMs = clockMs.getAsLong();
        counters.bytesReceived.add(read);
        return read;
    }
}
