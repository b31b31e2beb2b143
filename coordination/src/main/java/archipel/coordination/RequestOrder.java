package archipel.coordination;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.server.FinalRequestProcessor;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.RequestProcessor;
import org.apache.zookeeper.server.ServerCnxn;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of each session in the order in which they came. Those that change the tree go to the log, and
 * are done when they come back from it, on one thread, as those of other servers' clients are; what a session asks
 * behind one of its own waits for that. All other reads are done at once, where they come from, and beside each other,
 * but never while a change is being made: a watch must not be set between a change and what it tells.
 *
 * <p>{@code sync} writes nothing. It is done once this server has all that the log had when it came, as a linearizable
 * read is, or before the session's next change, which is behind all of that.
 */
final class RequestOrder implements RequestProcessor {
    private final TreeServer server;
    private final Log log;
    private final Executor changing;
    private final SeldomLines lines;
    private final FinalRequestProcessor last;
    private final AtomicLong numbers;
    private final ReentrantReadWriteLock tree = new ReentrantReadWriteLock();
    private final ReentrantLock lock = new ReentrantLock();
    // Of sessions that have a change under way here. Guarded by the lock.
    private final Map<Long, ArrayDeque<Waiting>> waiting = new HashMap<>();

    /** The log of changes. */
    interface Log {
        CompletableFuture<?> submit(Request request, long number);

        /** Ends once this server has all that the log has now, but for what waits to be made. */
        CompletableFuture<?> barrier();
    }

    /**
     * @param numbers of requests
     * @param changing does what it is given after the changes that it has got before
     */
    RequestOrder(TreeServer server, AtomicLong numbers, Log log, Executor changing, SeldomLines lines) {
        this.lines = lines;
        this.server = server;
        this.log = log;
        this.changing = changing;
        this.last = new FinalRequestProcessor(server);
        this.numbers = numbers;
    }

    /** What a session waits for, or what waits for that. */
    private static final class Waiting {
        private final Request request;
        // Of a change or a sync; 0 for a read.
        private final long number;
        private boolean ready;

        Waiting(Request request, long number) {
            this.request = request;
            this.number = number;
            this.ready = number == 0;
        }

        boolean changes() {
            return number != 0 && request.type != OpCode.sync;
        }
    }

    @Override
    public void processRequest(Request request) {
        long number = waits(request.type) ? numbers.incrementAndGet() : 0;
        lock.lock();
        try {
            ArrayDeque<Waiting> before = waiting.get(request.sessionId);
            if (number != 0 && before == null) {
                before = new ArrayDeque<>();
                waiting.put(request.sessionId, before);
            }
            if (before != null) {
                before.add(new Waiting(request, number));
                if (number == 0) {
                    return;
                }
            }
        } finally {
            lock.unlock();
        }
        if (number == 0) {
            read(request);
            return;
        }
        CompletableFuture<?> submitted;
        try {
            submitted = request.type == OpCode.sync ? log.barrier() : log.submit(request, number);
        } catch (RuntimeException e) {
            submitted = CompletableFuture.failedFuture(e);
        }
        submitted.whenComplete((done, failure) -> {
            if (failure != null) {
                lost(request, number, failure);
            } else if (request.type == OpCode.sync) {
                changing.execute(() -> synced(request.sessionId, number));
            }
        });
    }

    private void read(Request request) {
        tree.readLock().lock();
        try {
            last.processRequest(request);
        } finally {
            tree.readLock().unlock();
        }
    }

    private static boolean waits(int type) {
        return switch (type) {
            case OpCode.create,
                    OpCode.create2,
                    OpCode.createTTL,
                    OpCode.createContainer,
                    OpCode.delete,
                    OpCode.deleteContainer,
                    OpCode.setData,
                    OpCode.reconfig,
                    OpCode.multi,
                    OpCode.setACL,
                    OpCode.check,
                    OpCode.sync,
                    OpCode.createSession,
                    OpCode.closeSession -> true;
            default -> false;
        };
    }

    /**
     * A change has its place in the log. On one thread, in the order of the log.
     *
     * @param committed with its transaction
     * @param number of the request where this server has submitted it; otherwise 0
     */
    void done(Request committed, long number) {
        Request own = number == 0 ? null : own(committed.sessionId, number);
        if (own == null) {
            change(committed);
            return;
        }
        own.setHdr(committed.getHdr());
        own.setTxn(committed.getTxn());
        own.setException(committed.getException());
        own.zxid = committed.zxid;
        change(own);
        answered(own);
        answer(own.sessionId, 0);
    }

    /** This server has what a sync has asked for. On the same thread. */
    private void synced(long session, long number) {
        lock.lock();
        try {
            ArrayDeque<Waiting> all = waiting.get(session);
            if (all == null) {
                return;
            }
            for (Waiting one : all) {
                one.ready |= one.number == number;
            }
        } finally {
            lock.unlock();
        }
        answer(session, 0);
    }

    // Answers what waits for nothing any more, in turn: before a change, whatever is ahead of it.
    private void answer(long session, long change) {
        for (Request next = ready(session, change); next != null; next = ready(session, change)) {
            server.checkWatches(next);
            last.processRequest(next);
            answered(next);
        }
    }

    private @Nullable Request ready(long session, long change) {
        lock.lock();
        try {
            ArrayDeque<Waiting> all = waiting.get(session);
            Waiting first = all == null ? null : all.peek();
            return first != null && !first.changes() && (first.ready || first.number < change) ? first.request : null;
        } finally {
            lock.unlock();
        }
    }

    private void change(Request request) {
        tree.writeLock().lock();
        try {
            last.processRequest(request);
        } finally {
            tree.writeLock().unlock();
        }
    }

    // It stays in its place until it is answered, so that what comes meanwhile is behind it.
    private @Nullable Request own(long session, long number) {
        answer(session, number);
        lock.lock();
        try {
            ArrayDeque<Waiting> all = waiting.get(session);
            Waiting first = all == null ? null : all.peek();
            return first != null && first.number == number ? first.request : null;
        } finally {
            lock.unlock();
        }
    }

    // All of the session may have been given up meanwhile, and others have come.
    private void answered(Request request) {
        lock.lock();
        try {
            ArrayDeque<Waiting> all = waiting.get(request.sessionId);
            if (all == null) {
                return;
            }
            Waiting first = all.peek();
            if (first != null && first.request == request) {
                all.poll();
                if (all.isEmpty()) {
                    waiting.remove(request.sessionId);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    // What became of it is not known, or it was refused: its client has to find out, and nobody waits any longer.
    private void lost(Request request, long number, Throwable failure) {
        ArrayDeque<Waiting> all;
        lock.lock();
        try {
            all = waiting.get(request.sessionId);
            if (all == null || all.stream().noneMatch(one -> one.number == number)) {
                return;
            }
            waiting.remove(request.sessionId);
        } finally {
            lock.unlock();
        }
        lines.warn("a request of session 0x" + Long.toHexString(request.sessionId) + " is given up: "
                + failure.getMessage());
        for (Waiting one : all) {
            ServerCnxn connection = one.request.cnxn;
            if (connection != null) {
                server.decInProcess();
                server.requestFinished(one.request);
                connection.close(ServerCnxn.DisconnectReason.UNKNOWN);
            }
        }
    }

    @Override
    public void shutdown() {
        lock.lock();
        try {
            waiting.clear();
        } finally {
            lock.unlock();
        }
    }
}
