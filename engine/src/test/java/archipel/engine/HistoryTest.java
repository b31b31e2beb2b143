package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Sequence;
import archipel.command.DocumentEdit;
import archipel.document.JsonBuffer;
import archipel.document.Revision;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Seqs that a database gave out, and others. */
class HistoryTest {
    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = twins.open(directory, NodeOptions.DEFAULT);
        database = node.create("a");
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void recognizes_everySeqEverShown_alsoOfChangesSuperseded() {
        List<Sequence> shown = new ArrayList<>();
        shown.add(database.state().head().lastSequence());
        Revision revision = null;
        for (int i = 0; i < 20; i++) {
            revision = Edits.put(database, "x", revision, "{\"n\":" + i + "}");
            shown.add(database.state().head().lastSequence());
            database.write(
                    List.of(Edits.update("y" + i, null, false, "{}"), Edits.update("z" + i, null, false, "{}")), false);
            try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                    var changes = reader.changes().after(0, false)) {
                while (changes.next()) {
                    shown.add(changes.change().sequence());
                }
            }
            if (i % 5 == 0) {
                database.purge(Map.of("y" + i, List.of(winner("y" + i))));
                shown.add(database.state().head().lastSequence());
            }
        }
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            for (Sequence sequence : shown) {
                assertTrue(reader.changes().recognizes(sequence), sequence.toString());
                assertTrue(reader.changes().recognizes(new Sequence(sequence.number(), 0)), sequence.toString());
                boolean other = sequence.number() > 0
                        && reader.changes().recognizes(new Sequence(sequence.number(), sequence.hashPrefix() + 1));
                assertFalse(other, sequence.toString());
            }
        }
    }

    @Test
    void recognizes_futureOrFormerIncarnation_isNot() {
        Edits.put(database, "x", null, "{}");
        Sequence former = database.state().head().lastSequence();
        node.delete("a");
        database = node.create("a");
        Edits.put(database, "x", null, "{}");
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertFalse(reader.changes().recognizes(former));
            assertFalse(reader.changes().recognizes(new Sequence(2, 0)));
            assertTrue(reader.changes().recognizes(Sequence.ZERO));
        }
    }

    @Test
    void pending_anySeq_isTheCountOfRows() {
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < 9000; i++) {
            edits.add(Edits.update("d" + i, null, false, "{}"));
        }
        database.write(edits, false);
        assertPendingIsRight();
        edits.clear();
        for (int i = 100; i < 9000; i += i < 4000 ? 7 : 911) {
            edits.add(Edits.update("d" + i, winner("d" + i), false, "{\"v\":2}"));
        }
        database.write(edits, false);
        assertPendingIsRight();
        database.purge(Map.of("d5000", List.of(winner("d5000")), "d100", List.of(winner("d100"))));
        assertPendingIsRight();
        node.close();
        node = twins.open(directory, NodeOptions.DEFAULT);
        database = node.database("a");
        assertPendingIsRight();
        assertEquals(List.of(), Checker.check(node));
    }

    private void assertPendingIsRight() {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            long lastSeq = reader.block().lastSeq();
            long count = 0;
            long next = lastSeq;
            try (var changes = reader.changes().after(lastSeq, true)) {
                while (changes.next()) {
                    long seq = changes.change().sequence().number();
                    for (; next >= seq; next--) {
                        if (next % 97 == 0 || next % 4096 < 2 || next % 4096 == 4095 || next > lastSeq - 5) {
                            assertEquals(count, reader.changes().pending(next, Long.MAX_VALUE), "after " + next);
                        }
                    }
                    count++;
                }
            }
            assertEquals(count, reader.changes().pending(0, Long.MAX_VALUE));
            assertEquals(10, reader.changes().pending(1, 10));
        }
    }

    @Test
    void appendTo_anySequence_isItsTextQuoted() {
        for (Sequence sequence : List.of(Sequence.ZERO, new Sequence(1, 0), new Sequence(Long.MAX_VALUE, 0xfedcba98))) {
            byte[] json = sequence.appendTo(new JsonBuffer()).toByteArray();
            assertEquals('"' + sequence.toString() + '"', new String(json, StandardCharsets.US_ASCII));
        }
    }

    private Revision winner(String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return reader.documents().find(id).winner().revision();
        }
    }
}
