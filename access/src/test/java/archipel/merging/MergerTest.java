package archipel.merging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.access.ConflictResolver;
import archipel.access.DocumentWrite;
import archipel.access.WriteGate;
import archipel.access.WriteLimits;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.changes.Waiter;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.Leaf;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.functions.DesignFunctions;
import archipel.functions.FunctionEngine;
import archipel.functions.Functions;
import archipel.health.Metrics;
import archipel.memory.MemoryBudget;
import archipel.merge.MergePlanner;
import archipel.merge.MergePolicy;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.view.DesignDocument;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that merges by itself. */
class MergerTest {
    @TempDir
    private Path directory;

    private Node node;
    private WriteGate gate;
    private Merger merger;
    // Of the revisions that are written next.
    private String stamp = "";
    private MemoryBudget.Limits memory = MemoryBudget.Limits.DEFAULT;
    private final FailingScripts scripts = new FailingScripts();

    @BeforeEach
    void open() {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        gate = new WriteGate(
                Identities.FIXED,
                new DatabaseAccess(() -> SecurityObject.EVERYONE),
                DocumentGuard.OPEN,
                new Functions(scripts),
                WriteLimits.NONE);
        merger = new Merger(
                node,
                new ConflictResolver(gate, () -> new MergePlanner.Bounds(100, 1 << 20)),
                new MemoryBudget(memory));
        merger.start();
    }

    @AfterEach
    void close() {
        merger.close();
        node.close();
    }

    private void restart() {
        close();
        open();
    }

    /** Writes a revision that was made elsewhere. */
    private void write(String id, String revs, String json) throws IOException {
        String[] hashes = revs.split(" ");
        String document = "{\"_id\":\"" + id + "\",\"_rev\":\"" + hashes.length + "-" + hashes[0]
                + "\",\"_revisions\":{\"start\":" + hashes.length + ",\"ids\":[\"" + String.join("\",\"", hashes)
                + "\"]" + stamp + "}," + json.replace('\'', '"').substring(1);
        byte[] bytes = document.getBytes(UTF_8);
        gate.write(
                node.database("db"),
                UserContext.NODE,
                List.of(DocumentWrite.of(
                        id, new DocumentParser(JsonLimits.DEFAULT).parse(bytes, 0, bytes.length), false)),
                false);
    }

    private void put(Database database, String id, String json) throws IOException {
        byte[] bytes = json.getBytes(UTF_8);
        gate.write(
                database,
                UserContext.NODE,
                List.of(DocumentWrite.of(
                        id, new DocumentParser(JsonLimits.DEFAULT).parse(bytes, 0, bytes.length), true)),
                false);
    }

    /** An edit of each of two members on a common first revision. */
    private void conflict(String id) throws IOException {
        write(id, "r", "{'a':1,'b':1}");
        write(id, "x r", "{'a':2,'b':1}");
        write(id, "y r", "{'a':1,'b':2}");
    }

    /** Two edits of the same member. */
    private void contradiction(String id) throws IOException {
        write(id, "r", "{'a':1}");
        write(id, "x r", "{'a':2}");
        write(id, "y r", "{'a':3}");
    }

    private String winner(String id) {
        try (Reader reader = node.database("db").door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            Leaf winner = record.winner();
            DocumentBody body = reader.documents().body(record, winner.revision());
            return new String(body.json(), UTF_8).replace('"', '\'') + (record.hasConflicts() ? " in conflict" : "");
        }
    }

    private List<String> conflicts() {
        List<String> found = new ArrayList<>();
        try (Reader reader = node.database("db").door().newest(Visibility.EVERYTHING);
                DocumentCursor cursor = reader.documents().conflicts(null, false)) {
            while (cursor.next()) {
                found.add(cursor.id());
            }
        }
        return found;
    }

