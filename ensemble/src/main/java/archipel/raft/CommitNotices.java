package archipel.raft;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcResponseClosureAdapter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the other members of a group what is committed, while this one leads. The library does so with the next entries
 * and with heartbeats, which say no more than what the other one is known to have. Whoever stores entries last, after
 * they were committed by others, would hear of it a heartbeat later, and who has written there would wait for that. So
 * each gets a heartbeat of its own where it has stored something that is committed and was sent nothing that says so;
 * one at a time, so that many writes make few of them. Safe for use by many threads.
 */
final class CommitNotices {
    private final LongSupplier committed;
    private final Executor executor;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock: of the newest term.
    private final Map<String, Other> others = new HashMap<>();
    private long term;
    private volatile @Nullable Way way;

    /**
     * @param committed up to which index entries are committed, as far as this member knows
     * @param executor for what is to be done outside of the library's locks
     */
    CommitNotices(LongSupplier committed, Executor executor) {
        this.committed = committed;
        this.executor = executor;
    }

    /** What sends a heartbeat. */
    interface Way {
        /** @param ended called once, whatever becomes of it */
        void beat(String member, Runnable ended);
    }

    /** A member as its leader knows it. */
    private static final class Other {
        /** Up to which index it has entries, and up to which it was told that they are committed. */
        private long stored;

        private long told;
        private boolean beating;
        private boolean again;
    }

    void use(Way heartbeats) {
        way = heartbeats;
    }

    void use(ReplicatorGroup replicators) {
        use((member, ended) ->
                replicators.sendHeartbeat(Members.peer(member), new RpcResponseClosureAdapter<AppendEntriesResponse>() {
                    @Override
                    public void run(Status status) {
                        ended.run();
                    }
                }));
    }

    /** Entries or a heartbeat are being sent. */
    void sent(String member, AppendEntriesRequest request) {
        long tells = Math.min(request.getCommittedIndex(), end(request));
        lock.lock();
        try {
            if (request.getTerm() > term) {
                term = request.getTerm();
                others.clear();
            }
            if (request.getTerm() == term) {
                Other other = others.computeIfAbsent(member, _ -> new Other());
                other.told = Math.max(other.told, tells);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A member has stored what it was sent, and the library knows that. */
    void stored(String member, AppendEntriesRequest request) {
        if (request.getEntriesCount() == 0) {
            return;
        }
        lock.lock();
        try {
            if (request.getTerm() != term) {
                return;
            }
            Other other = others.computeIfAbsent(member, _ -> new Other());
            other.stored = Math.max(other.stored, end(request));
        } finally {
            lock.unlock();
        }
        tell();
    }

    private static long end(AppendEntriesRequest request) {
        return request.getPrevLogIndex() + request.getEntriesCount();
    }

    /** Has those told who do not know what is committed. */
    void tell() {
        Way heartbeats = way;
        if (heartbeats == null) {
            return;
        }
        for (String member : untold(committed.getAsLong())) {
            heartbeats.beat(member, () -> ended(member));
        }
    }

    private List<String> untold(long index) {
        List<String> found = new ArrayList<>();
        lock.lock();
        try {
            others.forEach((member, other) -> {
                if (Math.min(index, other.stored) <= other.told) {
                    return;
                }
                if (other.beating) {
                    other.again = true;
                } else {
                    other.beating = true;
                    found.add(member);
                }
            });
        } finally {
            lock.unlock();
        }
        return found;
    }

    private void ended(String member) {
        lock.lock();
        try {
            Other other = others.get(member);
            if (other == null) {
                return;
            }
            other.beating = false;
            if (!other.again) {
                return;
            }
            other.again = false;
        } finally {
            lock.unlock();
        }
        executor.execute(this::tell);
    }
}
