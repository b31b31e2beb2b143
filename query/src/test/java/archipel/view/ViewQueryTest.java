package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.StringNode;

class ViewQueryTest {
    private final ViewQuery.Builder builder = new ViewQuery.Builder(StringNode::valueOf);

    @Test
    void set_largeMemberOfABody_isNotCopiedAsText() {
        ArrayNode large = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < 100_000; i++) {
            large.add("a key of some length " + i);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        builder.set("unknown", JsonNodeFactory.instance.arrayNode());
        long before = threads.getCurrentThreadAllocatedBytes();
        builder.set("startkey", large).set("unknown", large);
        assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 100_000);
    }

    @Test
    void set_numbersAndTextsOfABody_areTaken() {
        builder.set("limit", JsonNodeFactory.instance.numberNode(3.0)).set("skip", StringNode.valueOf("2"));
        ViewQuery query = builder.set("descending", JsonNodeFactory.instance.booleanNode(true))
                .build(false);
        assertEquals(3, query.limit());
        assertEquals(2, query.skip());
        assertTrue(query.descending());
    }
}
