package archipel.raft;

import archipel.transport.CallFailure;
import archipel.transport.Reply;
import archipel.transport.Service;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends the heartbeats of all groups to a member in one message. Each group's leader sends its own at times of its own,
 * which with 16 groups takes a tenth of a processor for nothing; who waits for the answer of one does not gain by it
 * going alone. Those that confirm a read are not held up: they are sent by other threads. Safe for use by many threads.
 */
final class HeartbeatBatches {
    private static final System.Logger LOG = System.getLogger(HeartbeatBatches.class.getName());
    /** Of the library's threads on which its timers have heartbeats sent. */
    private static final String PERIODIC = "JRaft-Rpc-Closure-Executor";

    private final RaftHost host;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock.
    private final Map<String, List<Beat>> waiting = new HashMap<>();

    HeartbeatBatches(RaftHost host) {
        this.host = host;
    }

    /** A heartbeat, and who waits for its answer. */
    record Beat(AppendEntriesRequest request, Answer answer) {}

    /** Told what becomes of a heartbeat. */
    interface Answer {
        void came(Message answer);

        void failed(CallFailure failure);
    }

    /** Whether the calling thread is about to send a heartbeat that nobody waits for. */
    static boolean isPeriodic(Object request) {
        return request instanceof AppendEntriesRequest append
                && RaftMessage.isHeartbeat(append)
                && Thread.currentThread().getName().startsWith(PERIODIC);
    }

    void add(String member, Beat beat) {
        lock.lock();
        try {
            waiting.computeIfAbsent(member, _ -> new ArrayList<>()).add(beat);
        } finally {
            lock.unlock();
        }
    }

    /** Sends what has been added since the last time. */
    void flush(Duration timeout) {
        Map<String, List<Beat>> batches;
        lock.lock();
        try {
            batches = new HashMap<>(waiting);
            waiting.clear();
        } finally {
            lock.unlock();
        }
        batches.forEach((member, beats) -> send(member, beats, timeout));
    }

    private void send(String member, List<Beat> beats, Duration timeout) {
        List<Message> requests = new ArrayList<>(beats.size());
        beats.forEach(beat -> requests.add(beat.request()));
        host.transport()
                .link(member)
                .call(Service.RAFT_CONTROL, RaftMessage.encodeBatch(requests), timeout, new Reply() {
                    @Override
                    public void answered(ByteBuffer bytes) {
                        host.execute(() -> came(member, beats, bytes));
                    }

                    @Override
                    public void failed(CallFailure failure) {
                        host.execute(() -> beats.forEach(beat -> beat.answer().failed(failure)));
                    }
                });
    }

    private static void came(String member, List<Beat> beats, ByteBuffer bytes) {
        try {
            List<Message> answers = RaftMessage.decodeBatch(bytes);
            if (answers.size() == beats.size()) {
                for (int i = 0; i < beats.size(); i++) {
                    beats.get(i).answer().came(answers.get(i));
                }
                return;
            }
            LOG.log(System.Logger.Level.WARNING, "member {0} has not answered each heartbeat", member);
        } catch (InvalidProtocolBufferException e) {
            LOG.log(System.Logger.Level.WARNING, "member " + member + " answered what cannot be read", e);
        }
        CallFailure failure = new CallFailure(CallFailure.Kind.REFUSED, true, "the answer cannot be read");
        beats.forEach(beat -> beat.answer().failed(failure));
    }
}
