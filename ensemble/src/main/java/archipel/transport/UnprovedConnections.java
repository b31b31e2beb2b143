package archipel.transport;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** How many connections are there whose other side has not proved itself, in all and by address. */
final class UnprovedConnections {
    private final Bounds bounds;
    private final Map<InetAddress, Integer> byAddress = new HashMap<>();
    private int all;

    UnprovedConnections(Bounds bounds) {
        this.bounds = bounds;
    }

    /** @return whether there is room for one more, which counts from now on */
    synchronized boolean enter(InetAddress address) {
        int ofAddress = byAddress.getOrDefault(address, 0);
        if (all >= bounds.unproved() || ofAddress >= bounds.unprovedPerAddress()) {
            return false;
        }
        all++;
        byAddress.put(address, ofAddress + 1);
        return true;
    }

    synchronized void leave(InetAddress address) {
        all--;
        byAddress.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
    }

    synchronized int count() {
        return all;
    }
}
