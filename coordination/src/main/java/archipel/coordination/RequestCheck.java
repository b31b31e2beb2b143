package archipel.coordination;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.apache.jute.Record;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.MultiOperationRecord;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.proto.AddWatchRequest;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.CreateTTLRequest;
import org.apache.zookeeper.proto.DeleteRequest;
import org.apache.zookeeper.proto.ExistsRequest;
import org.apache.zookeeper.proto.GetChildren2Request;
import org.apache.zookeeper.proto.GetChildrenRequest;
import org.apache.zookeeper.proto.GetDataRequest;
import org.apache.zookeeper.proto.SetACLRequest;
import org.apache.zookeeper.proto.SetDataRequest;
import org.apache.zookeeper.proto.SetWatches;
import org.apache.zookeeper.proto.SetWatches2;
import org.apache.zookeeper.proto.SyncRequest;
import org.apache.zookeeper.server.DataNode;
import org.apache.zookeeper.server.RequestRecord;
import org.jspecify.annotations.Nullable;

/**
 * Looks at requests before they cost others anything. One that cannot be read must not come into the log, where each
 * server finds that out by an exception, on the thread that applies the requests of all; one whose answer would be
 * longer than a client takes must not be begun.
 */
final class RequestCheck {
    private static final int MOST_ACCESS_ENTRIES = 1_000;
    private static final int MOST_ACCESS_BYTES = 16 << 10;
    private static final int BYTES_PER_NAME = 4;

    private final TreeServer server;
    private final CoordinationOptions options;

    RequestCheck(TreeServer server, CoordinationOptions options) {
        this.server = server;
        this.options = options;
    }

    /** What is wrong with a request; null where nothing is. */
    @Nullable
    Code refusal(Connection connection, int type, RequestRecord request) {
        try {
            Code refusal = switch (type) {
                case OpCode.reconfig -> Code.RECONFIGDISABLED;
                case OpCode.multiRead -> many(request.readRecord(MultiOperationRecord::new));
                case OpCode.multi -> multi(request.readRecord(MultiOperationRecord::new));
                default -> single(type, request);
            };
            return refusal == null ? watchRefusal(connection, type, request) : refusal;
        } catch (IOException | RuntimeException e) {
            connection.traffic().malformed.incrementAndGet();
            return Code.MARSHALLINGERROR;
        }
    }

    private @Nullable Code single(int type, RequestRecord request) throws IOException {
        Supplier<? extends Record> form = form(type);
        return form == null ? null : record(request.readRecord(form));
    }

    private static @Nullable Supplier<? extends Record> form(int type) {
        return switch (type) {
            case OpCode.create, OpCode.create2, OpCode.createContainer -> CreateRequest::new;
            case OpCode.createTTL -> CreateTTLRequest::new;
            case OpCode.delete -> DeleteRequest::new;
            case OpCode.setData -> SetDataRequest::new;
            case OpCode.setACL -> SetACLRequest::new;
            case OpCode.sync -> SyncRequest::new;
            case OpCode.exists -> ExistsRequest::new;
            case OpCode.getData -> GetDataRequest::new;
            case OpCode.getChildren -> GetChildrenRequest::new;
            case OpCode.getChildren2 -> GetChildren2Request::new;
            case OpCode.addWatch -> AddWatchRequest::new;
            case OpCode.setWatches -> SetWatches::new;
            case OpCode.setWatches2 -> SetWatches2::new;
            default -> null;
        };
    }

    private @Nullable Code record(Record request) {
        return switch (request) {
            case CreateRequest create -> access(create.getAcl());
            case CreateTTLRequest create -> access(create.getAcl());
            case SetACLRequest set -> access(set.getAcl());
            case GetChildrenRequest get -> children(get.getPath());
            case GetChildren2Request get -> children(get.getPath());
            default -> null;
        };
    }

    private @Nullable Code multi(MultiOperationRecord all) throws IOException {
        for (Op op : all) {
            if (op.getPath() == null) {
                return Code.BADARGUMENTS;
            }
            Code refusal = record(op.toRequestRecord());
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    // Lists are kept once for all nodes that have the same, and read for each request.
    private static @Nullable Code access(@Nullable List<ACL> list) {
        if (list == null) {
            return null;
        }
        long bytes = 0;
        for (ACL one : list) {
            if (one.getId().getScheme() == null || one.getId().getId() == null) {
                return Code.INVALIDACL;
            }
            bytes += bytes(one.getId().getScheme()) + bytes(one.getId().getId());
        }
        return list.size() > MOST_ACCESS_ENTRIES || bytes > MOST_ACCESS_BYTES ? Code.INVALIDACL : null;
    }

    private static int bytes(@Nullable String text) {
        return text == null ? 0 : text.getBytes(StandardCharsets.UTF_8).length;
    }

    // Before the list is copied.
    private @Nullable Code children(@Nullable String path) {
        DataNode node = path == null ? null : server.getZKDatabase().getNode(path);
        return node != null && (long) node.getChildren().size() * BYTES_PER_NAME > options.requestBytes()
                ? Code.MARSHALLINGERROR
                : null;
    }

    // Thousands of reads of one large node fit into a small request.
    private @Nullable Code many(MultiOperationRecord all) {
        long bytes = 0;
        for (Op op : all) {
            DataNode node = server.getZKDatabase().getNode(op.getPath());
            if (node == null) {
                continue;
            }
            if (op.getType() == OpCode.getData) {
                byte[] data = node.getData();
                bytes += data == null ? 0 : data.length;
            } else {
                bytes += (long) node.getChildren().size() * BYTES_PER_NAME;
            }
            if (bytes > options.requestBytes()) {
                return Code.MARSHALLINGERROR;
            }
        }
        return null;
    }

    /** As {@link #refusal}, of what may have become too much since the request came. */
    @Nullable
    Code watchRefusal(Connection connection, int type, RequestRecord request) throws IOException {
        int more = watches(type, request);
        return more > 0
                        && (connection.watches().count() + (long) more
                                        > options.connections().watches()
                                || connection.traffic().hasManyWatches(more))
                ? Code.QUOTAEXCEEDED
                : null;
    }

    // How many the request sets, at most.
    private static int watches(int type, RequestRecord request) throws IOException {
        return switch (type) {
            case OpCode.exists -> one(request.readRecord(ExistsRequest::new).getWatch());
            case OpCode.getData -> one(request.readRecord(GetDataRequest::new).getWatch());
            case OpCode.getChildren ->
                one(request.readRecord(GetChildrenRequest::new).getWatch());
            case OpCode.getChildren2 ->
                one(request.readRecord(GetChildren2Request::new).getWatch());
            case OpCode.addWatch -> 1;
            case OpCode.setWatches -> {
                SetWatches set = request.readRecord(SetWatches::new);
                yield size(set.getDataWatches()) + size(set.getExistWatches()) + size(set.getChildWatches());
            }
            case OpCode.setWatches2 -> {
                SetWatches2 set = request.readRecord(SetWatches2::new);
                yield size(set.getDataWatches())
                        + size(set.getExistWatches())
                        + size(set.getChildWatches())
                        + size(set.getPersistentWatches())
                        + size(set.getPersistentRecursiveWatches());
            }
            default -> 0;
        };
    }

    private static int one(boolean watch) {
        return watch ? 1 : 0;
    }

    private static int size(@Nullable List<String> paths) {
        return paths == null ? 0 : paths.size();
    }
}
