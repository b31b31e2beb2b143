package archipel.transport;

import archipel.transport.CallFailure.Kind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One lane to one member: a thread that connects, reads what comes, and connects again when the connection is lost. It
 * begins when the lane is first used and ends with the link, or where the member has no address any more.
 */
final class OutgoingLane {
    private final TransportContext context;
    private final String member;
    private final Lane lane;
    private final Consumer<Boolean> connections;
    private final Consumer<String> problems;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closing = lock.newCondition();

    /** Null between two attempts. */
    private volatile @Nullable OutgoingConnection current;

    private volatile String lastReason = "it was not connected yet";
    private volatile boolean closed;
    // Under the lock.
    private @Nullable Thread thread;

    /**
     * @param connections told true for each connection that is made, and false when it is lost
     * @param problems told why an attempt failed, for each
     */
    OutgoingLane(
            TransportContext context,
            String member,
            Lane lane,
            Consumer<Boolean> connections,
            Consumer<String> problems) {
        this.context = context;
        this.member = member;
        this.lane = lane;
        this.connections = connections;
        this.problems = problems;
    }

    void call(Service service, ByteBuffer[] request, long timeoutMs, Reply reply) {
        OutgoingConnection connection = current;
        if (connection == null) {
            connection = begin();
        }
        if (connection != null) {
            connection.call(service, request, timeoutMs, reply);
            return;
        }
        CallFailure failure = closed
                ? new CallFailure(Kind.CLOSED, false, "the link to " + member + " is closed")
                : new CallFailure(Kind.NOT_CONNECTED, false, member + " is not connected: " + lastReason);
        Call.fail(reply, failure, context.counters());
    }

    boolean isConnected() {
        OutgoingConnection connection = current;
        return connection != null && connection.isReady();
    }

    /** Begins to connect where nobody does. @return null where there is nothing to send calls by at the moment */
    @Nullable
    OutgoingConnection begin() {
        lock.lock();
        try {
            if (closed || thread != null) {
                return current;
            }
            if (!context.hasBegun() || context.addresses().addressOf(member) == null) {
                lastReason = context.hasBegun() ? "it is not a member" : "the transport was not started";
                return null;
            }
            OutgoingConnection first = new OutgoingConnection(context, member, lane);
            current = first;
            try {
                thread = context.start("to-" + member + "-" + lane, () -> run(first));
            } catch (OutOfMemoryError none) {
                lastReason = "no thread can be made";
                current = null;
                first.end(false, lastReason);
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    private void run(OutgoingConnection first) {
        Timing timing = context.options().timing();
        long pauseMs = timing.shortestPause().toMillis();
        OutgoingConnection connection = first;
        while (connection != null) {
            if (attempt(connection)) {
                pauseMs = timing.shortestPause().toMillis();
            }
            connection = next(pauseMs);
            pauseMs = Math.min(2 * pauseMs, timing.longestPause().toMillis());
        }
    }

    /** @return whether there was a connection; it has ended then */
    private boolean attempt(OutgoingConnection connection) {
        boolean made = false;
        String why = "it ended";
        try {
            InetSocketAddress address = context.addresses().addressOf(member);
            if (address == null) {
                throw new IOException("it is not a member");
            }
            connection.open(address);
            made = true;
            context.counters().connectionsMade.increment();
            context.counters().outgoing.increment();
            connections.accept(true);
            connection.read();
        } catch (IOException e) {
            why = e.getMessage() == null ? e.toString() : e.getMessage();
        } catch (InterruptedException e) {
            why = "it was interrupted";
        } finally {
            connection.end(false, why);
            lastReason = connection.reason();
            if (made) {
                context.counters().outgoing.decrement();
                context.counters().connectionsLost.increment();
                connections.accept(false);
            } else if (!closed) {
                problems.accept(lastReason);
            }
        }
        return made;
    }

    /** Waits a little and begins another attempt; null where there shall be none. */
    private @Nullable OutgoingConnection next(long pauseMs) {
        lock.lock();
        try {
            current = null;
            long jitteredMs = pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs / 2 + 1);
            long leftNanos = TimeUnit.MILLISECONDS.toNanos(jitteredMs);
            while (!closed && leftNanos > 0) {
                leftNanos = closing.awaitNanos(leftNanos);
            }
            if (closed || context.addresses().addressOf(member) == null) {
                thread = null;
                return null;
            }
            OutgoingConnection next = new OutgoingConnection(context, member, lane);
            current = next;
            return next;
        } catch (InterruptedException e) {
            thread = null;
            return null;
        } finally {
            lock.unlock();
        }
    }

    void close() {
        OutgoingConnection connection;
        lock.lock();
        try {
            closed = true;
            closing.signalAll();
            connection = current;
            if (thread != null && context.options().faults() != Faults.NONE) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
        if (connection != null) {
            connection.end(true, "the link to " + member + " was closed");
        }
    }
}
