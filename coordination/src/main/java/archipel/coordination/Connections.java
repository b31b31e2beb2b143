package archipel.coordination;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.apache.jute.Record;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.GetChildren2Response;
import org.apache.zookeeper.proto.GetChildrenResponse;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.server.NIOServerCnxn;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.jspecify.annotations.Nullable;

/**
 * Connections of ZooKeeper's clients. A list of children that is longer than a client takes gets an error instead: the
 * client would close the connection, ask again on the next one, and so for ever.
 */
final class Connections extends NIOServerCnxnFactory {
    private static final System.Logger LOG = System.getLogger(Connections.class.getName());
    private static final int BYTES_PER_NAME = 4;

    private final int answerBytes;

    /** @param answerBytes how long a list may be */
    Connections(int answerBytes) {
        this.answerBytes = answerBytes;
    }

    @Override
    protected NIOServerCnxn createConnection(SocketChannel socket, SelectionKey key, SelectorThread selector)
            throws IOException {
        return new NIOServerCnxn(zkServer, socket, key, this, selector) {
            @Override
            public int sendResponse(
                    ReplyHeader header,
                    @Nullable Record answer,
                    @Nullable String tag,
                    @Nullable String cacheKey,
                    @Nullable Stat stat,
                    int type) {
                List<String> names = switch (answer) {
                    case GetChildrenResponse children -> children.getChildren();
                    case GetChildren2Response children -> children.getChildren();
                    case null, default -> List.of();
                };
                if (!names.isEmpty() && isTooLong(names)) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "a node has {0} children, too many for one answer: coordination_request_bytes is {1}",
                            names.size(),
                            answerBytes);
                    return super.sendResponse(
                            new ReplyHeader(header.getXid(), header.getZxid(), Code.MARSHALLINGERROR.intValue()),
                            null,
                            tag,
                            null,
                            null,
                            type);
                }
                return super.sendResponse(header, answer, tag, cacheKey, stat, type);
            }
        };
    }

    private boolean isTooLong(List<String> names) {
        long bytes = 0;
        for (String name : names) {
            bytes += BYTES_PER_NAME + name.length();
        }
        return bytes > answerBytes;
    }
}
