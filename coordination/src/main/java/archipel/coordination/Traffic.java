package archipel.coordination;

import java.util.concurrent.atomic.AtomicLong;

/** How much memory connections take, all together, and how much they may: shares of the heap. */
final class Traffic {
    /** Of one connection: while more waits for its client, no more requests of it are read. */
    static final int UNSENT_BYTES = 256 << 10;

    private static final int SHARE_OF_FRAMES = 16;
    private static final int SHARE_OF_REQUESTS = 16;
    private static final int SHARE_OF_ANSWERS = 8;
    private static final int SHARE_OF_ONE = 32;
    private static final int SHARE_OF_WATCHES = 8;
    private static final long LEAST_OF_ONE = 4L << 20;

    private final long heap = Runtime.getRuntime().maxMemory();
    /** Of frames of which not all has come. */
    final AtomicLong frames = new AtomicLong();
    /** Of requests that are not answered. */
    final AtomicLong requests = new AtomicLong();
    /** Of what clients have not taken. */
    final AtomicLong answers = new AtomicLong();
    /** Of watches. */
    final AtomicLong watches = new AtomicLong();
    /** How many watches there are. */
    final AtomicLong watchCount = new AtomicLong();
    /** Connections that were closed since their client took or kept too much. */
    final AtomicLong dropped = new AtomicLong();
    /** Connections that were not admitted. */
    final AtomicLong refused = new AtomicLong();
    /** Requests that were refused before they were looked at: not to be read, or too large. */
    final AtomicLong malformed = new AtomicLong();

    boolean hasManyFrames() {
        return frames.get() > heap / SHARE_OF_FRAMES;
    }

    boolean hasManyRequests() {
        return requests.get() > heap / SHARE_OF_REQUESTS;
    }

    boolean hasManyAnswers() {
        return answers.get() > heap / SHARE_OF_ANSWERS;
    }

    /** @param more that are to be set */
    boolean hasManyWatches(int more) {
        return watches.get() + (long) more * Watches.BYTES > heap / SHARE_OF_WATCHES;
    }

    /** How much may wait for one client. */
    long mostUnsent() {
        return Math.max(LEAST_OF_ONE, heap / SHARE_OF_ONE);
    }
}
