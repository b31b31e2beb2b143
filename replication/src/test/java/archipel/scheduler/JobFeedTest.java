package archipel.scheduler;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.access.DatabaseGate;
import archipel.access.DocumentWrite;
import archipel.access.WriteGate;
import archipel.access.WriteLimits;
import archipel.auth.AccountSettings;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.document.DocumentParser;
import archipel.document.JsonLimits;
import archipel.ends.LocalDatabases;
import archipel.engine.Database;
import archipel.engine.EngineSettings;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.engine.SimulatedLeaders;
import archipel.functions.Functions;
import archipel.functions.ScriptFunctions;
import archipel.memory.MemoryBudget;
import archipel.memory.Reservation;
import archipel.replication.ReplicationEnvironment;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the scheduler is told of documents, and when. */
class JobFeedTest {
    private static final String DATABASE = "_replicator";
    private static final long PATIENCE_S = 20;
    private static final long LOOKS_AGAIN_MS = 1_000;
    private static final long STEP_BYTES = 32 << 10;
    private static final String JOB = "job of term 0";

    @TempDir
    private Path directory;

    private final MemoryBudget memory = new MemoryBudget(new MemoryBudget.Limits() {
        @Override
        public long totalBytes() {
            return 1 << 20;
        }

        @Override
        public int waitMs() {
            return 100;
        }
    });
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final CountDownLatch failed = new CountDownLatch(1);
    private Node node;
    private LocalDatabases databases;
    private JobFeed feed;
    private long first;

    @BeforeEach
    void open() throws IOException {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        DatabaseAccess access = new DatabaseAccess(() -> SecurityObject.EVERYONE);
        Functions functions = new Functions(new ScriptFunctions(() -> {
            throw new AssertionError("no JavaScript here");
        }));
        WriteGate writes = new WriteGate(Identities.FIXED, access, DocumentGuard.OPEN, functions, WriteLimits.NONE);
        Settings settings =
                Settings.of(SettingCatalog.of(AccountSettings.GROUP, EngineSettings.GROUP), Map.of(), Map.of());
        databases = new LocalDatabases(
                node,
                access,
                DocumentGuard.OPEN,
                writes,
                new DatabaseGate(node, access, writes, settings, () -> JsonLimits.DEFAULT),
                functions,
                () -> JsonLimits.DEFAULT,
                memory);
        node.create(DATABASE);
        byte[] json = "{\"source\":\"a\"}".getBytes(UTF_8);
        writes.write(
                node.database(DATABASE),
                UserContext.NODE,
                List.of(DocumentWrite.of(
                        "job", new DocumentParser(JsonLimits.DEFAULT).parse(json, 0, json.length), true)),
                false);
        first = node.database(DATABASE).term().orElseThrow();
        feed = new JobFeed(node, new JobDocuments(databases), new Told(), environment());
        feed.start();
    }

    @AfterEach
    void close() {
        feed.close();
        node.close();
    }

    private ReplicationEnvironment environment() {
        ReplicationEnvironment real = ReplicationEnvironment.real();
        return new ReplicationEnvironment(
                real.threads(),
                real.clock(),
                real.steady(),
                ms -> {
                    if (ms >= LOOKS_AGAIN_MS) {
                        failed.countDown();
                    }
                    real.pause().pause(1);
                },
                real.sessionIds(),
                real.chance());
    }

    private final class Told implements JobFeed.Listener {
        @Override
        public void changed(String database, long term, String id, byte[] json) {
            told.add(id + " of term " + (term - first));
        }

        @Override
        public void removed(String database, String id) {
            told.add("no " + id);
        }

        @Override
        public void dropped(String database) {
            told.add("dropped " + database);
        }

        @Override
        public void ceded(String database) {
            told.add("ceded " + database);
        }
    }

    private void assertTold(String what) throws InterruptedException {
        assertEquals(what, told.poll(PATIENCE_S, TimeUnit.SECONDS));
    }

    @Test
    void again_whileNothingHappens_tellsAllDocuments() throws Exception {
        assertTold(JOB);
        feed.again(DATABASE);
        assertTold(JOB);
        feed.again(DATABASE);
        assertTold(JOB);
    }

    @Test
    void again_whileThereIsNoMemory_tellsAllDocumentsOnceThereIs() throws Exception {
        assertTold(JOB);
        try (Reservation all = memory.admit(true)) {
            // It takes as much more as a step of a reservation.
            all.hold(memory.totalBytes() - all.bytes() - STEP_BYTES);
            feed.again(DATABASE);
            assertTrue(failed.await(PATIENCE_S, TimeUnit.SECONDS));
        }
        assertTold(JOB);
    }

    @Test
    void leadership_endsAndBeginsWhileNothingHappens_cedesJobsAndTellsThemAgain() throws Exception {
        assertTold(JOB);
        Database database = node.database(DATABASE);
        SimulatedLeaders.end(database, node, first);
        assertTold("ceded " + DATABASE);
        SimulatedLeaders.begin(database, node, first + 2);
        assertTold("job of term 2");
    }

    @Test
    void leadership_comesBackUnnoticed_cedesJobsOfTheFormerTerm() throws Exception {
        assertTold(JOB);
        SimulatedLeaders.begin(node.database(DATABASE), node, first + 2);
        assertTold("ceded " + DATABASE);
        assertTold("job of term 2");
    }

    @Test
    void note_ofAFormerTerm_isRefusedAndChangesNothing() throws Exception {
        assertTold(JOB);
        JobDocuments documents = new JobDocuments(databases);
        JobDocuments.Stored before = documents.find(DATABASE, "job");
        assertNotNull(before);
        JobOrigin.Document former = new JobOrigin.Document(DATABASE, first - 1, "job", before.fingerprint());
        assertFalse(documents.failed(former, "no such source", Instant.EPOCH));
        JobDocuments.Stored after = documents.find(DATABASE, "job");
        assertNotNull(after);
        assertEquals(before.revision(), after.revision());
        JobOrigin.Document current = new JobOrigin.Document(DATABASE, first, "job", before.fingerprint());
        assertTrue(documents.failed(current, "no such source", Instant.EPOCH));
    }
}
