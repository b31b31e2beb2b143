package archipel.transport;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes the frames of a queue to a connection, on a thread of its own. Small frames that wait are copied into one
 * buffer and written together; the payloads of large ones are written as they are.
 */
final class FrameWriter {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int LARGE_BYTES = 16 << 10;
    private static final long NOT_WRITING = Long.MAX_VALUE;

    /** Before each write. */
    @FunctionalInterface
    interface Gate {
        void pass() throws InterruptedException;
    }

    private final FrameQueue queue;
    private final OutputStream out;
    private final Gate gate;
    private final LongSupplier clockMs;
    private final TransportCounters counters;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private final List<Frame> buffered = new ArrayList<>();
    private volatile long writingSinceMs = NOT_WRITING;
    private volatile long writtenMs;
    private volatile @Nullable Thread runner;

    FrameWriter(FrameQueue queue, OutputStream out, Gate gate, LongSupplier clockMs, TransportCounters counters) {
        this.queue = queue;
        this.out = out;
        this.gate = gate;
        this.clockMs = clockMs;
        this.counters = counters;
        this.writtenMs = clockMs.getAsLong();
    }

    /** Returns when the queue is closed. */
    void run() throws IOException, InterruptedException {
        runner = Thread.currentThread();
        while (!queue.isClosed()) {
            Frame frame = queue.poll();
            if (frame != null) {
                write(frame);
            } else {
                flush();
                if (!queue.await()) {
                    return;
                }
            }
        }
    }

    private void write(Frame frame) throws IOException, InterruptedException {
        if (!frame.take()) {
            queue.release(frame.bytes());
            return;
        }
        boolean large = frame.payloadBytes() > LARGE_BYTES;
        if (buffer.remaining() < (large ? Frame.LENGTH_BYTES + Frame.HEAD_BYTES : frame.bytes())) {
            flush();
        }
        frame.putHead(buffer);
        if (large) {
            flush();
            writeLarge(frame);
        } else {
            for (ByteBuffer part : frame.payload()) {
                buffer.put(part);
            }
            buffered.add(frame);
        }
    }

    private void writeLarge(Frame frame) throws IOException, InterruptedException {
        gate();
        for (ByteBuffer part : frame.payload()) {
            while (part.hasRemaining()) {
                // In pieces, so that it can be seen that the other side takes some.
                int length = Math.min(part.remaining(), BUFFER_BYTES);
                if (part.hasArray()) {
                    write(part.array(), part.arrayOffset() + part.position(), length);
                    part.position(part.position() + length);
                } else {
                    part.get(buffer.array(), 0, length);
                    write(buffer.array(), 0, length);
                }
            }
        }
        done(frame);
    }

    private void flush() throws IOException, InterruptedException {
        if (buffer.position() == 0) {
            return;
        }
        gate();
        write(buffer.array(), 0, buffer.position());
        buffer.clear();
        buffered.forEach(this::done);
        buffered.clear();
    }

    private void done(Frame frame) {
        queue.release(frame.bytes());
        frame.written();
    }

    private void gate() throws InterruptedException {
        writingSinceMs = clockMs.getAsLong();
        gate.pass();
    }

    private void write(byte[] bytes, int from, int length) throws IOException {
        writingSinceMs = clockMs.getAsLong();
        out.write(bytes, from, length);
        writingSinceMs = NOT_WRITING;
        writtenMs = clockMs.getAsLong();
        counters.bytesSent.add(length);
    }

    /** Lets {@link #run} return where the gate holds it up, once the queue is closed. */
    void interrupt() {
        Thread thread = runner;
        if (thread != null) {
            thread.interrupt();
        }
    }

    /** For how long the other side has taken nothing of what is being written; 0 where nothing is. */
    long stuckMs(long nowMs) {
        long since = writingSinceMs;
        return since == NOT_WRITING ? 0 : Math.max(0, nowMs - since);
    }

    /** When something was written last. */
    long writtenMs() {
        return writtenMs;
    }
}
