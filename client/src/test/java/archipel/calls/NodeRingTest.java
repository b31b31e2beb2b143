package archipel.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class NodeRingTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1000);
    private final NodeRing ring = new NodeRing(Address.parse("http://a,http://b,http://c"), now::get);

    private String order() {
        return ring.order().stream()
                .map(node -> node.address().base().substring(7))
                .collect(Collectors.joining());
    }

    @Test
    void order_failedNode_isLastForAWhile() {
        assertEquals("abc", order());
        ring.failed(ring.order().get(0));
        assertEquals("bca", order());
        ring.answered(ring.order().get(1));
        assertEquals("cba", order());
        now.addAndGet(Duration.ofMillis(500).toNanos());
        assertEquals("cab", order());
    }

    @Test
    void order_nodeThatFailsAgain_restsLonger() {
        NodeRing.Node a = ring.order().get(0);
        ring.failed(a);
        ring.failed(a);
        now.addAndGet(Duration.ofMillis(999).toNanos());
        assertEquals("bca", order());
        now.addAndGet(Duration.ofMillis(1).toNanos());
        assertEquals("abc", order());
        for (int i = 0; i < 100; i++) {
            ring.failed(a);
        }
        now.addAndGet(Duration.ofSeconds(32).toNanos());
        assertEquals("abc", order());
    }

    @Test
    void order_allFailed_beginsWithWhoWakesFirst() {
        List<NodeRing.Node> nodes = ring.order();
        for (NodeRing.Node node : List.of(nodes.get(2), nodes.get(0), nodes.get(1))) {
            ring.failed(node);
            now.addAndGet(1);
        }
        assertEquals("cab", order());
    }
}
