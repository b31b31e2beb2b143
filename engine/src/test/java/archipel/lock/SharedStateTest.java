package archipel.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.Fence;
import archipel.command.LockAnswer;
import archipel.command.LockBounds;
import archipel.command.Retention;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Checker;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.storage.FormatVersion;
import archipel.topic.Message;
import archipel.topic.Topic;
import archipel.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks, what databases have seen of them, and topics: over restarts. */
class SharedStateTest {
    private static final LockBounds BOUNDS = new LockBounds(10, 10, 10);
    private static final Retention RETENTION = new Retention(3, 1_000, 1_000_000);

    @TempDir
    private Path directory;

    private Node open(String name) {
        Node node = Node.open(directory.resolve(name), NodeOptions.DEFAULT);
        Awaitility.await().until(() -> node.format().isAtLeast(FormatVersion.V7));
        return node;
    }

    private static LockAnswer take(Node node, String owner, long waitMs) {
        return node.locks().acquire("lock", owner, "u", owner, 600_000, waitMs, BOUNDS);
    }

    private static @Nullable ErrorCode write(Node node, long token) {
        return Fence.with(List.of(new Fence("lock", token))).call(() -> {
            try {
                node.database("db").putLocal("x", new byte[] {'{', '}'});
                return null;
            } catch (RequestException e) {
                return e.code();
            }
        });
    }

    private static void publish(Node node, int number) {
        byte[] json = Integer.toString(number).getBytes(StandardCharsets.UTF_8);
        node.topics().publish("news", "k" + number, json, RETENTION, 10);
    }

    private static List<String> messages(Node node) {
        Topics topics = node.topics();
        Topic topic = topics.topic("news");
        return topics.read(topic, 0, 100, 1_000).messages().stream()
                .map(SharedStateTest::text)
                .toList();
    }

    private static String text(Message message) {
        return message.number() + ":" + new String(message.json(), StandardCharsets.UTF_8);
    }

    @Test
    void restart_locksFencesAndTopics_areAsTheyWere() {
        long second;
        try (Node node = open("node")) {
            node.create("db");
            LockAnswer first = take(node, "a", 0);
            assertEquals(LockAnswer.Outcome.QUEUED, take(node, "b", 60_000).outcome());
            node.locks().release("lock", first.token(), "u");
            second = held(node);
            assertNull(write(node, second));
            assertEquals(ErrorCode.FENCED, write(node, first.token()));
            for (int i = 1; i <= 5; i++) {
                publish(node, i);
            }
            assertEquals(List.of("3:3", "4:4", "5:5"), messages(node));
        }
        try (Node node = open("node")) {
            assertEquals(second, held(node));
            assertEquals(ErrorCode.FENCED, write(node, second - 1));
            assertNull(write(node, second));
            publish(node, 5);
            publish(node, 6);
            assertEquals(List.of("4:4", "5:5", "6:6"), messages(node));
            node.locks().release("lock", second, null);
            assertNull(node.locks().find("lock"));
            assertTrue(take(node, "c", 0).token() > second);
            Topic topic = node.topics().topic("news");
            node.topics().drop(topic);
            assertTrue(node.topics().isGone(topic));
            publish(node, 7);
            assertEquals(List.of("7:7"), messages(node));
        }
        assertEquals(List.of(), Checker.check(directory.resolve("node")));
    }

    private static long held(Node node) {
        return node.locks().find("lock").holder().token();
    }
}
