package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.HorizonPolicy;
import archipel.document.Attachment;
import archipel.document.Revision;
import archipel.engine.Database.DiskSizes;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What is deleted comes back as space on the disk. Nothing is reclaimed but by the passes that a test makes. */
final class ReclaimerTest {
    private static final int MIB = 1 << 20;
    /** What RocksDB's own files and a few documents may take. */
    private static final long LITTLE = 2 * MIB;

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        HorizonPolicy headAlone = new HorizonPolicy.Newest(1, Duration.ZERO);
        node = twins.open(directory, NodeOptions.DEFAULT.withHistory(headAlone));
        database = node.find("a") == null ? node.create("a") : node.database("a");
    }

    @AfterEach
    void close() {
        List<String> findings = Checker.check(node);
        node.close();
        assertEquals(List.of(), findings);
    }

    private Revision attach(Database target, String id, int seed, int length) {
        byte[] content = noise(seed, length);
        try (AttachmentUpload upload = target.upload()) {
            Attachment attachment = upload.receive("f", "a/b", null, new ByteArrayInputStream(content), Long.MAX_VALUE);
            return Edits.accepted(
                    target.write(List.of(Edits.update(id, null, false, "{}", List.of(attachment))), false));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Once what was written before is in files: RocksDB writes nothing there that is deleted already. */
    private void delete(String id, Revision revision) {
        node.store().flush();
        Edits.accepted(database.write(List.of(Edits.update(id, revision, true, "{}")), false));
    }

    private void assertContent(Database target, String id, Revision revision, byte[] content) throws IOException {
        try (Reader reader = target.door().newest(Visibility.EVERYTHING)) {
            Attachment attachment =
                    reader.documents().body(id, revision).attachments().getFirst();
            assertArrayEquals(content, reader.attachments().open(attachment, 0).readAllBytes());
        }
    }

    private static byte[] noise(int seed, int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    /** Files come and go while they are counted. */
    private long onDisk() {
        long[] bytes = {0};
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    bytes[0] += attributes.size();
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes[0];
    }

    @Test
    void pass_deletedAttachment_givesItsSpaceBack() {
        Revision revision = attach(database, "x", 1, 24 * MIB);
        delete("x", revision);
        database.prune();
        assertEquals(0, database.state().attachmentBytes());
        assertTrue(onDisk() >= 24 * MIB);
        assertTrue(database.sizes().file() >= 24 * MIB, "what is on the disk counts: " + database.sizes());
        assertTrue(database.sizes().active() < LITTLE, database.sizes().toString());

        node.reclaimer().pass();

        assertTrue(onDisk() < LITTLE, "left: " + onDisk());
        assertTrue(database.sizes().file() < LITTLE, database.sizes().toString());
    }

    @Test
    void pass_deletionBeforeARestart_isGivenBackByTheFirst() {
        Revision revision = attach(database, "x", 1, 16 * MIB);
        delete("x", revision);
        database.prune();
        node.close();
        open();
        assertTrue(onDisk() >= 16 * MIB);

        node.reclaimer().pass();

        assertTrue(onDisk() < LITTLE, "left: " + onDisk());
    }

    @Test
    void run_clockPutBackByADay_reclaimsAsBefore() {
        node.close();
        AtomicLong nowMs = new AtomicLong(System.currentTimeMillis());
        NodeOptions options = NodeOptions.DEFAULT
                .withHistory(new HorizonPolicy.Newest(1, Duration.ZERO))
                .withReclaiming(new NodeOptions.Reclaiming(Duration.ofMillis(200), 0.5));
        node = twins.open(directory, options, () -> Instant.ofEpochMilli(nowMs.get()));
        database = node.database("a");
        Revision revision = attach(database, "x", 1, 16 * MIB);
        delete("x", revision);
        database.prune();
        nowMs.addAndGet(-Duration.ofDays(1).toMillis());
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> onDisk() < LITTLE);
    }

    @Test
    void pass_everySecondOfManyAttachmentsDeleted_copiesTheOthersTogether() throws IOException {
        Database other = node.create("b");
        Map<String, Revision> stored = new HashMap<>();
        for (int i = 0; i < 24; i++) {
            stored.put("d" + i, attach(i % 3 == 0 ? other : database, "d" + i, i, MIB));
        }
        for (int i = 0; i < 24; i++) {
            if (i % 3 != 0 && i < 20) {
                delete("d" + i, stored.get("d" + i));
            }
        }
        database.prune();

        node.reclaimer().pass();

        // Ten of the 24 are live.
        assertTrue(onDisk() < 14 * MIB, "left: " + onDisk());
        assertContent(other, "d0", stored.get("d0"), noise(0, MIB));
        assertContent(other, "d18", stored.get("d18"), noise(18, MIB));
        assertContent(database, "d22", stored.get("d22"), noise(22, MIB));
    }

    @Test
    void pass_fewAttachmentsDeleted_leavesTheFilesAlone() {
        for (int i = 0; i < 10; i++) {
            attach(database, "d" + i, i, MIB);
        }
        delete("gone", attach(database, "gone", 99, MIB));
        database.prune();

        node.reclaimer().pass();

        assertTrue(onDisk() >= 11 * MIB, "a tenth is not worth copying the rest");
        DiskSizes sizes = database.sizes();
        assertTrue(sizes.file() > 10.5 * MIB, "garbage in shared files counts: " + sizes);
    }

    @Test
    void pass_uploadThatNobodyNamed_givesItsSpaceBack() throws IOException {
        try (AttachmentUpload upload = database.upload()) {
            upload.receive("f", "a/b", null, new ByteArrayInputStream(noise(1, 16 * MIB)), Long.MAX_VALUE);
            node.store().flush();
        }
        node.putFact("after", "the upload was dropped");
        assertTrue(database.sizes().file() >= 16 * MIB, database.sizes().toString());

        node.reclaimer().pass();

        assertTrue(onDisk() < LITTLE, "left: " + onDisk());
        assertTrue(database.sizes().file() < LITTLE, database.sizes().toString());
    }

    @Test
    void pass_droppedDatabase_givesDocumentsAndAttachmentsBack() throws IOException {
        Database doomed = node.create("doomed");
        Revision kept = attach(database, "x", 1, MIB);
        attach(doomed, "x", 2, 12 * MIB);
        String text = Base64.getEncoder().encodeToString(noise(3, 6 * MIB));
        Edits.put(doomed, "y", null, "{\"v\":\"" + text + "\"}");
        node.store().flush();
        node.delete("doomed");
        assertTrue(onDisk() >= 16 * MIB);

        node.reclaimer().pass();

        assertTrue(onDisk() < MIB + LITTLE, "left: " + onDisk());
        assertContent(database, "x", kept, noise(1, MIB));
    }

    @Test
    void pass_whileAReaderSeesTheAttachment_leavesItAndALaterOneGivesItBack() throws IOException {
        byte[] content = noise(1, 12 * MIB);
        Revision revision = attach(database, "x", 1, content.length);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            delete("x", revision);
            database.prune();
            node.reclaimer().pass();
            Attachment attachment =
                    reader.documents().body("x", revision).attachments().getFirst();
            assertArrayEquals(content, reader.attachments().open(attachment, 0).readAllBytes());
            assertTrue(
                    database.sizes().file() >= content.length, database.sizes().toString());
        }

        node.reclaimer().pass();

        assertTrue(onDisk() < LITTLE, "left: " + onDisk());
        assertTrue(database.sizes().file() < LITTLE, database.sizes().toString());
    }

    @Test
    void pass_prunedBodies_rewritesTheirFiles() {
        database.setHorizon(new HorizonPolicy.All());
        Revision revision = null;
        for (int i = 0; i < 10; i++) {
            String text = Base64.getEncoder().encodeToString(noise(i, 3 * MIB));
            revision = Edits.put(database, "x", revision, "{\"v\":\"" + text + "\"}");
        }
        node.store().flush();
        database.setHorizon(null);
        database.prune();
        node.store().flush();

        node.reclaimer().pass();

        // One revision is live.
        assertTrue(onDisk() < 8 * MIB, "left: " + onDisk());
    }

    @Test
    void sizes_supersededBodies_activeIsBelowFileAndCompactionBringsThemTogether() throws InterruptedException {
        database.setHorizon(new HorizonPolicy.All());
        Revision revision = null;
        for (int i = 0; i < 20; i++) {
            String text = Base64.getEncoder().encodeToString(noise(i, MIB / 2));
            revision = Edits.put(database, "x", revision, "{\"v\":\"" + text + "\"}");
        }
        node.store().flush();
        DiskSizes before = database.sizes();
        assertTrue(before.active() < before.file() / 4, before.toString());
        database.setHorizon(null);

        database.compact();
        while (database.isCompacting()) {
            Thread.onSpinWait();
        }

        DiskSizes after = database.sizes();
        assertTrue(after.file() < before.file() / 4, before + " " + after);
        assertTrue(after.active() < after.file() && after.active() > after.file() / 2, after.toString());
    }

    @Test
    void sizes_attachmentJustWritten_countsOnce() {
        attach(database, "x", 1, 8 * MIB);
        DiskSizes inMemory = database.sizes();
        assertTrue(inMemory.file() >= 8 * MIB && inMemory.file() < 8 * MIB + LITTLE, inMemory.toString());
        node.store().flush();
        DiskSizes inFiles = database.sizes();
        assertTrue(inFiles.file() >= 8 * MIB && inFiles.file() < 8 * MIB + LITTLE, inFiles.toString());
    }

    @Test
    void sizes_restartBeforeTheSpaceIsGivenBack_countWhatIsOnTheDisk() {
        delete("x", attach(database, "x", 1, 16 * MIB));
        database.prune();
        node.close();
        open();
        assertTrue(database.sizes().file() >= 16 * MIB, database.sizes().toString());
        node.reclaimer().pass();
        assertTrue(database.sizes().file() < LITTLE, database.sizes().toString());
        node.close();
        open();
        assertTrue(database.sizes().file() < LITTLE, database.sizes().toString());
        delete("y", attach(database, "y", 2, 4 * MIB));
        database.prune();
        assertTrue(
                database.sizes().file() >= 4 * MIB && database.sizes().file() < 4 * MIB + LITTLE,
                database.sizes().toString());
    }

    @Test
    void sizes_newDatabase_activeIsBelowFile() {
        DiskSizes empty = database.sizes();
        assertTrue(empty.active() < empty.file(), empty.toString());
        Edits.put(database, "x", null, "{\"v\":1}");
        DiskSizes one = database.sizes();
        assertTrue(one.active() > empty.active() && one.active() < one.file(), one.toString());
    }

    @Test
    void cancelReclaims_beforeAPass_letsNothingBegin() {
        delete("x", attach(database, "x", 1, 8 * MIB));
        database.prune();
        node.store().cancelReclaims();

        node.reclaimer().pass();

        assertTrue(onDisk() >= 8 * MIB);
    }
}
