package archipel.coordination;

import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.server.PrepRequestProcessor;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.RequestProcessor;
import org.apache.zookeeper.txn.CloseSessionTxn;
import org.apache.zookeeper.txn.SetACLTxn;

/** ZooKeeper's way from a request to a transaction, for one that has its place in the log. */
final class Preparer extends PrepRequestProcessor {
    private final TreeServer server;

    Preparer(TreeServer server) {
        super(server, new End());
        this.server = server;
    }

    /** Gives the request its transaction, which may be that it fails. On the thread that applies. */
    void prepare(Request request, long zxid, long timeMs) {
        server.setZxid(zxid - 1);
        try {
            pRequest(request);
        } catch (RequestProcessorException e) {
            throw new IllegalStateException("a request cannot be prepared", e);
        }
        if (request.getHdr() != null) {
            // Of whoever put it in its place, the same for all.
            request.getHdr().setTime(timeMs);
            // One that cannot even be read has got the number before.
            request.getHdr().setZxid(zxid);
        }
        if (isRefused(request)) {
            PendingChanges.undo(server, zxid, request.type == OpCode.multi);
        } else if (request.getTxn() instanceof CloseSessionTxn closing) {
            closing.getPaths2Delete().forEach(path -> PendingChanges.deleted(this, path, zxid));
        } else if (request.getTxn() instanceof SetACLTxn set) {
            PendingChanges.access(this, set.getPath(), set.getAcl(), zxid);
        }
        request.zxid = zxid;
    }

    // A multi has a transaction that says so, and is none that failed.
    private static boolean isRefused(Request request) {
        return request.getException() != null
                || request.getHdr() != null && request.getHdr().getType() == OpCode.error;
    }

    /** What is prepared is taken by whoever has asked for it. */
    private static final class End implements RequestProcessor {
        @Override
        public void processRequest(Request request) {}

        @Override
        public void shutdown() {}
    }
}
