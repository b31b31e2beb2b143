package archipel.transport;

import java.net.InetAddress;

/** Hears of connections, on one thread of the transport, in order; must not block. */
public interface Listener {
    /** Whether a member is unreachable because it says that this one, with this key, is no member. */
    static boolean isNotAdmitted(String reason) {
        return reason.contains(Introduction.REFUSED) && reason.contains(Introduction.NOT_ADMITTED);
    }

    /** A member can be called: the first connection to it was made. */
    default void connected(String member) {}

    /** A member cannot be called: the last connection to it was lost. */
    default void disconnected(String member) {}

    /** No connection to a member can be made; told again when the reason changes, and once a minute. */
    default void unreachable(String member, String reason) {}

    /**
     * Somebody who connected was turned away. Not every one is told, lest a flood of connections becomes a flood of
     * these; the reason says then how many were not.
     */
    default void refused(InetAddress address, String reason) {}
}
