package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Block;
import archipel.command.EditResult;
import archipel.command.WriteResult;
import archipel.document.Attachment;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.read.BlockSelector;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class NodeTest {
    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = twins.open(directory, NodeOptions.DEFAULT);
        database = node.find("a") == null ? node.create("a") : node.database("a");
    }

    @AfterEach
    void close() {
        List<String> findings = Checker.check(node);
        node.close();
        assertEquals(List.of(), findings);
    }

    private void reopen() {
        node.close();
        open();
    }

    @Test
    void write_newDocument_isReadBackWithItsBlock() {
        Revision revision = Edits.put(database, "x", null, "{\"v\":1}");
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(1, reader.block().number());
            assertEquals(1, reader.documents().count());
            assertEquals(revision, reader.documents().find("x").winner().revision());
            assertEquals("{\"v\":1}", Edits.json(reader, "x", revision));
        }
        reopen();
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals("{\"v\":1}", Edits.json(reader, "x", revision));
            assertEquals(
                    reader.block().lastSequence(), reader.documents().find("x").lastChange());
        }
    }

    @Test
    void write_staleParent_isAConflictAndMakesNoBlock() {
        Revision first = Edits.put(database, "x", null, "{}");
        Edits.put(database, "x", first, "{\"v\":2}");
        WriteResult result = database.write(List.of(Edits.update("x", first, false, "{\"v\":3}")), false);
        assertEquals(ErrorCode.CONFLICT, ((EditResult.Rejected) result.results().getFirst()).code());
        assertEquals(2, result.head().number());
        assertArrayEquals(result.head().hash(), database.state().head().hash());
    }

    @Test
    void write_deletedThenCreated_isTheDeletionsChild() {
        Revision first = Edits.put(database, "x", null, "{}");
        Revision gone = Edits.accepted(database.write(List.of(Edits.update("x", first, true, "{}")), false));
        assertEquals(1, database.state().deletedDocuments());
        Revision back = Edits.put(database, "x", null, "{\"v\":2}");
        assertEquals(3, back.generation());
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            RevisionPath path = reader.documents().find("x").tree().pathTo(back);
            assertEquals(List.of(back.hash(), gone.hash(), first.hash()), path.hashes());
        }
        assertEquals(0, database.state().deletedDocuments());
    }

    @Test
    void write_atomicWithOneConflict_storesNothing() {
        Edits.put(database, "x", null, "{}");
        WriteResult result = database.write(
                List.of(Edits.update("y", null, false, "{}"), Edits.update("x", null, false, "{}")), true);
        assertFalse(result.applied());
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertNull(reader.documents().find("y"));
            assertEquals(1, reader.block().number());
        }
    }

    @Test
    void write_sameDocumentTwiceInOneCommand_secondSeesTheFirst() {
        WriteResult result = database.write(
                List.of(Edits.update("x", null, false, "{\"v\":1}"), Edits.update("x", null, false, "{\"v\":2}")),
                false);
        assertTrue(result.results().get(0) instanceof EditResult.Accepted);
        assertTrue(result.results().get(1) instanceof EditResult.Rejected);
        assertEquals(1, result.head().changes());
    }

    @Test
    void write_replicatedConflict_keepsBothAndPicksTheWinner() {
        database.write(List.of(Edits.replicated("x", "2-b", "1-a"), Edits.replicated("x", "2-c", "1-a")), false);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find("x");
            assertEquals(Revision.parse("2-c"), record.winner().revision());
            assertEquals(List.of(Revision.parse("2-b")), record.tree().conflicts());
            assertEquals("{\"r\":\"2-b\"}", Edits.json(reader, "x", Revision.parse("2-b")));
        }
        long seq = database.state().head().lastSeq();
        assertEquals(1, seq);
        database.write(List.of(Edits.replicated("x", "2-b", "1-a")), false);
        assertEquals(seq, database.state().head().lastSeq());
    }

    @Test
    void snapshot_laterWrites_areNotSeen() {
        Revision first = Edits.put(database, "x", null, "{\"v\":1}");
        try (Reader before = database.door().newest(Visibility.EVERYTHING)) {
            Edits.put(database, "x", first, "{\"v\":2}");
            Edits.put(database, "y", null, "{}");
            assertEquals(first, before.documents().find("x").winner().revision());
            assertNull(before.documents().find("y"));
            assertEquals(1, before.block().number());
        }
    }

    @Test
    void changes_updatedDocument_hasOneRowAtItsNewestSeq() {
        Revision x = Edits.put(database, "x", null, "{}");
        Edits.put(database, "y", null, "{}");
        Edits.put(database, "x", x, "{\"v\":2}");
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(List.of("2:y", "3:x"), Edits.changes(reader, 0, false));
            assertEquals(List.of("3:x"), Edits.changes(reader, 2, false));
            assertEquals(List.of("3:x", "2:y"), Edits.changes(reader, Long.MAX_VALUE - 1, true));
            assertEquals(2, reader.changes().pending(0, 100));
            assertEquals(1, reader.changes().pending(2, 100));
        }
    }

    @Test
    void awaitChange_write_wakesTheWaiter() throws InterruptedException {
        Thread writer = Thread.ofVirtual().start(() -> Edits.put(database, "x", null, "{}"));
        assertTrue(database.awaitChange(0, Duration.ofSeconds(20)));
        writer.join();
        assertFalse(database.awaitChange(1, Duration.ofMillis(10)));
    }

    @Test
    void delete_database_endsWaitersAndFreesTheName() throws InterruptedException {
        Edits.put(database, "x", null, "{}");
        Database old = database;
        node.delete("a");
        assertTrue(old.isDeleted());
        assertFalse(old.awaitChange(1, Duration.ofSeconds(20)));
        assertEquals(
                ErrorCode.NO_DATABASE,
                assertThrows(RequestException.class, () -> old.door().newest(Visibility.EVERYTHING))
                        .code());
        assertThrows(RequestException.class, () -> Edits.put(old, "y", null, "{}"));
        database = node.create("a");
        assertEquals(0, database.state().documents());
        assertNotEquals(old.state().uuid(), database.state().uuid());
        assertEquals(
                ErrorCode.DATABASE_EXISTS,
                assertThrows(RequestException.class, () -> node.create("a")).code());
        assertEquals("created", node.eventsSince(EventPosition.START).getLast().kind());
    }

    @Test
    void locals_writtenTwice_countUpAndAreNotChanges() {
        database.putLocal("_local/c", Edits.bytes("{\"n\":1}"));
        assertEquals(
                "0-2",
                database.putLocal("_local/c", Edits.bytes("{\"n\":2}"))
                        .revision()
                        .toString());
        assertEquals(0, database.state().head().number());
        reopen();
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertArrayEquals(
                    Edits.bytes("{\"n\":2}"), reader.locals().find("_local/c").json());
            assertEquals(1, reader.locals().list(null, 10).size());
        }
        assertTrue(database.deleteLocal("_local/c"));
        assertFalse(database.deleteLocal("_local/c"));
    }

    @Test
    void attachment_uploadedAndNamed_isReadBackFromAnyOffset() throws IOException {
        byte[] content = Edits.noise(700_000);
        Revision revision = attach("x", null, content);
        reopen();
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            Attachment attachment =
                    reader.documents().body("x", revision).attachments().getFirst();
            assertEquals(1, attachment.revisionPosition());
            assertEquals(content.length, attachment.length());
            for (int offset : new int[] {0, 1, 262_143, 262_144, 600_000, 699_999, 700_000}) {
                try (InputStream in = reader.attachments().open(attachment, offset)) {
                    assertArrayEquals(java.util.Arrays.copyOfRange(content, offset, content.length), in.readAllBytes());
                }
            }
        }
        assertEquals(content.length, database.state().attachmentBytes());
    }

    private Revision attach(String id, Revision parent, byte[] content) throws IOException {
        try (AttachmentUpload upload = database.upload()) {
            Attachment attachment =
                    upload.receive("f", "text/plain", null, new ByteArrayInputStream(content), Long.MAX_VALUE);
            return Edits.accepted(
                    database.write(List.of(Edits.update(id, parent, false, "{}", List.of(attachment))), false));
        }
    }

    @Test
    void attachment_sameContentTwice_isStoredOnceAndGoesWithTheLast() throws IOException {
        byte[] content = Edits.noise(300_000);
        Revision x = attach("x", null, content);
        Revision y = attach("y", null, content);
        assertEquals(content.length, database.state().attachmentBytes());
        database.purge(Map.of("x", List.of(x)));
        assertEquals(content.length, database.state().attachmentBytes());
        database.purge(Map.of("y", List.of(y)));
        assertEquals(0, database.state().attachmentBytes());
        assertEquals(2, database.state().purgeSeq());
        assertEquals(0, database.state().documents());
    }

    @Test
    void attachment_closedWithoutWrite_cannotBeNamedLater() throws IOException {
        Attachment attachment;
        try (AttachmentUpload upload = database.upload()) {
            attachment = upload.receive("f", "a/b", null, new ByteArrayInputStream(new byte[] {1}), 10);
        }
        WriteResult result = database.write(List.of(Edits.update("x", null, false, "{}", List.of(attachment))), false);
        assertEquals(
                ErrorCode.ATTACHMENT_NOT_STORED,
                ((EditResult.Rejected) result.results().getFirst()).code());
    }

    @Test
    void attachment_empty_isKept() throws IOException {
        Revision revision = attach("x", null, new byte[0]);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                InputStream in = reader.attachments()
                        .open(
                                reader.documents()
                                        .body("x", revision)
                                        .attachments()
                                        .getFirst(),
                                0)) {
            assertEquals(-1, in.read());
        }
    }

    @Test
    void attachment_gzip_knowsItsDecodedLength() throws IOException {
        java.io.ByteArrayOutputStream zipped = new java.io.ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(new byte[100_000]);
        }
        try (AttachmentUpload upload = database.upload()) {
            Attachment attachment =
                    upload.receive("f", "a/b", "gzip", new ByteArrayInputStream(zipped.toByteArray()), Long.MAX_VALUE);
            assertEquals(100_000, attachment.length());
            assertEquals(zipped.size(), attachment.encodedLength());
        }
    }

    @Test
    void attachment_tooLarge_isRefused() {
        try (AttachmentUpload upload = database.upload()) {
            RequestException e = assertThrows(
                    RequestException.class,
                    () -> upload.receive("f", "a/b", null, new ByteArrayInputStream(new byte[11]), 10));
            assertEquals(413, e.code().status());
        }
    }

    @Test
    void compact_supersededBodies_areGoneAndLeavesStay() {
        Revision first = Edits.put(database, "x", null, "{\"v\":1}");
        Revision second = Edits.put(database, "x", first, "{\"v\":22}");
        database.compact();
        while (database.isCompacting()) {
            Thread.onSpinWait();
        }
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertNull(reader.documents().body("x", first));
            assertNotNull(reader.documents().body("x", second));
        }
    }

    @Test
    void revisionsLimit_one_keepsOnlyTheLeaf() {
        database.setRevisionsLimit(1);
        Revision revision = null;
        for (int i = 0; i < 5; i++) {
            revision = Edits.put(database, "x", revision, "{\"v\":" + i + "}");
        }
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(1, reader.documents().find("x").tree().size());
        }
        reopen();
        assertEquals(1, database.revisionsLimit());
    }

    @Test
    void revisionsLimit_lowered_showsFewerAtOnceAndForgetsThemAtTheNextCompaction() throws InterruptedException {
        Revision revision = null;
        for (int i = 0; i < 6; i++) {
            revision = Edits.put(database, "x", revision, "{\"v\":" + i + "}");
        }
        Block then = database.state().head();
        database.setRevisionsLimit(4);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find("x");
            assertEquals(4, record.revisions(revision).hashes().size());
            assertEquals(6, record.tree().size(), "until it is compacted");
        }
        database.compact();
        while (database.isCompacting()) {
            Thread.onSpinWait();
        }
        try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                DocumentCursor documents = reader.documents().cursor(null, false, false)) {
            assertEquals(4, reader.documents().find("x").tree().size());
            assertTrue(documents.next());
            assertEquals(4, documents.record().tree().size());
        }
        try (Reader pinned = database.door()
                .open(Wanted.of(new BlockSelector.Number(then.number()), Duration.ZERO), Visibility.EVERYTHING)) {
            assertEquals(6, pinned.documents().find("x").tree().size(), "a block shows the same for ever");
        }
        assertNull(database.verify((name, block, head) -> true).fault());
    }

    @Test
    void purge_oneOfTwoLeaves_leavesTheOther() {
        database.write(List.of(Edits.replicated("x", "2-b", "1-a"), Edits.replicated("x", "2-c", "1-a")), false);
        Map<String, List<Revision>> purged =
                database.purge(Map.of("x", List.of(Revision.parse("2-c"), Revision.parse("9-z"))));
        assertEquals(Map.of("x", List.of(Revision.parse("2-c"))), purged);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(
                    Revision.parse("2-b"), reader.documents().find("x").winner().revision());
            assertEquals("x", reader.purges().after(0, 10).getFirst().id());
            assertEquals(List.of("2:x"), Edits.changes(reader, 0, false));
        }
    }

    @Test
    void facts_andSecurity_surviveARestart() {
        String uuid = node.uuid();
        node.putFact("config/a/b", "c");
        node.putFact("config/a/d", "e");
        node.putFact("config/a/d", null);
        database.setSecurity(Edits.bytes("{\"admins\":{}}"));
        reopen();
        assertEquals(uuid, node.uuid());
        assertEquals("c", node.facts().get("config/a/b"));
        assertFalse(node.facts().containsKey("config/a/d"));
        assertArrayEquals(Edits.bytes("{\"admins\":{}}"), database.security());
    }

    @Test
    void open_whileInUse_saysWhoHoldsIt() {
        NodeOpenException e = assertThrows(NodeOpenException.class, () -> Node.open(directory, NodeOptions.DEFAULT));
        assertTrue(
                e.getMessage()
                        .contains("in use by process " + ProcessHandle.current().pid()),
                e.getMessage());
    }

    @Test
    void open_dataOfTheFormatBefore_saysThatItIsOfThisOne(@TempDir Path other) throws IOException {
        Path data = other.resolve("data");
        Node.open(data, NodeOptions.DEFAULT).close();
        String current = Files.readString(data.resolve("FORMAT"));
        Files.writeString(data.resolve("FORMAT"), "archipel data, format 2\n", StandardCharsets.US_ASCII);
        assertEquals(List.of(), Checker.check(data));
        assertEquals("archipel data, format 2\n", Files.readString(data.resolve("FORMAT")), "reading changes nothing");
        Node.open(data, NodeOptions.DEFAULT).close();
        assertEquals(current, Files.readString(data.resolve("FORMAT")));
    }

    @Test
    void open_foreignOrNewerDirectory_isRefusedUntouched(@TempDir Path other) throws IOException {
        Files.writeString(other.resolve("photo.txt"), "x");
        assertTrue(assertThrows(NodeOpenException.class, () -> Node.open(other, NodeOptions.DEFAULT))
                .getMessage()
                .contains("photo.txt"));
        assertEquals(1, other.toFile().list().length);
        Path newer = Files.createDirectory(other.resolve("newer"));
        Files.writeString(newer.resolve("FORMAT"), "archipel data, format 999\n", StandardCharsets.US_ASCII);
        assertTrue(assertThrows(NodeOpenException.class, () -> Node.open(newer, NodeOptions.DEFAULT))
                .getMessage()
                .contains("newer Archipel"));
        Path older = Files.createDirectory(other.resolve("older"));
        Files.writeString(older.resolve("FORMAT"), "archipel data, format 1\n", StandardCharsets.US_ASCII);
        assertTrue(assertThrows(NodeOpenException.class, () -> Node.open(older, NodeOptions.DEFAULT))
                .getMessage()
                .contains("older Archipel (format 1"));
        assertEquals(1, older.toFile().list().length);
    }
}
