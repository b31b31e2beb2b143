package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.command.WriteResult;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Commands of which not everything is kept on the heap while they are applied. */
final class LargeCommandTest {
    private static final int DOCUMENTS = 3_000;
    private static final int MIB = 1 << 20;

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        // A group that any command of these tests fills.
        NodeOptions options = new NodeOptions(NodeOptions.Durability.OS, 16L * MIB, 64L * MIB, 64L << 10, 256 << 10);
        node = twins.open(directory, options);
        database = node.find("a") == null ? node.create("a") : node.database("a");
    }

    @AfterEach
    void close() {
        List<String> findings = new ArrayList<>(Checker.check(node));
        Verifier.Report report = database.verify((name, block, head) -> true);
        node.close();
        assertEquals(List.of(), findings);
        assertNull(report.fault());
    }

    @Test
    void write_manyDocuments_isOneBlockInTheOrderTheyCame() {
        long block = database.state().head().number();
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = DOCUMENTS; i > 0; i--) {
            edits.add(Edits.update("d" + i, null, false, "{\"i\":" + i + "}"));
        }

        WriteResult result = database.write(edits, false);

        assertTrue(result.applied());
        assertEquals(block + 1, database.state().head().number());
        assertEquals(DOCUMENTS, database.state().documents());
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            for (int i = 0; i < DOCUMENTS; i += 500) {
                String id = edits.get(i).id();
                Revision revision = revision(result.results().get(i));
                assertEquals(i + 1, reader.documents().find(id).lastChange().number());
                assertEquals("{\"i\":" + id.substring(1) + "}", Edits.json(reader, id, revision));
            }
        }
    }

    @Test
    void write_replacesMoreThanOneWriteMay_isRefusedAndLeavesNothing() {
        String large = "{\"v\":\"" + "x".repeat(6 * MIB) + "\"}";
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Revision first = Edits.put(database, "d" + i, null, large);
            edits.add(Edits.update("d" + i, first, false, "{}"));
        }
        long block = database.state().head().number();

        RequestException e = assertThrows(RequestException.class, () -> database.write(edits, false));

        assertEquals(ErrorCode.SUPERSEDES_TOO_MUCH, e.code());
        assertEquals(block, database.state().head().number());
        assertTrue(database.write(edits.subList(0, 3), true).applied());
        assertTrue(database.write(edits.subList(3, 6), true).applied());
    }

    @Test
    void write_bringsBackMoreThanOneWriteMay_isRefusedAndLeavesNothing() {
        DocumentBody large = new DocumentBody(Edits.bytes("{\"v\":\"" + "x".repeat(6 * MIB) + "\"}"), List.of());
        database.setRevisionsLimit(1);
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            DocumentEdit.Replicated again = Edits.replicated("d" + i, "1-a");
            database.write(List.of(new DocumentEdit.Replicated(again.id(), again.path(), false, large)), false);
            database.write(List.of(Edits.replicated("d" + i, "2-b", "1-a")), false);
            edits.add(again);
        }
        DatabaseState before = database.state();

        RequestException e = assertThrows(RequestException.class, () -> database.write(edits, false));

        assertEquals(ErrorCode.SUPERSEDES_TOO_MUCH, e.code());
        assertEquals(before, database.state());
        assertTrue(database.write(edits.subList(0, 3), false).applied());
        assertTrue(database.write(edits.subList(3, 6), false).applied());
        assertEquals(before.bodyBytes(), database.state().bodyBytes());
        assertEquals(
                before.liveBodyBytes() + 6L * large.json().length,
                database.state().liveBodyBytes());
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(
                    large.json().length,
                    Edits.json(reader, "d4", Revision.parse("1-a")).length());
        }
    }

    @Test
    void write_manyUpdatesWithConflictsAndRepeats_comesToTheSameAsSmallOnes() {
        List<DocumentEdit> created = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            created.add(Edits.update("d" + i, null, false, "{}"));
        }
        List<EditResult> first = database.write(created, false).results();
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            Revision parent = i % 3 == 0 ? null : revision(first.get(i));
            edits.add(Edits.update("d" + i, parent, i % 5 == 0, "{\"n\":1}"));
            if (i % 7 == 0) {
                edits.add(Edits.replicated("d" + i, "3-c", "2-b"));
                edits.add(Edits.update("d" + i, parent, false, "{\"n\":2}"));
            }
        }

        List<EditResult> together = database.write(edits, false).results();

        Database other = node.create("b");
        other.write(created.subList(0, 1_000), false);
        other.write(created.subList(1_000, DOCUMENTS), false);
        List<EditResult> apart = new ArrayList<>();
        for (int i = 0; i < edits.size(); i += 500) {
            apart.addAll(other.write(edits.subList(i, Math.min(edits.size(), i + 500)), false)
                    .results());
        }
        assertEquals(apart, together);
        assertEquals(other.state().documents(), database.state().documents());
        assertEquals(other.state().liveBodyBytes(), database.state().liveBodyBytes());
        assertEquals(other.state().bodyBytes(), database.state().bodyBytes());
    }

    @Test
    void write_manyAtomicWithOneConflict_storesNothing() {
        Edits.put(database, "d7", null, "{}");
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            edits.add(Edits.update("d" + i, null, false, "{}"));
        }

        assertEquals(WriteResult.Outcome.REFUSED, database.write(edits, true).outcome());
        assertEquals(1, database.state().documents());
        close();
        open();
        assertEquals(1, database.state().documents());
    }

    @Test
    void write_smallUpdatesOfLargeDocuments_keepsTheOldOnesReadable() {
        String large = "{\"a\":\"" + "x".repeat(MIB) + "\"}";
        List<DocumentEdit> edits = new ArrayList<>();
        List<Revision> old = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            old.add(Edits.put(database, "d" + i, null, large));
            edits.add(Edits.update("d" + i, old.get(i), false, "{}"));
        }
        long block = database.state().head().number();

        assertTrue(database.write(edits, false).applied());

        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertNull(reader.documents().body("d0", Revision.parse("9-a")));
            assertEquals(large, Edits.json(reader, "d3", old.get(3)));
            assertEquals(block + 1, reader.block().number());
        }
    }

    @Test
    void purge_muchEditedDocument_leavesNothing() {
        String large = "{\"a\":\"" + "x".repeat(MIB) + "\"}";
        Revision revision = Edits.put(database, "d", null, large);
        for (int i = 0; i < 64; i++) {
            revision = Edits.put(database, "d", revision, large);
        }

        Map<String, List<Revision>> purged = database.purge(Map.of("d", List.of(revision)));

        assertEquals(Map.of("d", List.of(revision)), purged);
        assertEquals(0, database.state().bodyBytes());
        assertEquals(0, database.state().documents());
    }

    private static Revision revision(EditResult result) {
        return ((EditResult.Accepted) result).revision();
    }
}
