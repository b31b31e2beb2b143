package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.command.HorizonPolicy;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.health.Problem;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.storage.Cursor;
import archipel.storage.Family;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What goes behind the horizon, and what stays. */
class PruningTest {
    private static final HorizonPolicy HEAD_ALONE = new HorizonPolicy.Newest(1, Duration.ZERO);

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private final AtomicLong clock = new AtomicLong(1_000_000);
    private volatile boolean prunerFails;
    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        NodeOptions options = NodeOptions.DEFAULT
                .withDurability(NodeOptions.Durability.OS)
                .withHistory(new HorizonPolicy.Newest(3, Duration.ofSeconds(10)));
        node = twins.open(directory, options, this::now);
        database = node.find("a") == null ? node.create("a") : node.database("a");
    }

    private Instant now() {
        if (prunerFails && Thread.currentThread().getName().equals("archipel-pruner")) {
            throw new OutOfMemoryError("asked for");
        }
        return Instant.ofEpochMilli(clock.get());
    }

    @AfterEach
    void close() {
        List<String> findings = Checker.check(node);
        node.close();
        assertEquals(List.of(), findings);
    }

    private Revision versions(String id, Revision from, int count) {
        Revision revision = from;
        for (int i = 0; i < count; i++) {
            revision = Edits.put(database, id, revision, "{\"v\":" + i + "}");
        }
        return revision;
    }

    private long rows(Family family) {
        long count = 0;
        try (Cursor rows = node.store()
                .cursor(family, database.keys().lower(), database.keys().upper())) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                count++;
            }
        }
        return count;
    }

    /** What else makes memory short must not end it: nothing would be pruned again before a restart. */
    @Test
    void pruner_outOfMemory_saysSoAndGoesOn() {
        versions("x", null, 10);
        clock.addAndGet(10_000);
        prunerFails = true;
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> node.health().has(Problem.BACKGROUND_FAULTS));
        assertTrue(node.health().problems().getFirst().detail().contains("pruner"));
        assertEquals(0, database.horizon().block());
        prunerFails = false;
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() ->
                        database.horizon().prunedTo() == 8 && !node.health().has(Problem.BACKGROUND_FAULTS));
    }

    @Test
    void horizon_countAndAge_keepsWhatEitherKeeps() {
        versions("x", null, 10);
        database.prune();
        assertEquals(0, database.horizon().block(), "all are young");
        clock.addAndGet(10_000);
        database.prune();
        assertEquals(8, database.horizon().block(), "the newest three");
        assertEquals(8, database.horizon().prunedTo());
        database.setHorizon(new HorizonPolicy.All());
        versions("y", null, 10);
        clock.addAndGet(100_000);
        database.prune();
        assertEquals(8, database.horizon().block());
        database.setHorizon(null);
        database.prune();
        assertEquals(18, database.horizon().block());
        assertNull(database.horizon().own());
    }

    @Test
    void horizon_byAge_keepsTheBlockThatStoodAtItsEnd() throws InterruptedException {
        database.setHorizon(new HorizonPolicy.Newest(1, Duration.ofSeconds(10)));
        versions("x", null, 2);
        clock.addAndGet(60_000);
        versions("y", null, 2);
        clock.addAndGet(5_000);
        database.prune();
        assertEquals(2, database.horizon().block());
        try (Reader then = database.door()
                .open(Wanted.of(new BlockSelector.At(clock.get() - 10_000), Duration.ZERO), Visibility.EVERYTHING)) {
            assertEquals(2, then.block().number());
        }
    }

    @Test
    void prune_everythingBehindTheHead_leavesNothingOfTheHistory() {
        versions("x", null, 5);
        database.write(List.of(Edits.replicated("y", "2-b", "1-a"), Edits.replicated("y", "2-c", "1-a")), false);
        database.write(List.of(Edits.replicated("y", "1-a")), false);
        database.setRevisionsLimit(2);
        versions("z", null, 5);
        database.setHorizon(HEAD_ALONE);
        database.prune();
        assertEquals(0, rows(Family.HISTORY));
        assertEquals(0, rows(Family.CHANGE_HISTORY));
        assertEquals(4, rows(Family.BODY), "one leaf of x, two of y, one of z");
        assertEquals(database.state().liveBodyBytes(), database.state().bodyBytes());
        assertEquals(13, rows(Family.BLOCK), "all of them, and block 0");
    }

    @Test
    void prune_manyVersionsInOneBlock_takesSeveralStepsAndAllOfThem() {
        List<DocumentEdit> first = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            first.add(Edits.update("d" + i, null, false, "{}"));
        }
        List<DocumentEdit> second = new ArrayList<>();
        for (EditResult result : database.write(first, false).results()) {
            second.add(Edits.update(result.id(), ((EditResult.Accepted) result).revision(), false, "{\"v\":2}"));
        }
        database.write(second, false);
        assertEquals(1000, rows(Family.HISTORY));
        long before = node.position().of(database.group());
        database.setHorizon(HEAD_ALONE);
        database.prune();
        assertTrue(
                node.position().of(database.group()) - before >= 6, "the policy, the horizon, and at least four steps");
        assertEquals(0, rows(Family.HISTORY));
        assertEquals(0, rows(Family.CHANGE_HISTORY));
        assertEquals(1000, rows(Family.BODY));
    }

    @Test
    void prune_stemmedRevisionThatCameBack_keepsItsBody() {
        database.setRevisionsLimit(1);
        database.write(List.of(Edits.replicated("x", "1-a")), false);
        database.write(List.of(Edits.replicated("x", "2-b", "1-a")), false);
        database.write(List.of(Edits.replicated("x", "1-a")), false);
        database.setHorizon(HEAD_ALONE);
        database.prune();
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals("{\"r\":\"1-a\"}", Edits.json(reader, "x", Revision.parse("1-a")));
        }
    }

    @Test
    void prune_whileASnapshotIsOpen_leavesItWhatItReads() throws InterruptedException {
        Revision first = Edits.put(database, "x", null, "{\"v\":0}");
        versions("x", first, 5);
        try (Reader one =
                database.door().open(Wanted.of(new BlockSelector.Number(1), Duration.ZERO), Visibility.EVERYTHING)) {
            database.setHorizon(HEAD_ALONE);
            database.prune();
            assertEquals(0, rows(Family.HISTORY));
            assertEquals("{\"v\":0}", Edits.json(one, "x", first));
        }
        assertThrows(
                BlockException.class,
                () -> database.door()
                        .open(Wanted.of(new BlockSelector.Number(1), Duration.ZERO), Visibility.EVERYTHING));
    }

    @Test
    void prune_attachmentOfSupersededVersion_goesWithTheLastBodyThatNamesIt() throws IOException, InterruptedException {
        byte[] content = Edits.noise(100_000);
        Revision first;
        try (AttachmentUpload upload = database.upload()) {
            Attachment attachment = upload.receive("f", "a/b", null, new ByteArrayInputStream(content), Long.MAX_VALUE);
            first = Edits.accepted(
                    database.write(List.of(Edits.update("x", null, false, "{}", List.of(attachment))), false));
        }
        Edits.put(database, "x", first, "{}");
        try (Reader one =
                database.door().open(Wanted.of(new BlockSelector.Number(1), Duration.ZERO), Visibility.EVERYTHING)) {
            DocumentBody body = one.documents().body("x", first);
            assertNotNull(body);
            assertArrayEquals(
                    content,
                    one.attachments().open(body.attachments().getFirst(), 0).readAllBytes());
        }
        assertEquals(content.length, database.state().attachmentBytes());
        database.setHorizon(HEAD_ALONE);
        database.prune();
        assertEquals(0, database.state().attachmentBytes());
    }

    @Test
    void prune_cutOffByAClose_goesOnAtTheNextStart() {
        versions("x", null, 10);
        node.submit(database.group(), new DataCommand.RaiseHorizon(database.number(), 8));
        node.close();
        open();
        database.prune();
        assertEquals(8, database.horizon().prunedTo());
        assertEquals(2, rows(Family.HISTORY));
    }

    @Test
    void background_policySet_prunesByItself() throws InterruptedException {
        versions("x", null, 10);
        database.setHorizon(HEAD_ALONE);
        while (database.horizon().prunedTo() < 10) {
            Thread.onSpinWait();
        }
        assertEquals(0, rows(Family.HISTORY));
    }

    @Test
    void compact_behindTheHorizon_givesTheBodiesBack() {
        Revision last = versions("x", null, 10);
        database.setHorizon(HEAD_ALONE);
        database.compact();
        while (database.isCompacting()) {
            Thread.onSpinWait();
        }
        assertEquals(1, rows(Family.BODY));
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals("{\"v\":9}", Edits.json(reader, "x", last));
        }
    }
}
