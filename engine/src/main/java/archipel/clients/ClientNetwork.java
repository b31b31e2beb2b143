package archipel.clients;

import java.net.InetAddress;

/** What counts as one client where connections, streams or logins are counted. */
public final class ClientNetwork {
    private static final int PREFIX_BYTES = 8;

    private ClientNetwork() {}

    /** The address; of IPv6 the first 64 bits, since a client that has one has all that begin with them. */
    public static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        try {
            return of(InetAddress.ofLiteral(address));
        } catch (IllegalArgumentException notAnAddress) {
            return address;
        }
    }

    /** As {@link #of(String)}. */
    public static String of(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length <= PREFIX_BYTES) {
            return address.getHostAddress();
        }
        StringBuilder network = new StringBuilder();
        for (int i = 0; i < PREFIX_BYTES; i += 2) {
            network.append(Integer.toHexString((bytes[i] & 0xFF) << 8 | bytes[i + 1] & 0xFF))
                    .append(':');
        }
        return network.append(":/64").toString();
    }
}
