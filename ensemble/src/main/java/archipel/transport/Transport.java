package archipel.transport;

import archipel.changes.Threads;
import archipel.identity.NodeIdentity;
import java.io.IOException;

/**
 * The members' side of the wire of one node: its calls to the other members of the ensemble, and theirs to it. Safe for
 * use by many threads.
 */
public final class Transport implements AutoCloseable {
    private Transport() {}

    /**
     * Binds the port. Nobody is connected before {@link #start}.
     *
     * @throws IOException where the port cannot be had
     */
    public static Transport open(
            TransportOptions options, NodeIdentity identity, MemberSecret secret, Addresses addresses, Threads threads)
            throws IOException {
        throw new UnsupportedOperationException("the first version has the signatures alone");
    }

    /** The port that is bound. */
    public int port() {
        return 0;
    }

    /** This node's own name. */
    public String member() {
        return "";
    }

    /**
     * The link to another member; the same one until it is closed. The member need not have an address yet.
     *
     * @throws IllegalArgumentException where the name is none, or this node's own
     */
    public Link link(String member) {
        throw new UnsupportedOperationException("the first version has the signatures alone");
    }

    /**
     * Says who answers the calls of a service; those of a service that nobody answers are failed.
     *
     * @throws IllegalStateException after {@link #start}, or where the service has a handler
     */
    public void serve(Service service, Handler handler) {}

    /** Begins to let others in, and to connect. Calls that were made before fail. */
    public void start() {}

    /** Adds a listener, which hears of what happens from now on. */
    public void watch(Listener listener) {}

    public TransportCounters counters() {
        return new TransportCounters();
    }

    /** Ends all connections and all calls; waits until the transport's threads have ended, unless it is one of them. */
    @Override
    public void close() {}
}
