package archipel.transport;

import java.nio.ByteBuffer;

/**
 * A request that waits for its answer. One of the methods is to be called, once, from any thread; neither blocks. Where
 * the connection is gone nothing happens.
 */
public interface Exchange {
    /**
     * @param answer the bytes between position and limit of each, one after the other; the buffers are left as they
     *     are, and their bytes must not be changed from here on
     * @throws IllegalStateException where the request was answered or failed before
     */
    void answer(ByteBuffer... answer);

    /**
     * @param message what the caller is told, at most a few hundred characters
     * @throws IllegalStateException where the request was answered or failed before
     */
    void fail(String message);
}
