package archipel.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.jmdns.ServiceInfo;
import javax.jmdns.impl.DNSEntry;
import javax.jmdns.impl.DNSRecord;
import javax.jmdns.impl.JmDNSImpl;
import org.jspecify.annotations.Nullable;

/**
 * JmDNS on one network, where others may send what they like. It would keep all that it hears for as long as the sender
 * says, and every service, type and host of the network. This keeps the texts of nodes, so many of one sender and in
 * all, and takes so many packets a second: what is too much is lost in the socket's buffer.
 *
 * <p>Its constructor starts a thread, so fields are not set yet when the first packets come.
 */
final class MulticastDns extends JmDNSImpl {
    static final String TYPE = "_archipel._tcp.local.";

    private static final long PACKET_PAUSE_MS = 20;
    private static final int MOST = 1_000;
    /** As many nodes on one machine can be found. */
    private static final int MOST_OF_ONE_SENDER = 16;
    /** Everybody is asked twice in that time. */
    private static final long REMEMBERED_MS = 150_000;

    private final InstantSource clock;
    private final @Nullable InterfaceAddress network;
    private volatile @Nullable Runnable heard;

    private MulticastDns(String id, InetAddress address, InstantSource clock) throws IOException {
        super(address, id, PACKET_PAUSE_MS);
        this.clock = clock;
        this.network = network(address);
    }

    /** As {@link LocalNetwork#open}, on one network. */
    static MulticastDns open(String id, int port, InetAddress address, InstantSource clock, Runnable heard)
            throws IOException {
        MulticastDns opened = new MulticastDns(id, address, clock);
        opened.heard = heard;
        Map<String, String> text = Map.of("id", id, "url", Announced.url(address, port));
        opened.registerService(ServiceInfo.create(TYPE, id, port, 0, 0, text));
        opened.ask();
        heard.run();
        return opened;
    }

    private static @Nullable InterfaceAddress network(InetAddress address) throws IOException {
        NetworkInterface found = NetworkInterface.getByInetAddress(address);
        return found == null
                ? null
                : found.getInterfaceAddresses().stream()
                        .filter(one -> one.getAddress().equals(address))
                        .findFirst()
                        .orElse(null);
    }

    void ask() {
        startServiceResolver(TYPE);
    }

    /** Types of services are of no interest, and anybody can make up any number of them. */
    @Override
    public boolean registerServiceType(String type) {
        return type.equals(TYPE) && super.registerServiceType(type);
    }

    /** Called for each record that was put in the cache, changed there or removed from it. */
    @Override
    public void updateRecord(long now, DNSRecord record, Operation operation) {
        boolean arrives = operation == Operation.Add || operation == Operation.Update;
        if (arrives && !isKept(record)) {
            getCache().removeDNSEntry(record);
            return;
        }
        Runnable told = heard;
        if (told != null) {
            told.run();
        }
    }

    private boolean isKept(DNSRecord record) {
        return announced(record) != null
                && getCache().size() <= MOST
                && getCache().allValues().stream()
                                .filter(other -> isFrom(other, record.getRecordSource()))
                                .limit(MOST_OF_ONE_SENDER + 1)
                                .count()
                        <= MOST_OF_ONE_SENDER;
    }

    private static boolean isFrom(DNSEntry entry, InetAddress source) {
        return entry instanceof DNSRecord record && source.equals(record.getRecordSource());
    }

    /** What a node says of itself; null where that is something else. */
    private @Nullable Announced announced(DNSEntry entry) {
        if (!(entry instanceof DNSRecord.Text text)
                || !text.getKey().endsWith("." + TYPE)
                || !isHere(text.getRecordSource())) {
            return null;
        }
        ServiceInfo info = text.getServiceInfo(false);
        return Announced.of(info.getPropertyString("id"), info.getPropertyString("url"), text.getRecordSource());
    }

    List<Announced> announced() {
        long nowMs = clock.millis();
        List<Announced> all = new ArrayList<>();
        Map<InetAddress, Integer> ofSender = new HashMap<>();
        for (DNSEntry entry : getCache().allValues()) {
            boolean recent = entry instanceof DNSRecord record
                    && !record.isExpired(nowMs)
                    && Math.abs(nowMs - record.getCreated()) < REMEMBERED_MS;
            Announced one = recent ? announced(entry) : null;
            // All records of a packet are in the cache before the first that is too many is taken out.
            if (one != null
                    && ofSender.merge(((DNSRecord) entry).getRecordSource(), 1, Integer::sum) <= MOST_OF_ONE_SENDER) {
                all.add(one);
            }
        }
        return all;
    }

    /** Whether an address is one of this network; the system passes on what came by another one as well. */
    private boolean isHere(@Nullable InetAddress source) {
        return source != null
                && network != null
                && isWithin(source.getAddress(), network.getAddress().getAddress(), network.getNetworkPrefixLength());
    }

    static boolean isWithin(byte[] address, byte[] network, int prefix) {
        if (address.length != network.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            if (((address[bit / 8] ^ network[bit / 8]) & 0x80 >> bit % 8) != 0) {
                return false;
            }
        }
        return true;
    }
}
