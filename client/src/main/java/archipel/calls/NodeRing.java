package archipel.calls;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The nodes, and in which order they are tried: the one that answered last, then the others in the order of their
 * addresses, and at the end those that have failed lately. A node rests for half a second after a failure, and twice as
 * long after each further one, up to half a minute; it is still tried where no other answers. Safe for use by many
 * threads.
 */
final class NodeRing {
    private static final long FIRST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int MOST_DOUBLINGS = 6;

    private final SteadyClock clock;
    private final List<Node> nodes = new ArrayList<>();
    private int preferred;

    NodeRing(List<Address> addresses, SteadyClock clock) {
        this.clock = clock;
        for (int i = 0; i < addresses.size(); i++) {
            nodes.add(new Node(i, addresses.get(i)));
        }
    }

    /** One of the nodes. What is known of it is guarded by the ring. */
    static final class Node {
        private final int index;
        private final Address address;
        private int failures;
        private long restsUntil;

        private Node(int index, Address address) {
            this.index = index;
            this.address = address;
        }

        Address address() {
            return address;
        }

        int index() {
            return index;
        }
    }

    int size() {
        return nodes.size();
    }

    /** All nodes, the one to be tried first at the beginning. */
    synchronized List<Node> order() {
        long now = clock.nanos();
        List<Node> awake = new ArrayList<>();
        List<Node> resting = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get((preferred + i) % nodes.size());
            boolean rests = node.failures > 0 && node.restsUntil - now > 0;
            (rests ? resting : awake).add(node);
        }
        resting.sort(Comparator.comparingLong(node -> node.restsUntil - now));
        awake.addAll(resting);
        return awake;
    }

    /** It did what it was asked for, or said why not. */
    synchronized void answered(Node node) {
        node.failures = 0;
        preferred = node.index;
    }

    /** It did not answer, or could not do it now. */
    synchronized void failed(Node node) {
        node.restsUntil = clock.nanos() + (FIRST_REST_NANOS << Math.min(node.failures, MOST_DOUBLINGS));
        node.failures++;
    }
}
