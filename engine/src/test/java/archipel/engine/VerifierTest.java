package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.HorizonPolicy;
import archipel.document.Revision;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.testkit.Seeded;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chain as it is stored: sound, and with one byte changed behind the storage library's back. */
class VerifierTest {
    private static final Verifier.Progress TO_THE_END = (database, block, head) -> true;

    @TempDir
    private Path directory;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = Node.open(
                directory,
                NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS).withHistory(new HorizonPolicy.All()));
        database = node.create("a");
    }

    @AfterEach
    void close() {
        node.close();
    }

    private void fill(int rounds) {
        List<Revision> newest = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            Revision revision = Edits.put(database, "d" + i, null, "{\"n\":" + i + "}");
            newest.add(i % 2 == 0 ? Edits.put(database, "d" + i, revision, "{\"m\":" + i + "}") : revision);
        }
        database.write(List.of(Edits.replicated("c", "2-b", "1-a"), Edits.replicated("c", "2-c", "1-a")), false);
        database.write(List.of(Edits.update("d1", newest.get(1), true, "{}")), false);
    }

    @Test
    void verify_soundDatabase_holdsToItsHead() {
        fill(10);
        Verifier.Report report = database.verify(TO_THE_END);
        assertNull(report.fault());
        assertTrue(report.complete());
        assertEquals(database.state().head().number() + 1, report.blocks());
        assertEquals(database.state().head().lastSeq(), report.changes());
        assertEquals(0, report.unproven());
    }

    @Test
    void verify_prunedPurgedAndStemmed_holds() {
        database.setRevisionsLimit(2);
        fill(10);
        Revision last = Edits.put(database, "x", null, "{}");
        database.purge(Map.of("d0", List.of(winner("d0")), "c", List.of(Revision.parse("2-c"))));
        for (int i = 0; i < 10; i++) {
            last = Edits.put(database, "x", last, "{\"v\":" + i + "}");
        }
        assertNull(database.verify(TO_THE_END).fault());
        database.setHorizon(new HorizonPolicy.Newest(4, Duration.ZERO));
        database.prune();
        assertTrue(database.horizon().block() > 20);
        Verifier.Report report = database.verify(TO_THE_END);
        assertNull(report.fault());
        assertTrue(report.complete());
        assertEquals(1, report.unproven(), "2-b, which the purge left, was written by a change that is gone");
        node.close();
        assertEquals(
                List.of(report.blocks()),
                Verifier.verify(directory, TO_THE_END).stream()
                        .map(Verifier.Report::blocks)
                        .toList());
        node = Node.open(directory, NodeOptions.DEFAULT);
    }

    private Revision winner(String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return reader.documents().find(id).winner().revision();
        }
    }

    @Test
    void verify_cutOff_isNotComplete() {
        fill(3);
        Verifier.Report report = database.verify((name, block, head) -> block < 4);
        assertFalse(report.complete());
        assertNull(report.fault());
        assertEquals(4, report.blocks());
    }

    @Test
    void anyByteFlipped_ofAnyRowOfDocumentsBodiesChangesOrNamesOfBlocks_isFound() {
        fill(6);
        List<Family> families = List.of(
                Family.DOCUMENT, Family.BODY, Family.CHANGE, Family.HISTORY, Family.CHANGE_HISTORY, Family.BLOCK_HASH);
        Seeded.check(400, random -> {
            Family family = families.get(random.nextInt(families.size()));
            Row row = any(family, random);
            int at = random.nextInt(row.value.length);
            byte[] damaged = row.value.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            put(family, row.key, damaged);
            Verifier.Fault fault = database.verify(TO_THE_END).fault();
            assertNotNull(fault, () -> "byte " + at + " of a row of " + family);
            put(family, row.key, row.value);
        });
        assertNull(database.verify(TO_THE_END).fault(), "all is as it was");
    }

    @Test
    void blockFlipped_inWhatItsHashCovers_isNamed() {
        fill(6);
        // Hash, parent, content: three times 32 bytes.
        Seeded.check(100, random -> {
            long number = random.nextLong(database.state().head().number() + 1);
            byte[] key = database.keys().block(number);
            byte[] value = node.store().get(Family.BLOCK, key);
            byte[] damaged = value.clone();
            damaged[random.nextInt(96)] ^= (byte) (1 << random.nextInt(8));
            put(Family.BLOCK, key, damaged);
            assertEquals(number, database.verify(TO_THE_END).fault().block());
            put(Family.BLOCK, key, value);
        });
    }

    @Test
    void rowGone_ofAnyFamily_isFound() {
        fill(6);
        Seeded.check(60, random -> {
            Family family = List.of(Family.DOCUMENT, Family.BODY, Family.CHANGE, Family.HISTORY, Family.BLOCK)
                    .get(random.nextInt(5));
            Row row = any(family, random);
            try (Batch batch = node.store().batch()) {
                batch.delete(family, row.key);
                node.store().commit(batch);
            }
            refresh();
            assertNotNull(database.verify(TO_THE_END).fault(), () -> "a row of " + family);
            put(family, row.key, row.value);
        });
    }

    private Row any(Family family, SplittableRandom random) {
        List<Row> rows = new ArrayList<>();
        try (Cursor cursor = node.store()
                .cursor(family, database.keys().lower(), database.keys().upper())) {
            for (boolean more = cursor.first(); more; more = cursor.next()) {
                rows.add(new Row(cursor.key(), cursor.value()));
            }
        }
        return rows.get(random.nextInt(rows.size()));
    }

    private void put(Family family, byte[] key, byte[] value) {
        try (Batch batch = node.store().batch()) {
            batch.put(family, key, value);
            node.store().commit(batch);
        }
        refresh();
    }

    // Snapshots see what was there at the last command.
    private void refresh() {
        node.putFact("refresh", "now");
    }

    private record Row(byte[] key, byte[] value) {}
}
