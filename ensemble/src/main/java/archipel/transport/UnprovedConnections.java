package archipel.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many connections are there whose other side has not proved itself. Strangers share some places, of which each
 * address has a part; of IPv6 each network of 64 bits, since whoever has one address there has all of them. Addresses
 * of members have places of their own, so that no strangers keep a member out: those that its host stands for when this
 * node connects to it, and the one that it came from last.
 */
final class UnprovedConnections {
    private static final int NETWORK_BYTES = 8;

    private final Bounds bounds;
    private final Addresses addresses;
    private final Map<String, Set<InetAddress>> dialed = new ConcurrentHashMap<>();
    private final Map<String, InetAddress> proved = new ConcurrentHashMap<>();
    // Guarded by this.
    private final Map<Place, Integer> taken = new HashMap<>();
    private int strangers;
    private int all;

    UnprovedConnections(Bounds bounds, Addresses addresses) {
        this.bounds = bounds;
        this.addresses = addresses;
    }

    /**
     * Where a connection is counted.
     *
     * @param where an address, or the beginning of several
     */
    record Place(boolean ofMember, List<Byte> where) {}

    /** This node connects to a member, which may be at these addresses. */
    void dialed(String member, InetAddress... candidates) {
        dialed.put(member, Set.of(Arrays.stream(candidates).distinct().toArray(InetAddress[]::new)));
    }

    /** A member has proved itself. */
    void proved(String member, InetAddress from) {
        proved.put(member, from);
    }

    private boolean isOfMember(InetAddress address) {
        dialed.keySet().removeIf(member -> addresses.addressOf(member) == null);
        proved.keySet().removeIf(member -> addresses.addressOf(member) == null);
        return proved.containsValue(address)
                || dialed.values().stream().anyMatch(candidates -> candidates.contains(address));
    }

    /** @return where one more counts from now on, until it leaves; null where there is no room */
    @Nullable
    Place enter(InetAddress address) {
        boolean ofMember = isOfMember(address);
        byte[] where = address.getAddress();
        int length = address instanceof Inet6Address && !ofMember ? NETWORK_BYTES : where.length;
        Place place = new Place(ofMember, bytes(where, length));
        return enter(place) ? place : null;
    }

    private static List<Byte> bytes(byte[] address, int length) {
        Byte[] bytes = new Byte[length];
        Arrays.setAll(bytes, i -> address[i]);
        return List.of(bytes);
    }

    private synchronized boolean enter(Place place) {
        int there = taken.getOrDefault(place, 0);
        if (there >= bounds.unprovedPerAddress() || !place.ofMember() && strangers >= bounds.unproved()) {
            return false;
        }
        taken.put(place, there + 1);
        strangers += place.ofMember() ? 0 : 1;
        all++;
        return true;
    }

    synchronized void leave(Place place) {
        all--;
        strangers -= place.ofMember() ? 0 : 1;
        taken.computeIfPresent(place, (_, count) -> count == 1 ? null : count - 1);
    }

    synchronized int count() {
        return all;
    }
}
