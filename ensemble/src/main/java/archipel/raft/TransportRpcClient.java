package archipel.raft;

import archipel.transport.CallFailure;
import archipel.transport.Link;
import archipel.transport.Reply;
import archipel.transport.Service;
import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.InvokeCallback;
import com.alipay.sofa.jraft.rpc.InvokeContext;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.util.Endpoint;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What one group of this node asks of other members. */
final class TransportRpcClient implements RpcClient {
    private static final System.Logger LOG = System.getLogger(TransportRpcClient.class.getName());

    // Held while the library is told of a heartbeat's answer.
    private final ReentrantLock telling = new ReentrantLock();
    private @Nullable RaftHost host;
    private @Nullable CommitNotices notices;
    private @Nullable ReplicatorGroup replicators;

    void use(RaftHost node, CommitNotices ofGroup) {
        host = node;
        notices = ofGroup;
    }

    private RaftHost host() {
        return Objects.requireNonNull(host, "made for a group");
    }

    @Override
    public boolean init(RpcOptions options) {
        return true;
    }

    @Override
    public void shutdown() {
        ReplicatorGroup group = replicators;
        if (group != null) {
            host().forget(group);
        }
    }

    @Override
    public void registerConnectEventListener(ReplicatorGroup group) {
        replicators = group;
        host().remember(group);
        CommitNotices told = notices;
        if (told != null) {
            told.use(group);
        }
    }

    private Link link(Endpoint endpoint) {
        return host().transport().link(endpoint.getIp());
    }

    @Override
    public boolean checkConnection(Endpoint endpoint) {
        return checkConnection(endpoint, false);
    }

    @Override
    public boolean checkConnection(Endpoint endpoint, boolean create) {
        Link link = link(endpoint);
        if (create) {
            link.connect(Service.RAFT_CONTROL);
            link.connect(Service.RAFT_LOG);
        }
        return link.isConnected(Service.RAFT_CONTROL);
    }

    @Override
    public void closeConnection(Endpoint endpoint) {
        // Connections are shared by all groups; they end when the member has no address any more.
    }

    /** Only pings are sent so, by which the library finds out whether it may connect; it holds a lock meanwhile. */
    @Override
    public Object invokeSync(Endpoint endpoint, Object request, @Nullable InvokeContext context, long timeoutMs)
            throws RemotingException {
        if (!(request instanceof PingRequest)) {
            throw new IllegalArgumentException("not sent by a thread that waits: " + request.getClass());
        }
        if (!checkConnection(endpoint, true)) {
            throw new RemotingException("member " + endpoint.getIp() + " is not connected");
        }
        return ErrorResponse.newBuilder().setErrorCode(0).build();
    }

    @Override
    public void invokeAsync(
            Endpoint endpoint,
            Object request,
            @Nullable InvokeContext context,
            InvokeCallback callback,
            long timeoutMs) {
        Answer answer = new Answer(endpoint.getIp(), request, callback);
        if (notices != null && request instanceof AppendEntriesRequest append) {
            notices.sent(endpoint.getIp(), append);
        }
        if (request instanceof RequestVoteRequest vote && host().abstains(vote.getGroupId())) {
            // The library knows no other way not to be elected that can be changed while it runs.
            answer.failed(new CallFailure(CallFailure.Kind.REFUSED, false, "this member is not to be elected"));
            return;
        }
        if (HeartbeatBatches.isPeriodic(request)) {
            host().heartbeats()
                    .add(endpoint.getIp(), new HeartbeatBatches.Beat((AppendEntriesRequest) request, answer));
            return;
        }
        host().sent(endpoint.getIp(), request);
        link(endpoint)
                .call(RaftMessage.service(request), RaftMessage.encode(request), Duration.ofMillis(timeoutMs), answer);
    }

    /**
     * The heartbeats that confirm a read have one closure for all members, in which the library sets an answer and then
     * counts it, in two steps. If two answers came at once, a refusal could be counted as consent, and a leader that
     * was voted out would confirm a read with half of a majority.
     */
    void tellAlone(Runnable answer) {
        telling.lock();
        try {
            answer.run();
        } finally {
            telling.unlock();
        }
    }

    /** Hands over what came to the thread that the library wants it on. */
    private final class Answer implements Reply, HeartbeatBatches.Answer {
        private final String member;
        private final Object request;
        private final InvokeCallback callback;

        Answer(String member, Object request, InvokeCallback callback) {
            this.member = member;
            this.request = request;
            this.callback = callback;
        }

        @Override
        public void answered(ByteBuffer answer) {
            Object message;
            try {
                message = RaftMessage.decode(answer);
            } catch (InvalidProtocolBufferException e) {
                complete(null, new RemotingException("member " + member + " answered what cannot be read", e));
                return;
            }
            host().answered(member, request, message);
            if (request instanceof AppendEntriesRequest append && !RaftMessage.isHeartbeat(append)) {
                // It takes a lock and sends more; another thread would have to be woken for that.
                tell(message, null);
            } else {
                complete(message, null);
            }
        }

        @Override
        public void came(Message message) {
            complete(message, null);
        }

        @Override
        public void failed(CallFailure failure) {
            complete(
                    null,
                    failure.kind() == CallFailure.Kind.TIMED_OUT
                            ? new InvokeTimeoutException(failure.message())
                            : new RemotingException(failure.message()));
        }

        private void complete(@Nullable Object message, @Nullable Throwable failure) {
            Executor executor = callback.executor();
            try {
                if (executor != null) {
                    executor.execute(() -> tell(message, failure));
                    return;
                }
            } catch (RejectedExecutionException stopping) {
                LOG.log(System.Logger.Level.DEBUG, "an answer came after the group has stopped");
            }
            host().execute(() -> tell(message, failure));
        }

        private void tell(@Nullable Object message, @Nullable Throwable failure) {
            if (request instanceof AppendEntriesRequest append && RaftMessage.isHeartbeat(append)) {
                tellAlone(() -> callback.complete(message, failure));
                return;
            }
            callback.complete(message, failure);
            if (notices != null
                    && request instanceof AppendEntriesRequest append
                    && message instanceof AppendEntriesResponse stored
                    && stored.getSuccess()) {
                notices.stored(member, append);
            }
        }
    }
}
