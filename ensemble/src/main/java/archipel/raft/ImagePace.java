package archipel.raft;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How fast this member sends images, all together: pieces are sent one after the other, each as late as those before
 * it have taken at that pace. Time that nobody has used is lost, so that a pause is not followed by a flood.
 */
final class ImagePace implements ImageServer.Pace {
    /** Less than this would let those who receive give up. */
    static final long LEAST = 64 << 10;

    private static final int MOST_PIECE_BYTES = 1 << 20;
    private static final int PIECES_PER_SECOND = 8;

    private final long bytesPerSecond;
    private final LongSupplier steadyMs;
    private final Pause pause;
    // When the next piece may be sent.
    private long nextMs;

    /**
     * @param bytesPerSecond 0 for as fast as it goes
     * @param steadyMs a clock that never jumps
     */
    ImagePace(long bytesPerSecond, LongSupplier steadyMs) {
        this(bytesPerSecond, steadyMs, TimeUnit.MILLISECONDS::sleep);
    }

    ImagePace(long bytesPerSecond, LongSupplier steadyMs, Pause pause) {
        this.bytesPerSecond = bytesPerSecond == 0 ? 0 : Math.max(LEAST, bytesPerSecond);
        this.steadyMs = steadyMs;
        this.pause = pause;
    }

    /** How the time passes. */
    interface Pause {
        void sleep(long ms) throws InterruptedException;
    }

    /** How long a piece is: short enough to be waited for. */
    @Override
    public int pieceBytes() {
        return bytesPerSecond == 0
                ? MOST_PIECE_BYTES
                : (int) Math.min(MOST_PIECE_BYTES, bytesPerSecond / PIECES_PER_SECOND);
    }

    @Override
    public void beforeSending(int bytes) throws InterruptedException {
        if (bytesPerSecond == 0) {
            return;
        }
        long waitMs;
        synchronized (this) {
            long nowMs = steadyMs.getAsLong();
            long atMs = Math.max(nowMs, nextMs);
            nextMs = atMs + Math.max(1, bytes * 1_000L / bytesPerSecond);
            waitMs = atMs - nowMs;
        }
        if (waitMs > 0) {
            pause.sleep(waitMs);
        }
    }
}
