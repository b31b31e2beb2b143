package archipel.auth;

import java.net.InetAddress;

/** What counts as one address where attempts are counted. */
final class ClientNetwork {
    private static final int PREFIX_BYTES = 8;

    private ClientNetwork() {}

    /** The address; of IPv6 the first 64 bits, since whoever has one has all that begin with them. */
    static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        try {
            byte[] bytes = InetAddress.ofLiteral(address).getAddress();
            if (bytes.length <= PREFIX_BYTES) {
                return InetAddress.ofLiteral(address).getHostAddress();
            }
            StringBuilder network = new StringBuilder();
            for (int i = 0; i < PREFIX_BYTES; i += 2) {
                network.append(Integer.toHexString((bytes[i] & 0xFF) << 8 | bytes[i + 1] & 0xFF))
                        .append(':');
            }
            return network.append(":/64").toString();
        } catch (IllegalArgumentException notAnAddress) {
            return address;
        }
    }
}
