package archipel.javaclient;

import archipel.cluster.ServerProcess;
import archipel.leases.LockTableServer;
import java.io.IOException;

/** A node before which a table of locks stands. */
public final class NodeWithLocks implements AutoCloseable {
    private final LockTableServer table = new LockTableServer();
    private final LossyProxy proxy;

    public NodeWithLocks(ServerProcess server) throws IOException {
        proxy = new LossyProxy(server.url());
        proxy.serve("/_locks/", table::handle);
    }

    /** With the admin's name and password. */
    public String url() {
        return proxy.url(ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD);
    }

    @Override
    public void close() {
        proxy.close();
        table.close();
    }
}
