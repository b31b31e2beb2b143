package archipel.coordination;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
 */
final class RequestOrder implements RequestProcessor {
    private static final System.Logger LOG = System.getLogger(RequestOrder.class.getName());

    private final TreeServer server;
    private final Submission submission;
    private final FinalRequestProcessor last;
    private final AtomicLong numbers;
    private final ReentrantReadWriteLock tree = new ReentrantReadWriteLock();
    private final ReentrantLock lock = new ReentrantLock();
    // Of sessions that have a change under way here. Guarded by the lock.
    private final Map<Long, ArrayDeque<Waiting>> waiting = new HashMap<>();

    /** Puts a request into the log. */
    @FunctionalInterface
    interface Submission {
        CompletableFuture<?> submit(Request request, long number);
    }

    /** @param first number of a request; none that an earlier run of this server has used */
    RequestOrder(TreeServer server, long first, Submission submission) {
        this.server = server;
        this.submission = submission;
        this.last = new FinalRequestProcessor(server);
        this.numbers = new AtomicLong(first);
    }

    /** @param number of a change; 0 for a read */
    private record Waiting(Request request, long number) {}

    @Override
    public void processRequest(Request request) {
        long number = changes(request.type) ? numbers.incrementAndGet() : 0;
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
            submitted = submission.submit(request, number);
        } catch (RuntimeException e) {
            submitted = CompletableFuture.failedFuture(e);
        }
        submitted.whenComplete((done, failure) -> {
            if (failure != null) {
                lost(request, number, failure);
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

    private static boolean changes(int type) {
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
        Request next = after(own.sessionId);
        while (next != null) {
            last.processRequest(next);
            next = after(own.sessionId);
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
        lock.lock();
        try {
            ArrayDeque<Waiting> all = waiting.get(session);
            Waiting first = all == null ? null : all.peek();
            return first != null && first.number() == number ? first.request() : null;
        } finally {
            lock.unlock();
        }
    }

    // Takes the first one away, which was answered. The next one, where it waits for nothing.
    private @Nullable Request after(long session) {
        lock.lock();
        try {
            ArrayDeque<Waiting> all = waiting.get(session);
            if (all == null) {
                return null;
            }
            all.poll();
            Waiting next = all.peek();
            if (next == null) {
                waiting.remove(session);
            }
            return next == null || next.number() != 0 ? null : next.request();
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
            if (all == null || all.stream().noneMatch(one -> one.number() == number)) {
                return;
            }
            waiting.remove(request.sessionId);
        } finally {
            lock.unlock();
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "a request of session 0x{0} is given up: {1}",
                Long.toHexString(request.sessionId),
                String.valueOf(failure.getMessage()));
        for (Waiting one : all) {
            ServerCnxn connection = one.request().cnxn;
            if (connection != null) {
                server.decInProcess();
                server.requestFinished(one.request());
                connection.close(ServerCnxn.DisconnectReason.UNKNOWN);
            }
        }
    }

    /** How many sessions wait for the log. */
    int sessionsWaiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
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
