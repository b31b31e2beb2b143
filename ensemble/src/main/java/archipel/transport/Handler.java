package archipel.transport;

import java.nio.ByteBuffer;

/** Answers the calls of a service. */
@FunctionalInterface
public interface Handler {
    /**
     * Called on the thread that reads the connection, for one request of it after the other: it must not block. What it
     * throws is logged, and fails the call.
     *
     * @param request whose bytes belong to the handler
     * @param exchange must be answered or failed, now or later, whatever happens: until then the request counts against
     *     the bytes that the member may have in work
     */
    void handle(String member, Service service, ByteBuffer request, Exchange exchange);
}
