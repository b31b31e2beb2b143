package archipel.transport;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that looks at all connections every few milliseconds: which calls have timed out, who is silent, who has
 * not proved itself. So a call costs no timer. The same thread tells listeners what happened.
 */
final class Sweeper {
    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

    /** How late a call may time out, or somebody who is silent be found. */
    private static final long TICK_MS = 20;

    /** Where nobody waits for anything. */
    private static final long IDLE_TICK_MS = 250;

    /** A pass that comes so late was held up, and with it all that has come meanwhile may be unread. */
    private static final long LATE_MS = 500;

    /** What is looked at. */
    interface Swept {
        /** @return whether somebody waits for something, so that the next look should be soon */
        boolean sweep(long nowMs);

        /** This process stood still: nobody else is to blame for it. */
        void forgive(long nowMs);
    }

    private final LongSupplier clockMs;
    private final Set<Swept> all = ConcurrentHashMap.newKeySet();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Consumer<Listener>> events = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Thread thread;
    private volatile boolean idle;
    private volatile boolean closed;

    Sweeper(LongSupplier clockMs) {
        this.clockMs = clockMs;
    }

    void watch(Listener listener) {
        listeners.add(listener);
    }

    void add(Swept swept) {
        all.add(swept);
        hurry();
    }

    void remove(Swept swept) {
        all.remove(swept);
    }

    /** Has the listeners told, in the order of these calls. */
    void tell(Consumer<Listener> event) {
        events.add(event);
        LockSupport.unpark(thread);
    }

    /** Somebody waits for something from now on. */
    void hurry() {
        if (idle) {
            idle = false;
            LockSupport.unpark(thread);
        }
    }

    /** Lets {@link #run} return, once all events are told. */
    void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    boolean runsOn(Thread candidate) {
        return candidate == thread;
    }

    void run() {
        thread = Thread.currentThread();
        long lastMs = clockMs.getAsLong();
        while (!closed) {
            long waitMs = idle ? IDLE_TICK_MS : TICK_MS;
            if (events.isEmpty()) {
                LockSupport.parkNanos(this, waitMs * 1_000_000);
            }
            long nowMs = clockMs.getAsLong();
            if (nowMs - lastMs > waitMs + LATE_MS) {
                all.forEach(swept -> swept.forgive(nowMs));
            }
            lastMs = nowMs;
            // Before the pass, so that a call that comes during it is not passed over.
            idle = true;
            boolean busy = false;
            for (Swept swept : all) {
                busy |= sweep(swept, nowMs);
            }
            if (busy) {
                idle = false;
            }
            tellAll();
        }
        tellAll();
    }

    private static boolean sweep(Swept swept, long nowMs) {
        try {
            return swept.sweep(nowMs);
        } catch (RuntimeException e) {
            LOG.error("Looking after a connection to a member has failed.", e);
            return false;
        }
    }

    private void tellAll() {
        for (Consumer<Listener> event = events.poll(); event != null; event = events.poll()) {
            for (Listener listener : listeners) {
                try {
                    event.accept(listener);
                } catch (RuntimeException e) {
                    LOG.error("A listener to connections between members has failed.", e);
                }
            }
        }
    }
}
