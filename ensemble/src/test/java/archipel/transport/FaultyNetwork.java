package archipel.transport;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A network between transports of one process that can be cut, one way or both, delayed, and whose connections can be
 * killed. What is written while it is cut waits, as TCP's retransmissions do, and arrives when it is healed, unless the
 * connection has ended by then.
 */
public final class FaultyNetwork implements Faults {
    private static final long CONNECT_MS = 200;

    private record Way(String from, String to) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Under the lock.
    private final Set<Way> cut = ConcurrentHashMap.newKeySet();
    private final Map<Way, Long> delayMs = new ConcurrentHashMap<>();

    private final Map<Way, Set<Runnable>> open = new ConcurrentHashMap<>();

    /** Nothing gets from one to the other any more. */
    public void cutOneWay(String from, String to) {
        change(() -> cut.add(new Way(from, to)));
    }

    /** Nothing gets from either to the other any more. */
    public void cut(String one, String other) {
        cutOneWay(one, other);
        cutOneWay(other, one);
    }

    public void heal(String one, String other) {
        change(() -> {
            cut.remove(new Way(one, other));
            cut.remove(new Way(other, one));
        });
    }

    /** No cuts and no delays any more. */
    public void healAll() {
        change(() -> {
            cut.clear();
            delayMs.clear();
        });
    }

    /** Each write from one to the other takes so long; 0 for no time. */
    public void delay(String from, String to, long ms) {
        change(() -> delayMs.put(new Way(from, to), ms));
    }

    /** Resets what is open between the two, whoever has connected. */
    public void kill(String one, String other) {
        for (Way way : new Way[] {new Way(one, other), new Way(other, one)}) {
            open.getOrDefault(way, Set.of()).forEach(Runnable::run);
        }
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void connecting(String from, String to) throws IOException, InterruptedException {
        lock.lock();
        try {
            long leftNanos = TimeUnit.MILLISECONDS.toNanos(CONNECT_MS);
            while (cut.contains(new Way(from, to)) || cut.contains(new Way(to, from))) {
                if (leftNanos <= 0) {
                    throw new SocketTimeoutException("the network is cut");
                }
                leftNanos = changed.awaitNanos(leftNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void writing(String from, String to) throws InterruptedException {
        Way way = new Way(from, to);
        lock.lock();
        try {
            long leftNanos = TimeUnit.MILLISECONDS.toNanos(delayMs.getOrDefault(way, 0L));
            while (leftNanos > 0) {
                leftNanos = changed.awaitNanos(leftNanos);
            }
            while (cut.contains(way)) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void opened(String from, String to, Runnable kill) {
        open.compute(new Way(from, to), (way, kills) -> {
            Set<Runnable> all = kills == null ? ConcurrentHashMap.newKeySet() : kills;
            all.add(kill);
            return all;
        });
    }

    @Override
    public void closed(String from, String to, Runnable kill) {
        open.computeIfPresent(new Way(from, to), (way, kills) -> kills.remove(kill) && kills.isEmpty() ? null : kills);
    }
}
