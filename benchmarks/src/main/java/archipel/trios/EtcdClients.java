package archipel.trios;

import archipel.load.Documents;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * etcd's client protocol by grpc-java, without what jetcd has around it: all members' channels on one thread, which
 * handles the answers, too.
 */
final class EtcdClients implements Clients {
    private final EventLoopGroup thread = new NioEventLoopGroup(1);
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final List<KVGrpc.KVStub> stubs = new ArrayList<>();
    private final Documents documents = new Documents(20260101);

    EtcdClients(List<Integer> ports) {
        for (int port : ports) {
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                    .eventLoopGroup(thread)
                    .channelType(NioSocketChannel.class)
                    .directExecutor()
                    .usePlaintext()
                    .build();
            channels.add(channel);
            stubs.add(KVGrpc.newStub(channel));
        }
    }

    @Override
    public void start(Operation operation, int slot, int member, long number, Completion completion) {
        KVGrpc.KVStub stub = stubs.get(member);
        switch (operation) {
            case WRITE -> stub.put(put(number), new Answer<>(completion, false));
            case LINEARIZABLE_READ -> stub.range(range(number, false), new Answer<>(completion, true));
            case STALE_READ -> stub.range(range(number, true), new Answer<>(completion, true));
            case BULK, OVERWRITE -> throw new IllegalArgumentException();
        }
    }

    private PutRequest put(long number) {
        return PutRequest.newBuilder()
                .setKey(key(number))
                .setValue(UnsafeByteOperations.unsafeWrap(documents.body(number)))
                .build();
    }

    private static RangeRequest range(long number, boolean serializable) {
        return RangeRequest.newBuilder()
                .setKey(key(number))
                .setSerializable(serializable)
                .build();
    }

    private static ByteString key(long number) {
        return ByteString.copyFrom(Documents.id(HttpClients.SERIES, number), StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        thread.shutdownGracefully();
    }

    /** Fails where a read finds nothing. */
    private record Answer<T>(Completion completion, boolean isRead, boolean[] found) implements StreamObserver<T> {
        Answer(Completion completion, boolean isRead) {
            this(completion, isRead, new boolean[1]);
        }

        @Override
        public void onNext(T answer) {
            found[0] = !(answer instanceof RangeResponse range)
                    || (range.getKvsCount() == 1 && range.getKvs(0).getValue().size() == Documents.BODY_BYTES);
        }

        @Override
        public void onError(Throwable failed) {
            completion.ended(failed);
        }

        @Override
        public void onCompleted() {
            @Nullable Throwable failure = found[0] ? null : new IOException("not the value that was written");
            completion.ended(failure);
        }
    }
}
