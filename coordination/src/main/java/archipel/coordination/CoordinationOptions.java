package archipel.coordination;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a server of the tree is given.
 *
 * @param server what this one is called among those that share the tree; known once the node is open
 * @param address where clients of ZooKeeper connect; null where they do not
 * @param open whether clients need no account
 * @param tick the protocol's unit of time
 * @param leastTimeout of a session; a shorter one that a client asks for is made this long
 * @param longestTimeout of a session
 * @param connectionsPerAddress how many one address may have, and four times as many sessions; 0 for any number
 * @param requestBytes how long a request may be
 * @param treeBytes how much the nodes may be in all, paths and data
 * @param containerCheck how often nodes are looked for that are to go by themselves
 * @param role what this server is at the moment, as the protocol calls it
 * @param connections how clients connect
 */
public record CoordinationOptions(
        Supplier<String> server,
        @Nullable InetSocketAddress address,
        boolean open,
        Duration tick,
        Duration leastTimeout,
        Duration longestTimeout,
        int connectionsPerAddress,
        int requestBytes,
        long treeBytes,
        Duration containerCheck,
        Supplier<String> role,
        ConnectionOptions connections) {

    /** With connections as they are where nobody says otherwise. */
    public CoordinationOptions(
            Supplier<String> server,
            @Nullable InetSocketAddress address,
            boolean open,
            Duration tick,
            Duration leastTimeout,
            Duration longestTimeout,
            int connectionsPerAddress,
            int requestBytes,
            long treeBytes,
            Duration containerCheck,
            Supplier<String> role) {
        this(
                server,
                address,
                open,
                tick,
                leastTimeout,
                longestTimeout,
                connectionsPerAddress,
                requestBytes,
                treeBytes,
                containerCheck,
                role,
                ConnectionOptions.DEFAULT);
    }
}
