package archipel.coordination;

import java.util.List;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.RequestRecord;
import org.apache.zookeeper.server.ServerCnxn;
import org.jspecify.annotations.Nullable;

/** A request that the library does not write out, byte by byte, into the log of one that it cannot read. */
final class TreeRequest extends Request {
    private final @Nullable RequestRecord body;

    @SuppressWarnings("NullAway")
    TreeRequest(
            @Nullable ServerCnxn connection,
            long session,
            int xid,
            int type,
            @Nullable RequestRecord body,
            List<Id> identities) {
        super(connection, session, xid, type, body, identities);
        this.body = body;
    }

    /** Null where there is none. */
    @Nullable
    RequestRecord body() {
        return body;
    }

    @Override
    public String requestDigest() {
        return "not shown";
    }
}
