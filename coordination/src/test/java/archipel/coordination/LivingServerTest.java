package archipel.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.jute.BinaryOutputArchive;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.txn.CreateSessionTxn;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions whose server lives are not ended, whatever is late. */
@Timeout(60)
final class LivingServerTest {
    private static final long SESSION = 77;
    private static final int TIMEOUT_MS = 400;

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

    private static byte[] timeout() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new CreateSessionTxn(TIMEOUT_MS).serialize(BinaryOutputArchive.getArchive(bytes), "request");
        return bytes.toByteArray();
    }

    private Tree.State beginSession() throws IOException {
        TreeCommand begin =
                new TreeCommand.Submit("two", 1, SESSION, 0, OpCode.createSession, timeout(), List.of(), List.of());
        assertTrue(coordination.append(begin).join());
        Tree.State state = coordination.tree().state();
        assertNotNull(state);
        return state;
    }

    @Test
    void session_ofAnotherServerThatLives_isNotEnded() throws Exception {
        Tree.State state = beginSession();
        state.committer().add(() -> {
            try {
                late.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        int[] beats = new int[1];
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    coordination.append(new TreeCommand.Beat("two")).join();
                    return ++beats[0] == 60;
                });
        assertNotNull(state.sessions().find(SESSION), "the session was ended");
        // And it is, once the server is silent.
        Awaitility.await().until(() -> state.sessions().find(SESSION) == null);
        assertEquals(1, late.getCount());
    }

    /** Its server was dead, and the client comes back to it before the command that ends the session for that. */
    @Test
    void session_comesBackToAServerThatWasFoundSilent_isNotEnded() throws Exception {
        Tree.State state = beginSession();
        coordination.append(new TreeCommand.Beat("two")).join();
        long found = state.sessions().beats("two");
        assertTrue(coordination.append(new TreeCommand.Move("two", SESSION)).join());
        assertFalse(coordination
                .append(new TreeCommand.Expire(SESSION, "two", found))
                .join());
        assertNotNull(state.sessions().find(SESSION));
    }
}
