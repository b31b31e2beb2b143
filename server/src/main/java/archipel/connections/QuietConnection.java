package archipel.connections;

import org.eclipse.jetty.io.Connection;

/** A connection that knows since when no request has been under way on it. */
interface QuietConnection extends Connection {
    /** While a request, or a head of which a part has come, is under way. */
    long BUSY = -1;

    /**
     * Since when it waits for a request, by the clock of {@link Heads}, milliseconds; {@link #BUSY} while it does not.
     * Bytes that are no part of a request, such as a PING or an empty line, change nothing of it.
     */
    long quietSinceMs();
}
