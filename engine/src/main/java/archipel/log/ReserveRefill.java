package archipel.log;

import archipel.changes.Loops;
import archipel.changes.Waiters;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.storage.DiskReserve;
import java.time.Duration;

/**
 * Sees to it that the reserve is there, once the start of a node is over, which needs the processors. What is in doubt
 * is recovered on the disk before.
 */
public final class ReserveRefill implements AutoCloseable {
    private static final Duration DELAY = Duration.ofSeconds(2);

    private static final System.Logger LOG = System.getLogger(ReserveRefill.class.getName());

    private final DiskReserve reserve;
    private final Health health;
    private final Waiters closing = new Waiters();
    private final Thread thread;
    private volatile boolean closed;

    public ReserveRefill(DiskReserve reserve, Health health, Loops loops) {
        this.reserve = reserve;
        this.health = health;
        this.thread = loops.task("reserve", this::run);
    }

    /** Once. */
    public void start() {
        thread.start();
    }

    private void run() {
        try {
            closing.await(() -> closed, DELAY);
        } catch (InterruptedException stopped) {
            return;
        }
        if (!closed && !health.has(Problem.DISK_FULL) && !health.has(Problem.STORAGE_HALTED) && !reserve.restore()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "There is no space for the reserve: on a full disk, deletions will be refused, too.");
        }
    }

    /** Waits for its end; it may never have been started. */
    @Override
    public void close() {
        closed = true;
        closing.wake();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
