package archipel.view;

import java.util.concurrent.Semaphore;

/**
 * What the builds of all of a node's indexes may hold on the heap, an eighth of it: documents that are being mapped,
 * and their rows. There is room for some full batches. Who finds none goes on with small ones, and waits for nobody:
 * a slow build holds up no other. Rows of one document that no batch has room for are made one document at a time on
 * the whole node. Safe for use by many threads.
 */
final class BuildMemory {
    /** Documents of a batch, bytes. */
    static final int DOCUMENT_BYTES = 1 << 20;

    private static final long LEAST_ROW_BYTES = 2L << 20;
    private static final long MOST_ROW_BYTES = 16L << 20;
    private static final int SMALL = 16;

    private final long rowBytes;
    private final Semaphore batches;
    private final Semaphore large = new Semaphore(1, true);

    /** @param heapBytes all of the heap */
    BuildMemory(long heapBytes) {
        this.rowBytes = Math.clamp(heapBytes / 128, LEAST_ROW_BYTES, MOST_ROW_BYTES);
        this.batches = new Semaphore(Math.clamp(heapBytes / 8 / (rowBytes + 2 * DOCUMENT_BYTES), 1, 1_000));
    }

    /** Takes a full batch's share if there is one left; to be given back. */
    boolean tryTake() {
        return batches.tryAcquire();
    }

    void give() {
        batches.release();
    }

    /** Waits for the turn to hold the rows of a document that a batch has no room for; to be ended. */
    void beginLarge() throws InterruptedException {
        large.acquire();
    }

    void endLarge() {
        large.release();
    }

    /** What a batch may hold, documents in bytes and rows as {@link Emission#weight()} counts. */
    Room room(boolean full) {
        return full ? new Room(DOCUMENT_BYTES, rowBytes) : new Room(DOCUMENT_BYTES / SMALL, rowBytes / SMALL);
    }

    record Room(long documentBytes, long rowBytes) {}
}
