package archipel.remote;

import archipel.settings.Network;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * The addresses that no request may go to, whoever names them: asked about what a name resolved to, right before the
 * connection is made to that very address, so that a name which changes its mind gets nowhere.
 */
public final class DeniedAddresses {
    private static final int IPV4_MAPPED = 12;
    private static final byte[] NAT64 = {0x00, 0x64, (byte) 0xFF, (byte) 0x9B, 0, 0, 0, 0, 0, 0, 0, 0};

    private final Supplier<List<Network>> networks;

    /** @param networks asked for each connection */
    public DeniedAddresses(Supplier<List<Network>> networks) {
        this.networks = networks;
    }

    public boolean contains(InetAddress address) {
        InetAddress plain = inner(address);
        return address.isMulticastAddress()
                || address.isAnyLocalAddress()
                || networks.get().stream().anyMatch(network -> network.contains(address) || network.contains(plain));
    }

    /** The IPv4 address that an IPv6 one stands for: mapped, translated (RFC 6052), or of a 6to4 router (RFC 3056). */
    private static InetAddress inner(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (!(address instanceof Inet6Address six)) {
            return address;
        }
        int from;
        if (bytes[0] == 0x20 && bytes[1] == 0x02) {
            from = 2;
        } else if (Arrays.equals(bytes, 0, IPV4_MAPPED, NAT64, 0, IPV4_MAPPED) || six.isIPv4CompatibleAddress()) {
            from = IPV4_MAPPED;
        } else {
            return address;
        }
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
