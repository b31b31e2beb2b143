package archipel.raft;

import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.RaftRpcFactory;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.SPI;
import org.jspecify.annotations.Nullable;

/**
 * Lets the library send what it has to say by the connections between members. Found by the library as a service, so
 * that it knows nothing of the node that it is for: that comes with the options of a group ({@link MemberOptions}).
 */
@SPI(name = "archipel", priority = 10)
public final class TransportRpcFactory implements RaftRpcFactory {
    @Override
    public void registerProtobufSerializer(String className, Object... arguments) {
        // RaftMessage knows the messages.
    }

    @Override
    public RpcClient createRpcClient(@Nullable ConfigHelper<RpcClient> helper) {
        TransportRpcClient client = new TransportRpcClient();
        if (helper != null) {
            helper.config(client);
        }
        return client;
    }

    @Override
    public ConfigHelper<RpcClient> defaultJRaftClientConfigHelper(RpcOptions options) {
        return client -> {
            if (client instanceof TransportRpcClient ours && options instanceof MemberOptions member) {
                ours.use(member.host(), member.notices());
            }
        };
    }

    @Override
    public RpcServer createRpcServer(Endpoint endpoint, @Nullable ConfigHelper<RpcServer> helper) {
        throw new UnsupportedOperationException("a node serves all its groups by one TransportRpcServer");
    }
}
