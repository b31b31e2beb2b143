package archipel.leases;

import archipel.failures.ArchipelException;
import archipel.failures.LockedException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A candidate's part in an election, on a thread of its own until it is closed. Safe for use by many threads. */
public final class Election implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Election.class);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final LockCalls calls;
    private final String name;
    private final LockOptions options;
    private final Candidate candidate;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable HeldLock held;

    Election(LockCalls calls, String name, LockOptions options, Candidate candidate) {
        this.calls = calls;
        this.name = name;
        this.options = options;
        this.candidate = candidate;
        this.thread = new Thread(this::run, "archipel-election-" + name);
        thread.setDaemon(true);
    }

    Election begin() {
        thread.start();
        return this;
    }

    /** The lock by which it leads; empty while it does not. */
    public Optional<HeldLock> lead() {
        HeldLock lock = held;
        return lock != null && lock.isHeld() ? Optional.of(lock) : Optional.empty();
    }

    /** What the leader calls itself; empty where there is none. */
    public String leader() {
        return calls.status(name).owner();
    }

    private void run() {
        while (closed.getCount() > 0
                && !calls.isClosed()
                && !Thread.currentThread().isInterrupted()) {
            long asked = calls.clock().nanos();
            try {
                lead(calls.acquire(name, options));
            } catch (LockedException e) {
                LOG.debug("the election {} goes on", name);
                // Whoever does not wait for a turn in the queue is not to ask without a pause.
                calls.await(closed, Math.max(0, PAUSE_NANOS - (calls.clock().nanos() - asked)));
            } catch (ArchipelException | IllegalStateException e) {
                LOG.debug("the election {} has nobody to ask", name, e);
                calls.await(closed, PAUSE_NANOS);
            } catch (RuntimeException e) {
                LOG.error("the election {} has failed, and goes on", name, e);
                calls.await(closed, PAUSE_NANOS);
            }
        }
    }

    private void lead(HeldLock lock) {
        CountDownLatch lost = new CountDownLatch(1);
        lock.onLost(lost::countDown);
        lock.keep();
        try {
            if (closed.getCount() > 0) {
                held = lock;
                tell(() -> candidate.elected(lock));
                boolean over;
                do {
                    over = calls.await(lost, LOOK_NANOS);
                } while (!over && closed.getCount() > 0);
                held = null;
                // Before anybody else can lead.
                tell(candidate::deposed);
            }
        } finally {
            lock.close();
        }
    }

    private void tell(Runnable news) {
        try {
            news.run();
        } catch (RuntimeException e) {
            LOG.error("a candidate of {} has failed", name, e);
        }
    }

    /**
     * Stands no more, and gives up the lead once the candidate knows. That is waited for, but ten seconds at most: a
     * candidate that takes longer to hear of it is told after this has returned.
     */
    @Override
    public void close() {
        closed.countDown();
        if (held == null) {
            // It waits for its turn.
            thread.interrupt();
        }
        if (Thread.currentThread() != thread) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
