package archipel.transport;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where the members are now. Asked at each attempt to connect, and about once a second for each member that is
 * connected. Called from several threads; must not block.
 */
@FunctionalInterface
public interface Addresses {
    /**
     * The host and port of a member, best unresolved ({@link InetSocketAddress#createUnresolved}): the host is looked
     * up at each attempt to connect then.
     *
     * @return null where nobody of that name is a member; it is not connected to, and refused if it connects
     */
    @Nullable
    InetSocketAddress addressOf(String member);
}
