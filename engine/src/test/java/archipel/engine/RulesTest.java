package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Change;
import archipel.command.DocumentEdit;
import archipel.command.WriteResult;
import archipel.document.Revision;
import archipel.read.BlockCursor;
import archipel.read.ChangeCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Writes that hold only while the rules stand by which they were validated. */
class RulesTest {
    private static final String DESIGN = "_design/rules";
    private static final NodeOptions OPTIONS = NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS);

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    Path directory = Path.of("");

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = twins.open(directory, OPTIONS);
        database = node.create("db");
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void write_sameRules_isApplied() {
        long rules = database.rules();
        Edits.put(database, "y", null, "{}");
        assertEquals(WriteResult.Outcome.APPLIED, write("x", rules).outcome());
    }

    @Test
    void write_rulesOfBefore_storesNothing() {
        long rules = database.rules();
        Edits.put(database, DESIGN, null, "{}");
        WriteResult result = write("x", rules);
        assertEquals(WriteResult.Outcome.OUTDATED, result.outcome());
        assertEquals(List.of(), result.results());
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertArrayEquals(result.head().hash(), reader.block().hash());
            assertNull(reader.documents().find("x"));
        }
        assertEquals(WriteResult.Outcome.APPLIED, write("x", database.rules()).outcome());
    }

    @Test
    void rules_changeOfWhatIsValidatedBy_areOthers() {
        List<Long> seen = new ArrayList<>(List.of(database.rules()));
        Revision first = Edits.put(database, DESIGN, null, "{}");
        seen.add(database.rules());
        Revision second = Edits.put(database, DESIGN, first, "{\"v\":2}");
        seen.add(database.rules());
        Revision gone = Edits.accepted(database.write(List.of(Edits.update(DESIGN, second, true, "{}")), false));
        seen.add(database.rules());
        database.write(List.of(Edits.replicated(DESIGN, "9-cc")), false);
        seen.add(database.rules());
        database.purge(Map.of(DESIGN, List.of(gone, Revision.parse("9-cc"))));
        seen.add(database.rules());
        database.setSecurity(Edits.bytes("{}"));
        seen.add(database.rules());
        database.purge(Map.of("x", List.of(Edits.put(database, "x", null, "{}"))));
        seen.add(database.rules());
        assertEquals(seen.stream().sorted().distinct().toList(), seen);
    }

    @Test
    void rules_anyOtherChange_stayTheSame() {
        long rules = database.rules();
        Revision first = Edits.put(database, "x", null, "{}");
        Edits.accepted(database.write(List.of(Edits.update("x", first, true, "{}")), false));
        database.putLocal("_local/a", Edits.bytes("{}"));
        database.setRevisionsLimit(5);
        assertEquals(rules, database.rules());
    }

    @Test
    void rules_afterARestart_areTheSame() {
        Edits.put(database, DESIGN, null, "{}");
        long rules = database.rules();
        node.close();
        node = twins.open(directory, OPTIONS);
        database = node.database("db");
        assertEquals(rules, database.rules());
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(rules, reader.rules());
        }
    }

    @Test
    void rules_databaseMadeAnew_areOthers() {
        long rules = database.rules();
        node.delete("db");
        assertNotEquals(rules, node.create("db").rules());
    }

    /** Each document says by which version of the design document it was validated; the blocks tell if that is true. */
    @Test
    void write_manyWritersAndDesignChanges_nothingSlipsThrough() throws Exception {
        AtomicInteger outdated = new AtomicInteger();
        List<Future<?>> tasks = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int writer = 0; writer < 8; writer++) {
                int number = writer;
                tasks.add(threads.submit(() -> {
                    for (int i = 0; i < 100; i++) {
                        outdated.addAndGet(writeValidated("w" + number + "-" + i));
                    }
                }));
            }
            tasks.add(threads.submit(() -> {
                Revision last = null;
                for (int i = 0; i < 200; i++) {
                    last = Edits.put(database, DESIGN, last, "{\"v\":" + i + "}");
                }
            }));
        }
        for (Future<?> task : tasks) {
            task.get();
        }
        assertTrue(outdated.get() > 0, "no write met a change of the rules");
        assertEquals(800, documentsWithTheRulesOfTheirBlock());
    }

    /** How often it had to be validated again. */
    private int writeValidated(String id) {
        for (int again = 0; ; again++) {
            int version;
            long rules;
            try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
                DocumentRecord design = reader.documents().find(DESIGN);
                version = design == null ? 0 : design.winner().revision().generation();
                rules = reader.rules();
            }
            DocumentEdit edit = Edits.update(id, null, false, "{\"version\":" + version + "}");
            if (database.write(List.of(edit), false, rules).applied()) {
                return again;
            }
        }
    }

    private int documentsWithTheRulesOfTheirBlock() {
        int documents = 0;
        int version = 0;
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            BlockCursor blocks = reader.blocks().after(0, false);
            while (blocks.next()) {
                int next = version;
                try (ChangeCursor changes = reader.changes().of(blocks.block())) {
                    while (changes.next()) {
                        Change change = changes.change();
                        Revision revision = change.leaves().getFirst().revision();
                        if (change.id().equals(DESIGN)) {
                            next = revision.generation();
                        } else {
                            byte[] json = reader.documents()
                                    .leafBody(change.id(), revision)
                                    .json();
                            assertEquals(
                                    "{\"version\":" + version + "}",
                                    new String(json, java.nio.charset.StandardCharsets.UTF_8),
                                    change.id());
                            documents++;
                        }
                    }
                }
                version = next;
            }
        }
        return documents;
    }

    private WriteResult write(String id, long rules) {
        return database.write(List.of(Edits.update(id, null, false, "{}")), false, rules);
    }
}
