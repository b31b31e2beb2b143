package archipel.transport;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Frames that wait to be written to one connection: many threads put them in, one takes them out. */
final class FrameQueue {
    private final ConcurrentLinkedQueue<Frame> frames = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicReference<@Nullable Thread> parked = new AtomicReference<>();
    private volatile boolean closed;

    /**
     * @param bound of the bytes in the queue; a frame that is alone in it may be larger
     * @return whether it was put in
     */
    boolean offer(Frame frame, long bound) {
        long after = bytes.addAndGet(frame.bytes());
        if (after > bound && after != frame.bytes()) {
            bytes.addAndGet(-frame.bytes());
            return false;
        }
        frames.add(frame);
        unpark();
        return true;
    }

    /** Of what waits and what is being written. */
    long bytes() {
        return bytes.get();
    }

    @Nullable
    Frame poll() {
        return frames.poll();
    }

    /** A frame that was taken out takes no room any more. */
    void release(int frameBytes) {
        bytes.addAndGet(-frameBytes);
    }

    /** For the thread that takes out: waits until there is something. @return false where the queue was closed */
    boolean await() {
        while (!closed) {
            if (!frames.isEmpty()) {
                return true;
            }
            parked.set(Thread.currentThread());
            if (frames.isEmpty() && !closed) {
                LockSupport.park(this);
            }
            parked.set(null);
        }
        return false;
    }

    void close() {
        closed = true;
        unpark();
    }

    boolean isClosed() {
        return closed;
    }

    private void unpark() {
        Thread thread = parked.get();
        // One of many that put something in at once is enough.
        if (thread != null && parked.compareAndSet(thread, null)) {
            LockSupport.unpark(thread);
        }
    }
}
