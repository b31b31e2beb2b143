package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Block;
import archipel.changes.Sequence;
import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.read.BlockCursor;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.ChangeCursor;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.storage.FaultyStore;
import archipel.storage.StorageException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Reads at a block that the reader chose. */
class PinnedReadTest {
    private static final Duration NOW = Duration.ZERO;

    private static final Map<String, Function<Reader, AutoCloseable>> WALKS = Map.of(
            "documents", reader -> reader.documents().cursor(null, false, true),
            "changes", reader -> reader.changes().after(0, false),
            "changes of a block", reader -> reader.changes().of(reader.block()),
            "differences", reader -> reader.changes().diff(block(reader, 1), reader.block(), 0),
            "versions by seq", reader -> reader.versions().after(0),
            "versions by id", reader -> reader.versions().byId(null));

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private final AtomicLong clock = new AtomicLong(1_000_000);
    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = twins.open(
                directory,
                NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS),
                () -> java.time.Instant.ofEpochMilli(clock.get()));
        database = node.find("a") == null ? node.create("a") : node.database("a");
    }

    @AfterEach
    void close() {
        List<String> findings = Checker.check(node);
        node.close();
        assertEquals(List.of(), findings);
    }

    private Reader at(long block) throws InterruptedException {
        return database.door().open(Wanted.of(new BlockSelector.Number(block), NOW), Visibility.EVERYTHING);
    }

    private BlockException refused(BlockSelector selector) {
        return assertThrows(
                BlockException.class,
                () -> database.door()
                        .open(Wanted.of(selector, NOW), Visibility.EVERYTHING)
                        .close());
    }

    @Test
    void number_updatedDeletedAndNewDocuments_areAsTheyStood() throws InterruptedException {
        Revision x1 = Edits.put(database, "x", null, "{\"v\":1}");
        Revision y1 = Edits.put(database, "y", null, "{\"v\":1}");
        Revision x2 = Edits.put(database, "x", x1, "{\"v\":2}");
        database.write(List.of(Edits.update("y", y1, true, "{}")), false);
        Edits.put(database, "z", null, "{}");
        try (Reader two = at(2)) {
            assertTrue(two.isPinned());
            assertEquals(x1, two.documents().find("x").winner().revision());
            assertEquals("{\"v\":1}", Edits.json(two, "x", x1));
            assertEquals("none", Edits.json(two, "x", x2));
            assertFalse(two.documents().find("y").winner().deleted());
            assertNull(two.documents().find("z"));
            assertEquals(2, two.documents().count());
            assertEquals(0, two.documents().deletedCount());
            assertEquals(List.of("1:x", "2:y"), Edits.changes(two, 0, false));
        }
        try (Reader three = at(3)) {
            assertEquals(List.of("2:y", "3:x"), Edits.changes(three, 0, false));
            assertEquals("none", Edits.json(three, "x", x1), "no leaf there, though its body is still stored");
        }
        try (Reader latest = database.door().newest(Visibility.EVERYTHING)) {
            assertFalse(latest.isPinned());
            assertEquals("{\"v\":1}", Edits.json(latest, "x", x1));
        }
    }

    @Test
    void hash_ofAnyBlock_isThatBlockAndAForeignOneIsUnknown() throws InterruptedException {
        Edits.put(database, "x", null, "{}");
        Block one = database.state().head();
        Edits.put(database, "y", null, "{}");
        try (Reader reader =
                database.door().open(Wanted.of(new BlockSelector.Hash(one.hash()), NOW), Visibility.EVERYTHING)) {
            assertEquals(one.number(), reader.block().number());
            assertNull(reader.documents().find("y"));
            assertNull(reader.blocks().find(database.state().head().hash()), "later than what is read");
        }
        byte[] foreign = one.hash().clone();
        foreign[31] ^= 1;
        BlockException e = refused(new BlockSelector.Hash(foreign));
        assertEquals(BlockException.Kind.UNKNOWN, e.kind());
        assertEquals("0x" + HexFormat.of().formatHex(foreign), e.asked());
        assertEquals(2, e.head().number());
        assertEquals(404, e.code().status());
        assertEquals(
                BlockException.Kind.UNKNOWN,
                refused(new BlockSelector.Hash(new byte[5])).kind());
    }

    @Test
    void atLeast_laterBlock_isWaitedForAndThenRefused() throws InterruptedException {
        assertEquals(503, refused(new BlockSelector.AtLeast(1)).code().status());
        Thread writer = Thread.ofVirtual().start(() -> Edits.put(database, "x", null, "{}"));
        try (Reader reader = database.door()
                .open(Wanted.of(new BlockSelector.AtLeast(1), Duration.ofSeconds(20)), Visibility.EVERYTHING)) {
            assertNotNull(reader.documents().find("x"));
            assertFalse(reader.isPinned());
        }
        writer.join();
        Thread second = Thread.ofVirtual().start(() -> Edits.put(database, "y", null, "{}"));
        try (Reader reader = database.door()
                .open(Wanted.of(new BlockSelector.Number(2), Duration.ofSeconds(20)), Visibility.EVERYTHING)) {
            assertEquals(2, reader.block().number());
        }
        second.join();
        BlockException e = refused(new BlockSelector.Number(3));
        assertEquals(BlockException.Kind.NOT_YET, e.kind());
        assertEquals("Block 3 does not exist yet; the newest is 2.", e.reason());
    }

    @Test
    void at_anyTime_isTheLastBlockNotLaterAndStaysIt() throws InterruptedException {
        clock.set(1_000_100);
        Edits.put(database, "x", null, "{}");
        clock.set(1_000_200);
        assertEquals(0, numberAt(1_000_099));
        assertEquals(1, numberAt(1_000_100));
        assertEquals(1, numberAt(1_000_150));
        // The clock goes back: the answer for the time that was told must not change.
        clock.set(1_000_120);
        Edits.put(database, "y", null, "{}");
        clock.set(1_000_300);
        assertEquals(1, numberAt(1_000_150));
        assertEquals(2, numberAt(1_000_151));
        assertEquals(
                BlockException.Kind.UNKNOWN,
                refused(new BlockSelector.At(999_999)).kind());
        assertEquals(
                BlockException.Kind.NOT_YET,
                refused(new BlockSelector.At(1_000_300)).kind());
    }

    private long numberAt(long timeMs) throws InterruptedException {
        try (Reader reader =
                database.door().open(Wanted.of(new BlockSelector.At(timeMs), NOW), Visibility.EVERYTHING)) {
            return reader.block().number();
        }
    }

    @Test
    void purge_anyDocument_makesEveryEarlierBlockUnreadable() throws InterruptedException {
        Revision x = Edits.put(database, "x", null, "{}");
        Edits.put(database, "x", x, "{\"v\":2}");
        Revision y = Edits.put(database, "y", null, "{}");
        database.purge(Map.of("y", List.of(y)));
        assertEquals(410, refused(new BlockSelector.Number(3)).code().status());
        try (Reader four = at(4)) {
            assertEquals(4, four.horizon());
            assertNull(four.documents().find("y"));
            assertEquals(1, four.purges().seq());
        }
    }

    @Test
    void purge_oneOfTwoLeaves_takesItsBodyAtOnce() {
        database.write(List.of(Edits.replicated("x", "2-b", "1-a"), Edits.replicated("x", "2-c", "1-a")), false);
        long both = database.state().bodyBytes();
        database.purge(Map.of("x", List.of(Revision.parse("2-c"))));
        assertEquals(both / 2, database.state().bodyBytes());
    }

    @Test
    void stemmedRevision_replicatedAgainWithAnotherBody_keepsWhatEarlierBlocksShow() throws InterruptedException {
        database.setRevisionsLimit(1);
        database.write(List.of(Edits.replicated("x", "1-a")), false);
        database.write(List.of(Edits.replicated("x", "2-b", "1-a")), false);
        DocumentEdit.Replicated again = Edits.replicated("x", "1-a");
        DocumentBody other = new DocumentBody(Edits.bytes("{\"other\":true}"), List.of());
        database.write(List.of(new DocumentEdit.Replicated("x", again.path(), false, other)), false);
        try (Reader one = at(1);
                Reader two = at(2);
                Reader latest = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals("{\"r\":\"1-a\"}", Edits.json(one, "x", Revision.parse("1-a")));
            assertEquals(
                    "none", Edits.json(two, "x", Revision.parse("1-a")), "forgotten by the tree, so it is not shown");
            assertTrue(latest.documents().find("x").tree().isLeaf(Revision.parse("1-a")));
            assertEquals("{\"r\":\"1-a\"}", Edits.json(latest, "x", Revision.parse("1-a")), "one name, one content");
        }
    }

    @Test
    void compact_supersededRevisions_areHiddenFromLatestReadsAlone() throws InterruptedException {
        Revision first = Edits.put(database, "x", null, "{\"v\":1}");
        Revision second = Edits.put(database, "x", first, "{\"v\":2}");
        database.compact();
        while (database.isCompacting()) {
            Thread.onSpinWait();
        }
        Edits.put(database, "x", second, "{\"v\":3}");
        try (Reader latest = database.door().newest(Visibility.EVERYTHING);
                Reader one = at(1)) {
            assertEquals("none", Edits.json(latest, "x", first));
            assertEquals("none", Edits.json(latest, "x", second), "written before the compaction, superseded after it");
            assertEquals("{\"v\":1}", Edits.json(one, "x", first));
        }
    }

    @Test
    void blocksAndTheirChanges_areListedInBothDirections() throws InterruptedException {
        Revision x = Edits.put(database, "x", null, "{}");
        database.write(List.of(Edits.update("y", null, false, "{}"), Edits.update("x", x, false, "{\"v\":2}")), false);
        Edits.put(database, "z", null, "{}");
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(List.of(1L, 2L, 3L), numbers(reader.blocks().after(0, false)));
            assertEquals(List.of(0L, 1L, 2L, 3L), numbers(reader.blocks().after(-1, false)));
            assertEquals(List.of(2L, 1L, 0L), numbers(reader.blocks().after(2, true)));
            assertEquals(List.of(3L, 2L, 1L, 0L), numbers(reader.blocks().after(Long.MAX_VALUE, true)));
            assertEquals(List.of("1:x"), changesOf(reader, 1));
            assertEquals(List.of("2:y", "3:x"), changesOf(reader, 2));
            assertEquals(List.of(), changesOf(reader, 0));
            assertNull(reader.blocks().find(4));
            assertNull(reader.blocks().find(-1));
        }
        try (Reader one = at(1)) {
            assertEquals(List.of(1L, 0L), numbers(one.blocks().after(9, true)));
        }
    }

    private static List<Long> numbers(BlockCursor cursor) {
        List<Long> numbers = new ArrayList<>();
        while (cursor.next()) {
            numbers.add(cursor.block().number());
        }
        return numbers;
    }

    private static List<String> changesOf(Reader reader, long block) {
        List<String> changes = new ArrayList<>();
        try (ChangeCursor cursor = reader.changes().of(reader.blocks().find(block))) {
            while (cursor.next()) {
                changes.add(cursor.change().sequence().number() + ":"
                        + cursor.change().id());
                assertEquals(block, cursor.change().blockNumber());
            }
        }
        return changes;
    }

    @Test
    void commonAncestor_ofAnotherHistory_isTheNewestSeqThatIsShared() {
        Edits.put(database, "x", null, "{}");
        Sequence shared = database.state().head().lastSequence();
        Edits.put(database, "y", null, "{}");
        Sequence other = new Sequence(2, database.state().head().hashPrefix() + 1);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(
                    shared, reader.changes().commonAncestor(List.of(new Sequence(9, 9), other, shared, Sequence.ZERO)));
            assertNull(reader.changes().commonAncestor(List.of(other)));
        }
    }

    @Test
    void pinnedRead_afterARestart_isTheSame() throws InterruptedException {
        Revision first = Edits.put(database, "x", null, "{\"v\":1}");
        Edits.put(database, "x", first, "{\"v\":2}");
        byte[] hash;
        try (Reader one = at(1)) {
            hash = one.block().hash();
        }
        node.close();
        open();
        try (Reader one = at(1)) {
            assertArrayEquals(hash, one.block().hash());
            assertEquals("{\"v\":1}", Edits.json(one, "x", first));
            assertEquals(1, one.documents().count());
        }
    }

    private static Block block(Reader reader, long number) {
        Block block = reader.blocks().find(number);
        if (block == null) {
            throw new AssertionError("there is no block " + number);
        }
        return block;
    }

    /** Where one cannot be opened, those that were opened before it are closed. */
    @Test
    void walk_oneOfItsCursorsFails_leavesNoneOpen() throws Exception {
        AtomicReference<FaultyStore> opened = new AtomicReference<>();
        Environment environment = Environment.of(InstantSource.system()).withStore((path, cache, buffer) -> {
            opened.set(FaultyStore.open(path, cache, buffer));
            return opened.get();
        });
        try (Node other = Node.openStill(directory.resolve("other"), NodeOptions.DEFAULT, environment)) {
            Database written = other.create("db");
            Revision revision = Edits.put(written, "x", null, "{}");
            Edits.put(written, "x", revision, "{\"n\":1}");
            Wanted pinned = Wanted.of(new BlockSelector.Number(2), Duration.ZERO);
            FaultyStore store = opened.get();
            int failures = 0;
            for (Map.Entry<String, Function<Reader, AutoCloseable>> walk : WALKS.entrySet()) {
                try (Reader reader = written.door().open(pinned, Visibility.EVERYTHING)) {
                    store.failCursor(null, 0);
                    walk.getValue().apply(reader).close();
                    assertEquals(0, store.openCursors(), walk.getKey());
                    for (int after = 0; fails(store, reader, walk.getValue(), after); after++) {
                        failures++;
                        assertEquals(0, store.openCursors(), walk.getKey() + ", cursor " + after);
                    }
                }
            }
            assertTrue(failures >= 2 * WALKS.size(), failures + " cursors failed");
            store.failCursor(null, 0);
        }
    }

    private static boolean fails(FaultyStore store, Reader reader, Function<Reader, AutoCloseable> walk, int after)
            throws Exception {
        store.failCursor(StorageException.Kind.IO, after);
        try {
            walk.apply(reader).close();
            return false;
        } catch (StorageException e) {
            return true;
        }
    }
}
