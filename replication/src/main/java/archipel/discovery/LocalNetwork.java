package archipel.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The networks that a node listens on: it is announced on each until this is closed, and others are heard of. Safe for
 * use by many threads.
 */
public final class LocalNetwork implements AutoCloseable {
    /** A machine with many virtual networks has the node announced on the first of them. */
    private static final int MOST_NETWORKS = 8;

    private final List<MulticastDns> networks;

    private LocalNetwork(List<MulticastDns> networks) {
        this.networks = List.copyOf(networks);
    }

    /**
     * Announces a node and begins to listen. Takes a while.
     *
     * @param id the fingerprint of the node's key
     * @param port that it listens on
     * @param on its addresses, of one network each
     * @param heard told whenever {@link #announced} may have changed; must return at once
     * @throws IOException where multicast cannot be had on any of them
     */
    public static LocalNetwork open(String id, int port, List<InetAddress> on, InstantSource clock, Runnable heard)
            throws IOException {
        List<MulticastDns> opened = new ArrayList<>();
        IOException failed = new IOException("no network can be multicast on");
        for (InetAddress address : on) {
            try {
                opened.add(MulticastDns.open(id, port, address, clock, heard));
            } catch (IOException e) {
                failed = e;
            }
        }
        if (opened.isEmpty()) {
            throw failed;
        }
        return new LocalNetwork(opened);
    }

    /**
     * The addresses of a node that listens on a host.
     *
     * @param host an address or a name
     * @param any whether it stands for all of the machine's networks; the loopback is none
     * @throws IOException where the name or the machine's networks are not known
     */
    public static List<InetAddress> addresses(String host, boolean any) throws IOException {
        if (!any) {
            return List.of(InetAddress.getByName(host));
        }
        List<InetAddress> addresses = new ArrayList<>();
        for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            if (addresses.size() < MOST_NETWORKS && isNetwork(one)) {
                one.getInterfaceAddresses().stream()
                        .map(InterfaceAddress::getAddress)
                        .filter(address -> address.getAddress().length == 4)
                        .findFirst()
                        .ifPresent(addresses::add);
            }
        }
        return addresses;
    }

    private static boolean isNetwork(NetworkInterface one) throws SocketException {
        return one.isUp() && one.supportsMulticast() && !one.isLoopback() && !one.isPointToPoint();
    }

    /** What was heard of lately, in no order: this node itself as well, and whatever else somebody has sent. */
    public Set<Announced> announced() {
        Set<Announced> all = new LinkedHashSet<>();
        networks.forEach(network -> all.addAll(network.announced()));
        return all;
    }

    /** Asks who is there; whoever does not answer is soon not {@link #announced} any more. */
    public void ask() {
        networks.forEach(MulticastDns::ask);
    }

    /** Withdraws the announcement, which takes a moment. */
    @Override
    public void close() {
        networks.forEach(MulticastDns::close);
    }
}
