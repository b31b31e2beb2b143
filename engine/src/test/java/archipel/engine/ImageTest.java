package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.FormerHead;
import archipel.command.DataCommand;
import archipel.command.Fence;
import archipel.command.Lease;
import archipel.command.LockBounds;
import archipel.command.Retention;
import archipel.command.SystemCommand;
import archipel.command.UnknownFormatException;
import archipel.document.Attachment;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Machines.Replica;
import archipel.image.Image;
import archipel.image.ImageExport;
import archipel.image.ImageManifest;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.testkit.Directories;
import archipel.topic.Topics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node gets the state of another one's group as a whole. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ImageTest {
    private static final int DATA = CatalogKeys.DATA_GROUP;
    private static final int SYSTEM = CatalogKeys.SYSTEM_GROUP;
    private static final byte[] CONTENT = Edits.noise(300_000);

    @TempDir
    private Path directory;

    private Node source;
    private Node target;
    private int images;

    @BeforeEach
    void open() throws IOException {
        source = open("source");
        target = open("target");
        fill(source.create("db"), "a");
        source.create("dropped");
        source.putFact("k", "v");
    }

    private Node open(String name) {
        // Nothing of itself: each of the two would lead its group, and prune.
        NodeOptions options = NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS);
        return Node.openStill(directory.resolve(name), options, Environment.of(InstantSource.system()));
    }

    @AfterEach
    void close() {
        source.close();
        target.close();
        assertEquals(List.of(), Checker.check(directory.resolve("source")));
    }

    private static void fill(Database database, String prefix) throws IOException {
        Revision revision = null;
        for (int i = 0; i < 4; i++) {
            revision = Edits.put(database, prefix + "/versions", revision, "{\"v\":" + i + "}");
        }
        for (int i = 0; i < 50; i++) {
            Edits.put(database, prefix + i, null, "{\"text\":\"" + "x".repeat(500) + "\"}");
        }
        database.write(List.of(Edits.replicated(prefix + "/conflict", "2-b", "1-a")), false);
        database.write(List.of(Edits.replicated(prefix + "/conflict", "2-c", "1-a")), false);
        try (AttachmentUpload upload = database.upload()) {
            Attachment attachment =
                    upload.receive("file", "text/plain", null, new ByteArrayInputStream(CONTENT), 1 << 20);
            database.write(List.of(Edits.update(prefix + "/file", null, false, "{}", List.of(attachment))), false);
        }
        Revision gone = Edits.put(database, prefix + "/gone", null, "{}");
        database.purge(Map.of(prefix + "/gone", List.of(gone)));
        database.putLocal(prefix, Edits.bytes("{\"local\":true}"));
        database.setSecurity(Edits.bytes("{\"admins\":{}}"));
    }

    private Path export(int group) {
        Path image = directory.resolve("target").resolve("image" + images++);
        source.group(group).export(image, ImageExport.Sink.keeping(), ImageExport.Pace.unlimited());
        return image;
    }

    private void install(int group) {
        target.group(group).install(export(group), step -> {});
    }

    private static byte[] content(Database database, String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            assertNotNull(record);
            Attachment attachment = reader.documents()
                    .leafBody(id, record.winner().revision())
                    .attachments()
                    .getFirst();
            return reader.attachments().open(attachment, 0).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void install_ofAllGroups_givesTheSameRowsAndDatabases() {
        install(DATA);
        assertNull(target.find("db"), "nobody has said its name");
        install(SYSTEM);
        assertEquals(rowsOf(source.store()), rowsOf(target.store()));
        assertEquals(source.databaseNames(), target.databaseNames());
        assertEquals(source.position(), target.position());
        assertEquals("v", target.fact("k"));
        Database database = target.database("db");
        assertEquals(source.database("db").state().toString(), database.state().toString());
        assertArrayEquals(CONTENT, content(database, "a/file"));
        assertFalse(Files.exists(directory.resolve("target/image0")), "the image is used up");
        assertNotEquals(source.uuid(), target.uuid(), "each node stays itself");
        assertEquals(List.of(), Checker.check(target));

        Edits.put(database, "more", null, "{}");
        assertEquals(source.position().sum() + 1, target.position().sum(), "goes on after the image");
        target.close();
        target = open("target");
        assertEquals(
                source.database("db").state().documents() + 1,
                target.database("db").state().documents());
    }

    @Test
    void install_databasesAreGoneOrDroppedInIt_endThemHere() throws Exception {
        Database own = target.create("own");
        install(DATA);
        install(SYSTEM);
        assertTrue(own.isDeleted());
        assertNull(target.find("own"));
        Database dropped = target.database("dropped");
        source.delete("dropped");
        Edits.put(source.create("dropped"), "x", null, "{}");
        install(DATA);
        install(SYSTEM);
        assertTrue(dropped.isDeleted());
        assertEquals(1, target.database("dropped").state().documents());
        assertTrue(target.eventsSince(EventPosition.START).stream()
                .anyMatch(event -> event.database().equals("dropped")));
        assertEquals(List.of(), Checker.check(target));
    }

    @Test
    void install_underReaders_letsThemFinishAndWakesThoseWhoWait() throws Exception {
        install(DATA);
        install(SYSTEM);
        Database database = target.database("db");
        long seq = database.state().head().lastSeq();
        long documents = database.state().documents();
        try (ExecutorService threads = Executors.newCachedThreadPool();
                Reader before = database.door().newest(Visibility.EVERYTHING)) {
            Future<Boolean> waiting = threads.submit(() -> database.awaitChange(seq, Duration.ofMinutes(1)));
            AtomicBoolean done = new AtomicBoolean();
            Future<Integer> reader = threads.submit(() -> read(database, done));
            Future<Integer> writer = threads.submit(() -> writeElsewhere(done));
            for (int round = 0; round < 5; round++) {
                fill(source.database("db"), "round" + round);
                install(DATA);
            }
            assertTrue(waiting.get());
            done.set(true);
            assertTrue(reader.get() > 0);
            assertTrue(writer.get() > 0);
            assertEquals(documents, before.documents().count());
            assertEquals(documents, count(before), "a reader from before finishes on what it began with");
        }
        assertEquals(source.database("db").state().toString(), database.state().toString());
        for (Family family : Family.MAIN) {
            if (family != Family.CATALOG) {
                assertEquals(rows(source, family), rows(target, family), () -> "rows of " + family);
            }
        }
        assertEquals(List.of(), Checker.check(target));
    }

    // How many of each family, and a digest of them: what is shown of a difference stays readable.
    private static Map<Family, String> rowsOf(Store store) {
        Map<Family, String> digests = new EnumMap<>(Family.class);
        Replica.rows(store).forEach((family, rows) -> digests.put(family, rows.size() + " rows, " + rows.hashCode()));
        return digests;
    }

    // Of the data group.
    private static Map<String, String> rows(Node node, Family family) {
        Map<String, String> rows = Replica.rows(node.store(), family);
        rows.keySet().removeIf(key -> !key.startsWith("0001"));
        return rows;
    }

    /** What is seen at once belongs together, and does not go back. */
    private static int read(Database database, AtomicBoolean done) {
        long head = 0;
        int reads = 0;
        while (!done.get()) {
            try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
                assertTrue(reader.block().number() >= head, "time goes back");
                head = reader.block().number();
                assertEquals(reader.documents().count(), count(reader));
                reads++;
            }
        }
        return reads;
    }

    private static long count(Reader reader) {
        long count = 0;
        try (DocumentCursor cursor = reader.documents().cursor(null, false, false)) {
            while (cursor.next()) {
                count += cursor.record().winner().deleted() ? 0 : 1;
            }
        }
        return count;
    }

    // To a database of another group, whose writes go through the same log.
    private int writeElsewhere(AtomicBoolean done) {
        int number = Math.toIntExact(target.submit(new SystemCommand.ReserveDatabase(SYSTEM, Lease.NONE)));
        target.submit(SYSTEM, new DataCommand.CreateDatabase(number, target.newUuid(), 1, 1000, 1000));
        target.submit(new SystemCommand.NameDatabase(number, "elsewhere", false, FormerHead.NONE));
        int writes = 0;
        while (!done.get()) {
            Edits.put(target.database("elsewhere"), "w" + writes++, null, "{}");
            assertEquals(writes, target.database("elsewhere").state().documents());
        }
        return writes;
    }

    @Test
    void install_killedAfterAnyStep_leavesOldOrNew() throws IOException {
        install(DATA);
        install(SYSTEM);
        Map<Family, String> old = rowsOf(target.store());
        fill(source.database("db"), "new");
        source.database("db").deleteLocal("a");
        Path image = export(DATA);
        Map<String, Path> killed = new LinkedHashMap<>();
        killed.put("none", copy("before"));
        target.group(DATA).install(image, step -> killed.put(step, copy("killed" + killed.size())));
        Map<Family, String> whole = rowsOf(target.store());
        assertTrue(killed.size() > 10, "one for each family: " + killed.keySet());
        TreeSet<String> ends = new TreeSet<>();
        killed.forEach((step, data) -> {
            try (Node node = Node.openStill(data, NodeOptions.DEFAULT, Environment.of(InstantSource.system()))) {
                Map<Family, String> rows = rowsOf(node.store());
                assertEquals(step.equals("none") ? old : whole, rows, () -> "killed after " + step);
                ends.add(step.equals("none") ? "old" : "new");
                Edits.put(node.database("db"), "goes on", null, "{}");
            }
            assertEquals(List.of(), Checker.check(data), () -> "killed after " + step);
        });
        assertEquals(List.of("new", "old"), List.copyOf(ends));
    }

    private Path copy(String name) {
        try {
            Path to = directory.resolve(name);
            Directories.copy(directory.resolve("target"), to);
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void resume_theImageIsDamaged_isRefusedByName() throws IOException {
        install(DATA);
        install(SYSTEM);
        fill(source.database("db"), "new");
        Path image = export(DATA);
        List<Path> killed = new ArrayList<>();
        target.group(DATA).install(image, step -> {
            if (step.equals("deleted")) {
                killed.add(copy("killed"));
            }
        });
        Path data = killed.getFirst();
        assertTrue(Checker.check(data).getFirst().contains("group 1 is being replaced"));
        damage(data.resolve(image.getFileName()).resolve("document-000000.sst"));
        NodeOpenException e = assertThrows(NodeOpenException.class, () -> Node.open(data, NodeOptions.DEFAULT));
        assertTrue(e.getMessage().contains("document-000000.sst"), e.getMessage());
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void install_aDamagedPiece_isRefusedAndChangesNothing() throws IOException {
        install(DATA);
        install(SYSTEM);
        Map<Family, String> before = rowsOf(target.store());
        Edits.put(source.database("db"), "more", null, "{}");
        for (String file : List.of("body-000000.sst", "attachment-000000.sst", "MANIFEST")) {
            Path image = export(DATA);
            damage(image.resolve(file));
            StorageException e = assertThrows(
                    StorageException.class, () -> target.group(DATA).install(image, step -> {}));
            assertEquals(StorageException.Kind.CORRUPT, e.kind());
            Path lacking = export(DATA);
            Files.delete(lacking.resolve(file));
            assertThrows(StorageException.class, () -> target.group(DATA).install(lacking, step -> {}));
        }
        assertEquals(before, rowsOf(target.store()));
        Edits.put(target.database("db"), "goes on", null, "{}");
    }

    private void assertNoChange(Path image) {
        Map<Family, String> before = rowsOf(target.store());
        target.group(DATA).install(image, step -> {
            throw new AssertionError("it was " + step);
        });
        assertEquals(before, rowsOf(target.store()));
    }

    @Test
    void install_noLaterStateOrAnotherGroupsOrANewerFormat_changesNothing() {
        Path early = export(DATA);
        Edits.put(source.database("db"), "more", null, "{}");
        install(DATA);
        install(SYSTEM);
        assertNoChange(early);
        // Nor again.
        assertNoChange(export(DATA));
        Path other = export(SYSTEM);
        RequestException e =
                assertThrows(RequestException.class, () -> target.group(DATA).install(other, step -> {}));
        assertEquals(ErrorCode.OTHER_GROUPS_IMAGE, e.code());
        Edits.put(target.database("db"), "goes on", null, "{}");

        Image later = Image.open(export(DATA));
        ImageManifest manifest = later.manifest();
        try (Replica replica = new Replica(directory.resolve("older"), FormatVersion.V3)) {
            assertThrows(
                    UnknownFormatException.class, () -> replica.machine(DATA).install(later, step -> {}));
            assertEquals(FormatVersion.NEWEST.number(), manifest.format());
            assertTrue(replica.rows().values().stream().allMatch(Map::isEmpty));
        }
    }

    @Test
    void export_inSmallPieces_streamsThemAndCanBeEnded() {
        Path image = directory.resolve("target/pieces");
        List<String> names = new ArrayList<>();
        long[] paced = {0};
        Group.Epoch epoch = source.group(DATA).retainEpoch();
        try {
            ImageExport export = new ImageExport(
                    source.store(),
                    image,
                    10_000,
                    (piece, file) -> {
                        names.add(piece.fileName());
                        assertTrue(Files.exists(file));
                    },
                    bytes -> paced[0] += bytes);
            ImageManifest manifest = source.group(DATA).machine().export(export, epoch.store());
            assertTrue(names.contains("body-000001.sst"), names::toString);
            assertEquals(
                    names,
                    manifest.pieces().stream()
                            .map(ImageManifest.Piece::fileName)
                            .toList());
            assertTrue(paced[0] > CONTENT.length);
            Image.complete(image, ImageManifest.decode(manifest.encode()));

            ImageExport ended =
                    new ImageExport(source.store(), directory.resolve("ended"), 10_000, (p, f) -> {}, bytes -> {
                        throw new IllegalStateException("the receiver has gone");
                    });
            assertThrows(
                    IllegalStateException.class,
                    () -> source.group(DATA).machine().export(ended, epoch.store()));
        } finally {
            epoch.store().release();
        }
        target.group(DATA).install(image, step -> {});
        install(SYSTEM);
        assertEquals(rowsOf(source.store()), rowsOf(target.store()));
    }

    @Test
    void install_locksFencesAndTopics_areThoseOfTheImage() {
        source.locks().acquire("lock", "a", "", "a", 600_000, 0, new LockBounds(1, 1, 1));
        Fence.with(List.of(new Fence("lock", 7)))
                .run(() -> source.database("db").putLocal("x", new byte[] {'1'}));
        source.topics().publish("news", "", new byte[] {'7'}, new Retention(9, 9, 9_000_000), 10);
        install(CatalogKeys.SYSTEM_GROUP);
        install(CatalogKeys.DATA_GROUP);
        assertEquals("a", target.locks().all().get("lock").holder().owner());
        RequestException refused = assertThrows(
                RequestException.class,
                () -> Fence.with(List.of(new Fence("lock", 6)))
                        .run(() -> target.database("db").putLocal("x", new byte[] {'2'})));
        assertEquals(ErrorCode.FENCED, refused.code());
        Topics topics = target.topics();
        assertEquals(1, topics.read(topics.topic("news"), 0, 9, 9).messages().size());
    }
}
