package archipel.connections;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does something once a second, on a thread of its own. What it does may fail, or take its time: the next time comes
 * all the same, and nothing else waits for it.
 */
final class Watch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final long INTERVAL_MS = 1_000;
    private static final int FAILURES_BETWEEN_LINES = 60;

    private final String name;
    private final Runnable task;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private int failures;

    private Watch(String name, Runnable task) {
        this.name = name;
        this.task = task;
    }

    /** Starts one. A platform thread, since virtual ones wait while others compute. */
    static Watch start(String name, Runnable task) {
        Watch watch = new Watch(name, task);
        Thread.ofPlatform().daemon().name(name).start(watch::run);
        return watch;
    }

    private void run() {
        try {
            while (!stopped.await(INTERVAL_MS, TimeUnit.MILLISECONDS)) {
                runOnce();
            }
        } catch (InterruptedException e) {
            LOG.debug("{} was interrupted", name, e);
        }
    }

    private void runOnce() {
        try {
            task.run();
        } catch (Throwable e) {
            if (failures++ % FAILURES_BETWEEN_LINES == 0) {
                tell(e);
            }
        }
    }

    private void tell(Throwable failure) {
        try {
            LOG.error("{} failed and goes on", name, failure);
        } catch (Throwable e) {
            // There is no memory to tell it with.
            return;
        }
    }

    @Override
    public void close() {
        stopped.countDown();
    }
}
