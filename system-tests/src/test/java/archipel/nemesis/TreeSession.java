package archipel.nemesis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.proto.RequestHeader;

/**
 * A session of ZooKeeper's client, and what that has told of it. For one client's thread; what is told can be read by
 * all.
 */
@SuppressWarnings("try") // The library's own close may be interrupted.
final class TreeSession extends ZooKeeper {
    private final List<StateChange> states;
    private final CountDownLatch begun;
    private final List<Read> reads = new ArrayList<>();
    private volatile long okNs = Long.MIN_VALUE;
    private volatile long endingNs = Long.MAX_VALUE;
    private volatile long endedNs = Long.MAX_VALUE;
    private volatile long number;

    private TreeSession(String servers, int timeoutMs, List<StateChange> states, CountDownLatch begun)
            throws IOException {
        super(servers, timeoutMs, event -> tell(event, states, begun));
        this.states = states;
        this.begun = begun;
    }

    /** @param atNs of {@link System#nanoTime} */
    record StateChange(KeeperState state, long atNs) {}

    /** A node as the session saw it, also by its own write. */
    record Read(String path, long zxid) {}

    static TreeSession open(String servers, int timeoutMs) throws IOException {
        return new TreeSession(servers, timeoutMs, new ArrayList<>(), new CountDownLatch(1));
    }

    private static void tell(WatchedEvent event, List<StateChange> states, CountDownLatch begun) {
        synchronized (states) {
            states.add(new StateChange(event.getState(), System.nanoTime()));
        }
        if (event.getState() == KeeperState.SyncConnected) {
            begun.countDown();
        }
    }

    /** Whether it has begun in time. */
    boolean awaitBegun(int ms) throws InterruptedException {
        boolean in = begun.await(ms, TimeUnit.MILLISECONDS);
        number = getSessionId();
        return in;
    }

    long number() {
        return number;
    }

    /** Something that was asked for then has been answered. */
    void answered(long begunNs) {
        okNs = Math.max(okNs, begunNs);
    }

    /** When the last thing that was answered was asked for. */
    long okNs() {
        return okNs;
    }

    void saw(String path, long zxid) {
        reads.add(new Read(path, zxid));
    }

    /** In the order in which they were seen. */
    List<Read> reads() {
        return reads;
    }

    /** From when on its end may be seen; never where it has no end that is known of. */
    long endingNs() {
        return endingNs;
    }

    /**
     * From when on it is over for certain. The library also takes a session for expired by itself, where it has heard
     * nothing for long; that is no server's word, which comes with a timeout of zero.
     */
    long endedNs() {
        if (getSessionTimeout() > 0) {
            return endedNs;
        }
        synchronized (states) {
            return states.stream()
                    .filter(change -> change.state() == KeeperState.Expired && change.atNs() < endingNs)
                    .mapToLong(StateChange::atNs)
                    .reduce(endedNs, Math::min);
        }
    }

    /** What the client took its state for at that time, and when it began to. */
    StateChange stateAt(long ns) {
        synchronized (states) {
            StateChange last = new StateChange(KeeperState.Disconnected, Long.MIN_VALUE);
            for (StateChange change : states) {
                last = change.atNs() <= ns ? change : last;
            }
            return last;
        }
    }

    /** For people: what became of it, in milliseconds of {@link Heads#nowMs}. */
    String describe() {
        synchronized (states) {
            StringBuilder text = new StringBuilder("session 0x" + Long.toHexString(number));
            states.forEach(change ->
                    text.append(", ").append(change.state()).append(" at ").append(Heads.ms(change.atNs())));
            text.append(", last answer to ").append(Heads.ms(okNs));
            if (endingNs != Long.MAX_VALUE) {
                text.append(", ending at ").append(Heads.ms(endingNs));
            }
            return endedNs == Long.MAX_VALUE ? text.toString() : text + ", ended at " + Heads.ms(endedNs);
        }
    }

    boolean isExpired() {
        return !getState().isAlive();
    }

    /** Tells the server that it is over, and goes. */
    void end() {
        endingNs = System.nanoTime();
        try {
            RequestHeader header = new RequestHeader();
            header.setType(OpCode.closeSession);
            if (cnxn.submitRequest(header, null, null, null).getErr() == Code.OK.intValue()) {
                endedNs = System.nanoTime();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        cnxn.disconnect();
    }

    /** Goes without a word, as a client that dies. */
    void abandon() {
        endingNs = System.nanoTime();
        cnxn.disconnect();
    }

    /** Has the server that it is connected to catch up with all that was acknowledged so far. */
    void syncNow(String path) throws KeeperException, InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        int[] code = new int[1];
        sync(
                path,
                (result, _, _) -> {
                    code[0] = result;
                    done.countDown();
                },
                null);
        done.await();
        if (code[0] != Code.OK.intValue()) {
            throw KeeperException.create(Code.get(code[0]), path);
        }
    }
}
