package archipel.transport;

import java.io.IOException;

/**
 * Where tests interfere with the connections of a transport, as networks do. Directions are from the member whose
 * transport asks to the other.
 */
public interface Faults {
    /** Nothing happens that the network does not do by itself. */
    Faults NONE = new Faults() {};

    /**
     * Before a connection is made; may block.
     *
     * @throws IOException where it cannot be made
     */
    default void connecting(String from, String to) throws IOException, InterruptedException {}

    /** Before bytes are written; blocks for as long as they do not get through. */
    default void writing(String from, String to) throws InterruptedException {}

    /** @param kill ends the connection as a reset would; may be called at any time, also when it is over */
    default void opened(String from, String to, Runnable kill) {}

    /** @param kill the same as in {@link #opened} */
    default void closed(String from, String to, Runnable kill) {}
}
