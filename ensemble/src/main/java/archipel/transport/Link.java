package archipel.transport;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * The way to one other member. It connects when it is used or asked to, and then connects again whenever a connection
 * is lost, for as long as the member has an address. Safe for use by many threads; no method blocks.
 */
public interface Link extends AutoCloseable {
    String member();

    /**
     * Sends a request. Requests of one lane that one thread sends arrive in that order. While the first attempt to
     * connect is under way requests wait for it; between attempts they fail at once.
     *
     * @param request the bytes between position and limit of each, one after the other; the buffers are left as they
     *     are, and their bytes must not be changed from here on
     * @param timeout until the answer has to be there; more than a day counts as a day
     */
    void call(Service service, ByteBuffer[] request, Duration timeout, Reply reply);

    /** As {@link #call(Service, ByteBuffer[], Duration, Reply)} with one buffer. */
    default void call(Service service, ByteBuffer request, Duration timeout, Reply reply) {
        call(service, new ByteBuffer[] {request}, timeout, reply);
    }

    /** Whether calls of the service can be sent at once. A member that died a moment ago may still count. */
    boolean isConnected(Service service);

    /** Begins to connect the service's lane where it was not used yet. */
    void connect(Service service);

    /** Connects the lane of small calls. */
    default void connect() {
        connect(Service.MEMBERS);
    }

    /** Ends all connections to the member and all calls. {@link Transport#link} makes another link then. */
    @Override
    void close();
}