    private void awaitConflicts(String... ids) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> conflicts().equals(List.of(ids)));
    }

    @Test
    void conflicts_thatComeUnderAPolicy_areMerged() throws IOException {
        node.create("db").setMergePolicy(MergePolicy.FIELDS);
        conflict("doc");
        awaitConflicts();
        assertEquals("{'a':2,'b':2}", winner("doc"));
    }

    @Test
    void conflicts_underNewest_getTheContentWithTheNewestStamp() throws IOException {
        node.create("db").setMergePolicy(MergePolicy.NEWEST);
        write("doc", "r", "{'n':0}");
        stamp = ",\"stamp\":{\"time\":1700000000500,\"node\":\"00000000000000aa\"}";
        write("doc", "b r", "{'n':1}");
        // The longer branch wins in CouchDB's order, and is older.
        stamp = ",\"stamp\":{\"time\":1700000000300,\"node\":\"00000000000000bb\"}";
        write("doc", "x a r", "{'n':2}");
        awaitConflicts();
        assertEquals("{'n':1}", winner("doc"));
        try (Reader reader = node.database("db").door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find("doc");
            Revision merge = record.winner().revision();
            assertEquals(4, merge.generation());
            assertEquals(
                    new Revision.Stamp(1_700_000_000_500L, "00000000000000aa"),
                    reader.documents().stamp(record, merge));
        }
    }

    @Test
    void conflicts_thatWereThereBefore_areMergedOnceThereIsAPolicy() throws IOException {
        Database database = node.create("db");
        for (int i = 0; i < 120; i++) {
            conflict("doc" + i);
        }
        assertEquals(120, conflicts().size());
        database.setMergePolicy(MergePolicy.FIELDS);
        awaitConflicts();
        assertEquals("{'a':2,'b':2}", winner("doc119"));
    }

    @Test
    void conflicts_thatCannotBeMerged_stayAndCostNothing() throws IOException {
        Database database = node.create("db");
        database.setMergePolicy(MergePolicy.FIELDS);
        conflict("good");
        contradiction("bad");
        conflict("later");
        awaitConflicts("bad");
        long head = database.state().head().number();
        conflict("last");
        awaitConflicts("bad");
        assertEquals(head + 4, database.state().head().number());
        database.setMergePolicy(MergePolicy.NEWEST);
        awaitConflicts();
    }

    @Test
    void conflicts_thatAValidationFunctionKeeps_stay() throws IOException {
        Database database = node.create("db");
        conflict("doc");
        put(database, "_design/rule", "{\"language\":\"query\",\"validate_doc_update\":{\"newDoc\":{\"b\":1}}}");
        database.setMergePolicy(MergePolicy.FIELDS);
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> refused() > 0);
        assertEquals(List.of("doc"), conflicts());
    }

    /** Functions that accept any document, but for one whose validation fails as if for now. */
    private static final class FailingScripts implements FunctionEngine, DesignFunctions {
        private volatile String failing = "";

        @Override
        public void check(String database, String kind, String name, String source) {
            // Any source will do.
        }

        @Override
        public DesignFunctions design(DesignDocument design) {
            return this;
        }

        @Override
        public @Nullable RequestException validate(
                byte[] newDocument, byte @Nullable [] oldDocument, byte[] user, byte[] security) {
            boolean fails = !failing.isEmpty() && new String(newDocument, UTF_8).contains('"' + failing + '"');
            return fails ? new RequestException(ErrorCode.FUNCTION_MEMORY) : null;
        }

        @Override
        public void requireValidation() {
            // It can be called.
        }

        @Override
        public boolean[] filter(String name, List<byte[]> documents, byte[] request, Waiter waiter) {
            throw new UnsupportedOperationException("not part of the test");
        }

        @Override
        public boolean[] viewFilter(String view, List<byte[]> documents, Waiter waiter) {
            throw new UnsupportedOperationException("not part of the test");
        }

        @Override
        public byte[] update(String name, byte @Nullable [] document, byte[] request) {
            throw new UnsupportedOperationException("not part of the test");
        }
    }

    @Test
    void conflicts_afterOneWhoseValidationFailsForNow_areMergedBeforeIt() throws IOException {
        Database database = node.create("db");
        put(database, "_design/rule", "{\"validate_doc_update\":\"function () {}\"}");
        conflict("bad");
        // More than are looked at together, so that the last one's turn comes only once this has moved on.
        for (int i = 0; i < 60; i++) {
            contradiction("doc" + i);
        }
        conflict("last");
        scripts.failing = "bad";
        database.setMergePolicy(MergePolicy.FIELDS);
        awaitMerged("last");
        assertTrue(winner("bad").endsWith("in conflict"));
        scripts.failing = "";
        awaitMerged("bad");
    }

    private void awaitMerged(String id) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> winner(id).equals("{'a':2,'b':2}"));
    }

    @Test
    void conflicts_besideOneThatIsTooLargeForTheMemory_areMerged() throws IOException {
        memory = new MemoryBudget.Limits() {
            @Override
            public long totalBytes() {
                return 1 << 20;
            }

            @Override
            public int waitMs() {
                return 1;
            }
        };
        restart();
        Database database = node.create("db");
        String text = ",'text':'" + "x".repeat(200_000) + "'}";
        write("large", "r", "{'a':1,'b':1" + text);
        write("large", "x r", "{'a':2,'b':1" + text);
        write("large", "y r", "{'a':1,'b':2" + text);
        conflict("before");
        conflict("small");
        database.setMergePolicy(MergePolicy.FIELDS);
        awaitConflicts("large");
        assertEquals("{'a':2,'b':2}", winner("small"));
        assertEquals(1, counted("merges_too_large"));
    }

    private double refused() {
        return counted("merges_refused");
    }

    private double counted(String counter) {
        return node.metrics().all(Metrics.Section.ARCHIPEL).stream()
                .filter(metric -> metric.name().equals(counter))
                .mapToDouble(Metrics.Metric::read)
                .sum();
    }

    @Test
    void merging_afterARestart_goesOn() throws IOException {
        Database database = node.create("db");
        conflict("doc");
        merger.close();
        database.setMergePolicy(MergePolicy.FIELDS);
        assertEquals(List.of("doc"), conflicts());
        restart();
        awaitConflicts();
    }

    @Test
    void conflicts_ofADatabaseThatKeepsThem_stay() throws IOException {
        node.create("db");
        conflict("doc");
        node.create("other").setMergePolicy(MergePolicy.FIELDS);
        Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> true);
        assertEquals(List.of("doc"), conflicts());
        assertTrue(winner("doc").endsWith("in conflict"));
    }

    @Test
    void merges_ofTheSameLeaves_areTheSameRevisions() throws IOException {
        node.create("db").setMergePolicy(MergePolicy.FIELDS);
        conflict("doc");
        awaitConflicts();
        Revision merged;
        try (Reader reader = node.database("db").door().newest(Visibility.EVERYTHING)) {
            merged = reader.documents().find("doc").winner().revision();
        }
        node.delete("db");
        node.create("db");
        write("doc", "r", "{'b':1,'a':1}");
        write("doc", "y r", "{ 'a' :1,'b':2.0}");
        write("doc", "x r", "{'b':1.0,'a':2}");
        node.database("db").setMergePolicy(MergePolicy.FIELDS);
        awaitConflicts();
        try (Reader reader = node.database("db").door().newest(Visibility.EVERYTHING)) {
            assertEquals(merged, reader.documents().find("doc").winner().revision());
        }
    }
}
