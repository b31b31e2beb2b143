package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.memory.Allowance;
import archipel.read.BlockSelector;
import archipel.read.DocumentCursor;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** New databases from the blocks of others. */
class ForkTest {
    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = twins.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.find("a") == null ? node.create("a") : node.database("a");
    }

    @AfterEach
    void close() {
        List<String> findings = Checker.check(node);
        node.close();
        assertEquals(List.of(), findings);
    }

    private Database fork(long block) throws InterruptedException {
        return database.fork("b", Wanted.of(new BlockSelector.Number(block), Duration.ZERO));
    }

    private static List<String> told(Reader reader) {
        List<String> documents = new ArrayList<>();
        try (DocumentCursor cursor = reader.documents().cursor(null, false, true)) {
            while (cursor.next()) {
                StringBuilder text =
                        new StringBuilder(cursor.id() + " " + cursor.record().tree());
                cursor.record()
                        .tree()
                        .leaves()
                        .forEach(leaf -> text.append(' ').append(Edits.json(reader, cursor.id(), leaf.revision())));
                documents.add(text.toString());
            }
        }
        return documents;
    }

    @Test
    void fork_documentWithManyLargeLeaves_isCountedAsAWhole() throws InterruptedException {
        String large = "{\"pad\":\"" + "x".repeat(200_000) + "\"}";
        for (int i = 0; i < 10; i++) {
            database.write(List.of(Edits.replicated("c", "1-a" + i)), false);
            Edits.put(database, "c", Revision.parse("1-a" + i), large);
        }
        AtomicLong most = new AtomicLong();
        Allowance counting = new Allowance() {
            @Override
            public void hold(long bytes) {}

            @Override
            public void release(long bytes) {}

            @Override
            public void pass(long bytes) {
                most.accumulateAndGet(bytes, Math::max);
            }
        };
        ScopedValue.where(Allowance.CURRENT, counting)
                .call(() -> fork(database.state().head().number()));
        assertTrue(most.get() >= 2 * 10 * 200_000, "counted: " + most);
    }

    @Test
    void fork_earlierBlock_hasItsTreesAndLeavesAndNothingElse() throws InterruptedException, IOException {
        Revision x1 = Edits.put(database, "x", null, "{\"v\":1}");
        Revision x2 = Edits.put(database, "x", x1, "{\"v\":2}");
        database.write(List.of(Edits.replicated("c", "2-b", "1-a"), Edits.replicated("c", "2-c", "1-a")), false);
        byte[] content = Edits.noise(600_000);
        attach("y", content);
        attach("z", content);
        long block = database.state().head().number();
        Edits.put(database, "x", x2, "{\"v\":3}");
        Edits.put(database, "later", null, "{}");
        Database copy = fork(block);
        try (Reader then = database.door()
                        .open(Wanted.of(new BlockSelector.Number(block), Duration.ZERO), Visibility.EVERYTHING);
                Reader now = copy.door().newest(Visibility.EVERYTHING)) {
            assertEquals(told(then), told(now));
            assertEquals(then.documents().count(), now.documents().count());
            assertEquals("none", Edits.json(now, "x", x1), "bodies of leaves alone are copied");
            assertNull(now.documents().find("later"));
            DocumentBody body = now.documents()
                    .body(
                            now.documents().find("z"),
                            now.documents().find("z").winner().revision());
            assertArrayEquals(
                    content,
                    now.attachments().open(body.attachments().getFirst(), 0).readAllBytes());
        }
        assertEquals(content.length, copy.state().attachmentBytes());
        assertTrue(node.eventsSince(EventPosition.START).stream()
                .anyMatch(event -> event.database().equals("b") && event.kind().equals("created")));
        assertNull(copy.verify((name, at, head) -> true).fault());
        Edits.put(copy, "x", x2, "{\"v\":\"other\"}");
        node.close();
        open();
        assertEquals(List.of("a", "b"), node.databaseNames());
        assertEquals(4, node.database("b").state().documents());
    }

    private void attach(String id, byte[] content) throws IOException {
        try (AttachmentUpload upload = database.upload()) {
            Attachment attachment = upload.receive("f", "a/b", null, new ByteArrayInputStream(content), Long.MAX_VALUE);
            database.write(List.of(Edits.update(id, null, false, "{}", List.of(attachment))), false);
        }
    }

    @Test
    void fork_manyDocuments_takesSeveralBlocks() throws InterruptedException {
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < 1234; i++) {
            edits.add(Edits.update("d" + i, null, false, "{\"n\":" + i + "}"));
        }
        database.write(edits, false);
        Database copy = fork(1);
        assertEquals(1234, copy.state().documents());
        assertEquals(3, copy.state().head().number());
    }

    @Test
    void fork_nameTaken_isRefusedAndLeavesNothing() throws InterruptedException {
        Edits.put(database, "x", null, "{}");
        node.create("b");
        RequestException e = assertThrows(RequestException.class, () -> fork(1));
        assertEquals(ErrorCode.DATABASE_EXISTS, e.code());
        assertEquals(List.of("a", "b"), node.databaseNames());
        assertEquals(0, node.database("b").state().documents());
    }

    @Test
    void unfinished_afterARestart_isGoneAndWasNeverSeen() {
        EventPosition events = node.position();
        Database half = node.steps().build(DatabaseRow.DEFAULT_LIMIT, DatabaseRow.DEFAULT_LIMIT, false);
        half.writeCopies(List.of());
        assertEquals(List.of("a"), node.databaseNames());
        assertEquals(List.of(), node.eventsSince(events));
        node.close();
        open();
        node.putFact("after", "the drop");
        assertEquals(List.of("a"), node.databaseNames());
        assertEquals(List.of(), node.eventsSince(events));
        assertEquals("", half.name());
        Awaitility.await().until(() -> node.databaseNumbers(half.group()).size() == 1);
    }
}
