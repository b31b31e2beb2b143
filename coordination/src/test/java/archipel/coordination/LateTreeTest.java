package archipel.coordination;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.DeleteRequest;
import org.apache.zookeeper.txn.CreateSessionTxn;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests come to the same, however far the tree in memory is behind: other servers are not as far behind. */
@Timeout(60)
final class LateTreeTest {
    private static final int TIMEOUT_MS = 20_000;
    private static final int EPHEMERAL = 1;

    @TempDir
    private Path directory;

    private final CountDownLatch late = new CountDownLatch(1);
    private RunningTree running;
    private Coordination coordination;

    @BeforeEach
    void begin() throws Exception {
        running = new RunningTree.Setup().tick(Duration.ofMillis(200)).start(directory);
        coordination = running.coordination();
    }

    @AfterEach
    void end() {
        late.countDown();
        running.close();
    }

    private void submit(long session, int type, Record body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        body.serialize(BinaryOutputArchive.getArchive(bytes), "request");
        assertTrue(coordination
                .append(new TreeCommand.Submit("two", 1, session, 0, type, bytes.toByteArray(), List.of(), List.of()))
                .join());
    }

    private void create(long session, String path, int flags) throws IOException {
        submit(session, OpCode.create, new CreateRequest(path, new byte[0], Ids.OPEN_ACL_UNSAFE, flags));
    }

    private boolean isThere(String path) {
        return coordination.tree().state().server().getZKDatabase().getNode(path) != null;
    }

    private void stopTree() {
        coordination.tree().state().committer().add(() -> {
            try {
                late.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Test
    void parent_ofNodesThatEndedWithTheirSession_canBeDeletedAtOnce() throws Exception {
        submit(1, OpCode.createSession, new CreateSessionTxn(TIMEOUT_MS));
        submit(2, OpCode.createSession, new CreateSessionTxn(TIMEOUT_MS));
        create(2, "/locks", 0);
        create(2, "/locks/a", 0);
        create(1, "/locks/a/1", EPHEMERAL);
        create(1, "/locks/a/2", EPHEMERAL);
        Awaitility.await().until(() -> isThere("/locks/a/2"));
        stopTree();
        assertTrue(coordination
                .append(new TreeCommand.Expire(1, "two", TreeCommand.Expire.OWN))
                .join());
        submit(2, OpCode.delete, new DeleteRequest("/locks/a", -1));
        submit(2, OpCode.delete, new DeleteRequest("/locks", -1));
        late.countDown();
        Awaitility.await().until(() -> !isThere("/locks"));
    }

    @Test
    void parent_ofNodesOfASessionThatLives_cannotBeDeleted() throws Exception {
        submit(1, OpCode.createSession, new CreateSessionTxn(TIMEOUT_MS));
        submit(2, OpCode.createSession, new CreateSessionTxn(TIMEOUT_MS));
        create(2, "/locks", 0);
        stopTree();
        create(1, "/locks/1", EPHEMERAL);
        create(2, "/locks/2", EPHEMERAL);
        assertTrue(coordination
                .append(new TreeCommand.Expire(1, "two", TreeCommand.Expire.OWN))
                .join());
        submit(2, OpCode.delete, new DeleteRequest("/locks", -1));
        create(2, "/after", 0);
        late.countDown();
        Awaitility.await().until(() -> isThere("/after"));
        assertTrue(isThere("/locks/2"));
    }
}
