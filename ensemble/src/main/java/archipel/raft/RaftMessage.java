package archipel.raft;

import archipel.transport.Service;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowResponse;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The messages that members exchange for the library: a byte that says which, then what Protobuf writes. */
enum RaftMessage {
    ERROR(ErrorResponse.class, ErrorResponse.parser()),
    APPEND(AppendEntriesRequest.class, AppendEntriesRequest.parser()),
    APPENDED(AppendEntriesResponse.class, AppendEntriesResponse.parser()),
    VOTE(RequestVoteRequest.class, RequestVoteRequest.parser()),
    VOTED(RequestVoteResponse.class, RequestVoteResponse.parser()),
    INSTALL(InstallSnapshotRequest.class, InstallSnapshotRequest.parser()),
    INSTALLED(InstallSnapshotResponse.class, InstallSnapshotResponse.parser()),
    TIMEOUT_NOW(TimeoutNowRequest.class, TimeoutNowRequest.parser()),
    TIMED_OUT_NOW(TimeoutNowResponse.class, TimeoutNowResponse.parser()),
    READ_INDEX(ReadIndexRequest.class, ReadIndexRequest.parser()),
    READ_INDEXED(ReadIndexResponse.class, ReadIndexResponse.parser()),
    PING(PingRequest.class, PingRequest.parser());

    private static final RaftMessage[] BY_CODE = values();
    /** Instead of a message's byte, before several of them, each after its length (four bytes). */
    private static final byte BATCH = 100;

    private final Class<?> type;
    private final Parser<? extends Message> parser;

    RaftMessage(Class<?> type, Parser<? extends Message> parser) {
        this.type = type;
        this.parser = parser;
    }

    /** @throws IllegalArgumentException for a message that members do not exchange */
    static ByteBuffer[] encode(Object message) {
        for (RaftMessage kind : BY_CODE) {
            if (kind.type.isInstance(message)) {
                return new ByteBuffer[] {
                    ByteBuffer.wrap(new byte[] {(byte) kind.ordinal()}),
                    ByteBuffer.wrap(((Message) message).toByteArray())
                };
            }
        }
        throw new IllegalArgumentException("members do not exchange " + message.getClass());
    }

    /** @throws InvalidProtocolBufferException for what is no message */
    static Message decode(ByteBuffer bytes) throws InvalidProtocolBufferException {
        int code = bytes.hasRemaining() ? bytes.get() : -1;
        if (code < 0 || code >= BY_CODE.length) {
            throw new InvalidProtocolBufferException("there is no message " + code);
        }
        return BY_CODE[code].parser.parseFrom(bytes);
    }

    /** By which service a message goes: entries by a connection of their own. */
    static Service service(Object message) {
        return message instanceof AppendEntriesRequest append && !isHeartbeat(append)
                ? Service.RAFT_LOG
                : Service.RAFT_CONTROL;
    }

    /** Several messages that are sent, or answered, together. */
    static ByteBuffer[] encodeBatch(List<Message> messages) {
        ByteBuffer[] parts = new ByteBuffer[1 + 2 * messages.size()];
        parts[0] = ByteBuffer.wrap(new byte[] {BATCH});
        for (int i = 0; i < messages.size(); i++) {
            ByteBuffer[] message = encode(messages.get(i));
            int length = message[0].remaining() + message[1].remaining();
            parts[1 + 2 * i] = ByteBuffer.allocate(Integer.BYTES + 1)
                    .putInt(length)
                    .put(message[0])
                    .flip();
            parts[2 + 2 * i] = message[1];
        }
        return parts;
    }

    /** Whether these are the bytes of several messages. */
    static boolean isBatch(ByteBuffer bytes) {
        return bytes.hasRemaining() && bytes.get(bytes.position()) == BATCH;
    }

    /** @throws InvalidProtocolBufferException for what are no messages */
    static List<Message> decodeBatch(ByteBuffer bytes) throws InvalidProtocolBufferException {
        List<Message> messages = new ArrayList<>();
        bytes.get();
        while (bytes.hasRemaining()) {
            int length = bytes.remaining() < Integer.BYTES ? -1 : bytes.getInt();
            if (length < 0 || length > bytes.remaining()) {
                throw new InvalidProtocolBufferException("a message of " + length + " bytes");
            }
            messages.add(decode(bytes.slice(bytes.position(), length)));
            bytes.position(bytes.position() + length);
        }
        return messages;
    }

    static boolean isHeartbeat(AppendEntriesRequest append) {
        return append.getEntriesCount() == 0 && !append.hasData();
    }

    /** Which member says that it has sent the message; null where messages of its kind do not say. */
    static @Nullable String sender(Message message) {
        return switch (message) {
            case AppendEntriesRequest request -> request.getServerId();
            case RequestVoteRequest request -> request.getServerId();
            case InstallSnapshotRequest request -> request.getServerId();
            case TimeoutNowRequest request -> request.getServerId();
            case ReadIndexRequest request -> request.getServerId();
            default -> null;
        };
    }
}
