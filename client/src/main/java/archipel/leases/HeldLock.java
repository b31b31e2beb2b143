package archipel.leases;

import archipel.calls.Call;
import archipel.calls.Permit;
import archipel.failures.LockLostException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lock that the caller has, until it releases it or loses it. A thread renews it in the background. It is lost where
 * a node says so, or where no renewal came through before the time to live was over by this machine's clock. Then
 * {@link #isHeld} says no at once, and each listener is told once; nothing is sent under it any more, not even again,
 * and what had been sent is refused by any database that has seen a later holder. Safe for use by many threads.
 */
public final class HeldLock implements AutoCloseable, Permit {
    private static final Logger LOG = LoggerFactory.getLogger(HeldLock.class);

    private final LockCalls calls;
    private final String name;
    private final long token;
    private final LeaseClock lease;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean told = new AtomicBoolean();
    private final AtomicBoolean released = new AtomicBoolean();
    private final CountDownLatch over = new CountDownLatch(1);

    HeldLock(LockCalls calls, String name, long token, LeaseClock lease) {
        this.calls = calls;
        this.name = name;
        this.token = token;
        this.lease = lease;
    }

    /** Begins the renewals. */
    HeldLock keep() {
        Thread thread = new Thread(this::renew, "archipel-lock-" + name);
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    public String name() {
        return name;
    }

    /** Greater than that of any holder before. */
    public long token() {
        return token;
    }

    /** What the header {@code Archipel-Fence} says of it. */
    public String fence() {
        return Call.encode(name) + "=" + token;
    }

    /** Whether nobody else can have it at this moment. */
    public boolean isHeld() {
        return !released.get() && lease.isHeld();
    }

    /** @throws LockLostException where it is not held any more */
    @Override
    public void require() {
        if (!isHeld()) {
            throw new LockLostException(
                    name, released.get() ? "The lock was released." : "The lock was not renewed in time.");
        }
    }

    /** For how long it is held yet if it is not renewed again; zero or less once it is lost or released. */
    @Override
    public long leftNanos() {
        return released.get() ? 0 : lease.leftNanos();
    }

    /**
     * Has something run when the lock is lost, on the thread that renews it; at once where it is lost already. Not when
     * it is released.
     */
    public void onLost(Runnable listener) {
        Runnable once = new Runnable() {
            private final AtomicBoolean ran = new AtomicBoolean();

            @Override
            public void run() {
                if (ran.compareAndSet(false, true)) {
                    listener.run();
                }
            }
        };
        listeners.add(once);
        if (told.get()) {
            once.run();
        }
    }

    private void renew() {
        long pause = lease.intervalNanos();
        while (!calls.await(over, Math.min(pause, Math.max(0, lease.leftNanos())))) {
            if (!lease.isHeld() || calls.isClosed()) {
                break;
            }
            LockCalls.Renewal renewal = calls.renew(name, token, lease);
            if (renewal == LockCalls.Renewal.LOST) {
                lease.lose();
                break;
            }
            // Where nobody answers it is tried again soon, as long as there is time.
            pause = renewal == LockCalls.Renewal.DONE ? lease.intervalNanos() : lease.intervalNanos() / 8;
        }
        if (!released.get()) {
            tellLoss();
        }
    }

    private void tellLoss() {
        lease.lose();
        if (told.compareAndSet(false, true)) {
            LOG.warn("the lock {} with token {} is lost", name, token);
            for (Runnable listener : listeners) {
                try {
                    listener.run();
                } catch (RuntimeException e) {
                    LOG.error("what was to be done when the lock {} was lost has failed", name, e);
                }
            }
        }
    }

    /**
     * Gives the lock back. What cannot be told to any node ends by itself when the time to live is over; that is no
     * error for the caller, who does not hold it from now on.
     */
    @Override
    public void close() {
        if (released.compareAndSet(false, true)) {
            over.countDown();
            calls.release(name, token);
        }
    }
}
