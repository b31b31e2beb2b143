package archipel.transport;

import archipel.changes.Deadline;
import archipel.changes.Threads;
import archipel.identity.NodeIdentity;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The members' side of the wire of one node: its calls to the other members of the ensemble, and theirs to it. Safe for
 * use by many threads.
 */
public final class Transport implements AutoCloseable {
    private static final long MOST_MS_TO_END = 5000;

    private enum State {
        NEW,
        STARTED,
        CLOSED
    }

    private final TransportContext context;
    private final Doorway doorway;
    private final ConcurrentMap<String, Link> links = new ConcurrentHashMap<>();
    private volatile State state = State.NEW;

    private Transport(TransportContext context) throws IOException {
        this.context = context;
        this.doorway = new Doorway(context);
    }

    /**
     * Binds the port. Nobody is let in before {@link #start}.
     *
     * @throws IOException where the port cannot be had
     */
    public static Transport open(
            TransportOptions options, NodeIdentity identity, MemberSecret secret, Addresses addresses, Threads threads)
            throws IOException {
        return new Transport(new TransportContext(options, identity, secret, addresses, threads, Deadline.steadyMs()));
    }

    /** The port that is bound. */
    public int port() {
        return doorway.port();
    }

    /** This node's own name. */
    public String member() {
        return context.options().member();
    }

    /**
     * The link to another member; the same one until it is closed. The member need not have an address yet.
     *
     * @throws IllegalArgumentException where the name is none, or this node's own
     */
    public Link link(String member) {
        if (MemberName.require(member).equals(member())) {
            throw new IllegalArgumentException(member + " is this node itself");
        }
        Link link = links.computeIfAbsent(
                member, name -> new MemberLink(context, name, closed -> links.remove(name, closed)));
        if (state == State.CLOSED) {
            link.close();
        }
        return link;
    }

    /**
     * Says who answers the calls of a service; those of a service that nobody answers are failed.
     *
     * @throws IllegalStateException after {@link #start}, or where the service has a handler
     */
    public synchronized void serve(Service service, Handler handler) {
        if (state != State.NEW) {
            throw new IllegalStateException("the transport was started");
        }
        doorway.serve(service, handler);
    }

    /**
     * Begins to let others in, and to connect. Calls that are made before fail.
     *
     * @throws IllegalStateException where it was started or closed
     */
    public synchronized void start() {
        if (state != State.NEW) {
            throw new IllegalStateException("the transport was started");
        }
        state = State.STARTED;
        context.begin();
        context.start("transport-sweeper", context.sweeper()::run);
        context.start("transport-accept", doorway::accept);
    }

    /** Adds a listener, which hears of what happens from now on. */
    public void watch(Listener listener) {
        context.sweeper().watch(listener);
    }

    public TransportCounters counters() {
        return context.counters();
    }

    /** How many connections of others are open that have not proved themselves. */
    int unproved() {
        return doorway.unproved();
    }

    /** Ends all connections and all calls; waits until the transport's threads have ended, unless it is one of them. */
    @Override
    public void close() {
        synchronized (this) {
            state = State.CLOSED;
        }
        doorway.close();
        links.values().forEach(Link::close);
        if (context.isOwnThread()) {
            context.sweeper().close();
        } else {
            context.awaitThreads(MOST_MS_TO_END);
        }
    }
}
