package archipel.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Waiter;
import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.index.Index;
import archipel.index.IndexReader;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds whose maps emit much or go on for long. */
final class BoundedBuildTest {
    private static final int ROWS = 2_000;
    private static final String MANY = "function(doc) { for (var i = 0; i < " + ROWS + "; i++) emit(i, doc._id) }";

    @TempDir
    private Path directory;

    private Node node;
    private Database database;
    private Queries queries;

    @BeforeEach
    void open() {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.create("db");
        queries = queries(64 << 20);
    }

    private static Queries queries(long memory) {
        return new Queries(
                () -> new Scripts(new ScriptLimits(Duration.ofSeconds(5), memory, 2, 16)),
                (language, id, design) -> null,
                InstantSource.system());
    }

    @AfterEach
    void close() {
        queries.close();
        node.close();
        assertEquals(List.of(), Checker.check(directory));
    }

    @Test
    void build_ofManyRows_commitsInTheMidstOfABatch() throws InterruptedException {
        documents(20);
        design(MANY);
        IndexDefinition definition = definition();
        Index index = index(definition);

        Commits all = new Commits(1_000);
        assertTrue(build(definition, index, all));

        assertTrue(all.count > 10, "commits: " + all.count);
        // All twenty and the design document are one batch.
        assertTrue(all.done.size() > 10, "seen on the way: " + all.done);
        assertEquals(21, all.done.getLast());
        assertEquals(20 * ROWS, rows(index));
    }

    @Test
    void build_brokenOffAgainAndAgain_goesOn() throws InterruptedException {
        documents(12);
        design(MANY);
        IndexDefinition definition = definition();
        Index index = index(definition);

        int builds = 0;
        while (!index.state().scanned()) {
            assertTrue(build(definition, index, new Commits(2)));
            builds++;
        }
        assertTrue(build(definition, index, new Commits(1_000)));

        assertTrue(builds > 5, "builds: " + builds);
        assertEquals(12 * ROWS, rows(index));
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < 12; i += 2) {
            edits.add(edit("d" + i, rev("d" + i), true, "{}"));
        }
        database.write(edits, false);
        while (index.state().block() < database.state().head().number()) {
            assertTrue(build(definition, index, new Commits(1)));
        }
        assertTrue(build(definition, index, new Commits(1_000)));
        assertEquals(6 * ROWS, rows(index));
    }

    @Test
    void open_documentWithMoreRowsThanThereIsMemoryFor_saysSo() {
        queries.close();
        queries = queries(1 << 20);
        documents(3);
        design("function(doc) { if (doc._id == 'd1') for (;;) try { emit(1, 'x'.repeat(1000)) } catch (e) { break } }");

        IndexDefinition definition = definition();
        try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                IndexReader rows = queries.keeper().open(database, reader, definition)) {
            String reason = rows.state().gaps().getFirst().reason();
            assertTrue(reason.contains("emitted too much") && reason.contains("script_memory"), reason);
        }
    }

    @Test
    void open_designDocumentDeletedMeanwhile_ends() throws Exception {
        documents(400);
        design("function(doc) { for (var i = 0; i < 1000000; i++) ; emit(1) }");
        IndexDefinition definition = definition();
        Reader reader = database.door().newest(Visibility.EVERYTHING);
        FutureTask<IndexReader> opened = new FutureTask<>(() -> queries.keeper().open(database, reader, definition));
        Thread.ofVirtual().start(opened);
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> queries.keeper().isBuilding(database, definition.signature()));
        assertFalse(opened.isDone());

        database.write(List.of(edit("_design/d", rev("_design/d"), true, "{}")), false);

        ExecutionException failure = assertThrows(ExecutionException.class, opened::get);
        reader.close();
        assertEquals(ErrorCode.DELETED, ((RequestException) failure.getCause()).code());
        // Who waits is told at once; the build has a document at hand.
        Awaitility.await().until(() -> !queries.keeper().isBuilding(database, definition.signature()));
    }

    @Test
    void bring_databaseDroppedMeanwhile_isNotFound() throws Exception {
        documents(3_000);
        design("function(doc) { for (var i = 0; i < 30000; i++) ; emit(1) }");
        FutureTask<Index> brought = bringing();
        node.delete(database.name());
        assertEquals(ErrorCode.NO_DATABASE, refusal(brought).code());
        // As well for one that comes now and still holds the database.
        IndexDefinition definition = TestDefinition.INSTANCE;
        RequestException late = assertThrows(
                RequestException.class, () -> queries.keeper().bring(database, definition, 1, Waiter.PATIENT));
        assertEquals(ErrorCode.NO_DATABASE, late.code());
    }

    @Test
    void bring_indexCleanedUpMeanwhile_isDeleted() throws Exception {
        documents(3_000);
        design("function(doc) { for (var i = 0; i < 30000; i++) ; emit(1) }");
        FutureTask<Index> brought = bringing();
        queries.keeper().cleanUp(database, Set.of());
        assertEquals(ErrorCode.DELETED, refusal(brought).code());
    }

    private FutureTask<Index> bringing() {
        IndexDefinition definition = definition();
        long head = database.state().head().number();
        FutureTask<Index> brought =
                new FutureTask<>(() -> queries.keeper().bring(database, definition, head, Waiter.PATIENT));
        Thread.ofVirtual().start(brought);
        Awaitility.await().until(() -> queries.keeper().isBuilding(database, definition.signature()));
        assertFalse(brought.isDone());
        return brought;
    }

    private static RequestException refusal(FutureTask<?> task) {
        return (RequestException)
                assertThrows(ExecutionException.class, task::get).getCause();
    }

    private boolean build(IndexDefinition definition, Index index, Commits commits) throws InterruptedException {
        return new IndexBuilder(database, definition, index, commits, new BuildMemory(1), 500).run();
    }

    private static long rows(Index index) {
        return Arrays.stream(index.state().rows()).sum();
    }

    private Index index(IndexDefinition definition) {
        return database.indexes()
                .obtain(
                        definition.signature(),
                        "{}".getBytes(UTF_8),
                        definition.views().size());
    }

    private IndexDefinition definition() {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return queries.definitions().of(reader, "d");
        }
    }

    private void documents(int count) {
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            edits.add(edit("d" + i, null, false, "{}"));
        }
        database.write(edits, false);
    }

    private void design(String map) {
        String json = "{\"language\":\"javascript\",\"views\":{\"v\":{\"map\":\"" + map + "\"}}}";
        database.write(List.of(edit("_design/d", null, false, json)), false);
    }

    private Revision rev(String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return Objects.requireNonNull(reader.documents().find(id)).winner().revision();
        }
    }

    private static DocumentEdit edit(String id, @Nullable Revision before, boolean deleted, String text) {
        byte[] json = text.getBytes(UTF_8);
        return new DocumentEdit.Update(
                id, before, deleted, new DocumentBody(json, List.of()), CanonicalJson.digest(json, 0, json.length));
    }

    /** Breaks a build off after so many commits. */
    private static final class Commits implements IndexBuilder.Listener {
        private final int most;
        private int count;
        private final SequencedSet<Long> done = new TreeSet<>();

        Commits(int most) {
            this.most = most;
        }

        @Override
        public void progress(long documents, long total) {
            count++;
            done.add(documents);
        }

        @Override
        public boolean isCancelled() {
            return count >= most;
        }
    }
}
