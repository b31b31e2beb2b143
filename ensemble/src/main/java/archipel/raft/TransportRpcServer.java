package archipel.raft;

import archipel.transport.Exchange;
import archipel.transport.Handler;
import archipel.transport.Service;
import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RaftRpcServerFactory;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.rpc.impl.ConnectionClosedEventListener;
import com.alipay.sofa.jraft.rpc.impl.core.AppendEntriesRequestProcessor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What other members ask of the groups of this node. */
final class TransportRpcServer implements RpcServer, Handler {
    private static final System.Logger LOG = System.getLogger(TransportRpcServer.class.getName());

    private static final String BUSY = "too much is asked for here at the moment";

    private final RaftHost host;
    private final Workers workers;
    private final Map<String, RpcProcessor<?>> processors = new HashMap<>();
    // Of each group one: it has the order of the answers to each member, which ends with the group.
    private final Map<String, AppendEntriesRequestProcessor> appends = new ConcurrentHashMap<>();
    private final Map<String, MemberConnection> connections = new ConcurrentHashMap<>();

    TransportRpcServer(RaftHost host, Workers workers) {
        this.host = host;
        this.workers = workers;
        RaftRpcServerFactory.addRaftRequestProcessors(this, workers, workers);
    }

    /** Of how many groups something is kept. */
    int groups() {
        return appends.size();
    }

    /** A group has ended: answers that it owes are owed no more. */
    void forget(String group) {
        AppendEntriesRequestProcessor ended = appends.remove(group);
        if (ended != null) {
            ended.destroy();
        }
    }

    @Override
    public boolean init(@Nullable Void options) {
        return true;
    }

    @Override
    public void shutdown() {
        // The transport is the node's.
    }

    @Override
    public void registerConnectionClosedEventListener(ConnectionClosedEventListener listener) {
        // What the library keeps for a connection it keeps for a member here: a member that connects again goes on.
    }

    @Override
    public void registerProcessor(RpcProcessor<?> processor) {
        processors.put(processor.interest(), processor);
    }

    @Override
    public int boundPort() {
        return host.transport().port();
    }

    @Override
    public boolean isStarted() {
        return true;
    }

    @Override
    public void handle(String member, Service service, ByteBuffer request, Exchange exchange) {
        Message message;
        try {
            if (RaftMessage.isBatch(request)) {
                List<Message> beats = RaftMessage.decodeBatch(request);
                if (!workers.tryExecute(() -> heartbeats(member, beats, exchange))) {
                    exchange.fail(BUSY);
                }
                return;
            }
            message = RaftMessage.decode(request);
        } catch (InvalidProtocolBufferException e) {
            exchange.fail("the message cannot be read");
            return;
        }
        if (!isOf(member, message)) {
            exchange.fail("the message is not one of member " + member);
            return;
        }
        if (message instanceof TimeoutNowRequest takeOver && host.abstains(takeOver.getGroupId())) {
            exchange.fail("this member is not to be elected");
            return;
        }
        if (message instanceof AppendEntriesRequest append && !host.has(append.getGroupId())) {
            // Nothing is kept for it.
            exchange.fail("there is no group " + append.getGroupId() + " here");
            return;
        }
        host.asked(member, message);
        RpcProcessor<?> processor = processor(message);
        if (processor == null) {
            exchange.fail("nobody answers such messages");
            return;
        }
        if (!dispatch(processor, message, new Request(member, message, exchange))) {
            exchange.fail(BUSY);
        }
    }

    private @Nullable RpcProcessor<?> processor(Message message) {
        return message instanceof AppendEntriesRequest append
                ? appends.computeIfAbsent(append.getGroupId(), _ -> new AppendEntriesRequestProcessor(workers))
                : processors.get(message.getClass().getName());
    }

    private static boolean isOf(String member, Message message) {
        String sender = RaftMessage.sender(message);
        return sender != null && sender.equals(Members.peer(member).toString());
    }

    // The library answers a heartbeat at once.
    @SuppressWarnings("unchecked")
    private void heartbeats(String member, List<Message> beats, Exchange exchange) {
        RpcProcessor<Message> processor = (RpcProcessor<Message>) processors.get(AppendEntriesRequest.class.getName());
        List<Message> answers = new ArrayList<>(beats.size());
        for (Message beat : beats) {
            if (processor == null
                    || !isOf(member, beat)
                    || !(beat instanceof AppendEntriesRequest append && RaftMessage.isHeartbeat(append))) {
                exchange.fail("a message is no heartbeat of member " + member);
                return;
            }
            processor.handleRequest(new Beat(member, answers), beat);
        }
        if (answers.size() == beats.size()) {
            exchange.answer(RaftMessage.encodeBatch(answers));
        } else {
            exchange.fail("not all heartbeats were answered");
        }
    }

    // Whether that is done, or will be.
    @SuppressWarnings("unchecked")
    private boolean dispatch(RpcProcessor<?> processor, Message message, RpcContext context) {
        RpcProcessor<Message> answering = (RpcProcessor<Message>) processor;
        if (message instanceof AppendEntriesRequest append && !RaftMessage.isHeartbeat(append)) {
            // Entries are only put into a queue, in the order in which they come: another thread would have to be woken
            // for that.
            answering.handleRequest(context, message);
            return true;
        }
        return workers.tryExecute(() -> answering.handleRequest(context, message));
    }

    /** A heartbeat among others as the library sees it. */
    private final class Beat implements RpcContext {
        private final String member;
        private final List<Message> answers;

        Beat(String member, List<Message> answers) {
            this.member = member;
            this.answers = answers;
        }

        @Override
        public void sendResponse(Object response) {
            answers.add((Message) response);
        }

        @Override
        public Connection getConnection() {
            return connections.computeIfAbsent(member, MemberConnection::new);
        }

        @Override
        public String getRemoteAddress() {
            return Members.peer(member).toString();
        }
    }

    /** A request as the library sees it. */
    private final class Request implements RpcContext {
        private final String member;
        private final Message message;
        private final Exchange exchange;

        Request(String member, Message message, Exchange exchange) {
            this.member = member;
            this.message = message;
            this.exchange = exchange;
        }

        @Override
        public void sendResponse(Object response) {
            try {
                host.replied(member, message, response);
                exchange.answer(RaftMessage.encode(response));
            } catch (IllegalStateException e) {
                LOG.log(System.Logger.Level.DEBUG, "a request was answered twice", e);
            }
        }

        @Override
        public Connection getConnection() {
            return connections.computeIfAbsent(member, MemberConnection::new);
        }

        @Override
        public String getRemoteAddress() {
            return Members.peer(member).toString();
        }
    }

    /** Where the library keeps what it has to remember of a member. */
    private static final class MemberConnection implements Connection {
        private final Map<String, Object> attributes = new ConcurrentHashMap<>();
        private final String member;

        MemberConnection(String member) {
            this.member = member;
        }

        @Override
        public @Nullable Object getAttribute(String key) {
            return attributes.get(key);
        }

        @Override
        public void setAttribute(String key, Object value) {
            attributes.put(key, value);
        }

        @Override
        public @Nullable Object setAttributeIfAbsent(String key, Object value) {
            return attributes.putIfAbsent(key, value);
        }

        @Override
        public void close() {
            LOG.log(System.Logger.Level.WARNING, "Too many answers to member {0} were out of order.", member);
        }
    }
}
