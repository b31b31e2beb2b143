package archipel.transport;

import archipel.clients.ClientCounts;
import archipel.clients.ClientNetwork;
import java.net.InetAddress;
import java.util.Arrays;
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
    private final Bounds bounds;
    private final Addresses addresses;
    private final Map<String, Set<InetAddress>> dialed = new ConcurrentHashMap<>();
    private final Map<String, InetAddress> proved = new ConcurrentHashMap<>();
    private final ClientCounts members = new ClientCounts();
    private final ClientCounts strangers = new ClientCounts();

    UnprovedConnections(Bounds bounds, Addresses addresses) {
        this.bounds = bounds;
        this.addresses = addresses;
    }

    /** Where a connection is counted. */
    record Place(ClientCounts counts, String network) {}

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
        Place place = ofMember
                ? new Place(members, address.getHostAddress())
                : new Place(strangers, ClientNetwork.of(address));
        int most = ofMember ? Integer.MAX_VALUE : bounds.unproved();
        return place.counts().enter(place.network(), most, bounds.unprovedPerAddress()) == ClientCounts.Outcome.ENTERED
                ? place
                : null;
    }

    void leave(Place place) {
        place.counts().leave(place.network());
    }

    int count() {
        return members.total() + strangers.total();
    }
}
