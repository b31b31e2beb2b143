package archipel.engine;

import static archipel.engine.Edits.bytes;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.changes.Block;
import archipel.changes.Change;
import archipel.command.HorizonPolicy;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.index.Anchor;
import archipel.index.Index;
import archipel.index.IndexException;
import archipel.index.IndexReader;
import archipel.index.IndexRow;
import archipel.index.IndexWriter;
import archipel.index.Reducer;
import archipel.index.RowCursor;
import archipel.read.BlockSelector;
import archipel.read.ChangeCursor;
import archipel.read.DiffCursor;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.PurgeInfo;
import archipel.read.Reader;
import archipel.read.VersionCursor;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing of a hidden document leaves a reader, whatever it is asked for. */
class VisibilityTest {
    private static final String HIDDEN = "{\"hidden\":true}";
    private static final String SHOWN = "{\"v\":1}";

    /** Decides by the document's content, as rights to single documents do. */
    private static final Visibility BY_CONTENT = document -> {
        DocumentBody body = document.body();
        return body == null || !new String(body.json(), StandardCharsets.UTF_8).equals(HIDDEN);
    };

    private static final Predicate<String> EACH = id -> true;

    @TempDir
    private Path data;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = Node.open(data, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.create("db");
    }

    @AfterEach
    void close() {
        node.close();
        assertEquals(List.of(), Checker.check(data));
    }

    private Reader newest(Visibility visibility) {
        return database.door().newest(visibility);
    }

    private Reader at(long block, Visibility visibility) throws InterruptedException {
        return database.door().open(Wanted.of(new BlockSelector.Number(block), Duration.ZERO), visibility);
    }

    @Test
    void document_hidden_hasNoRecordAndNoBody() throws InterruptedException {
        Revision first = Edits.put(database, "x", null, HIDDEN);
        database.write(List.of(Edits.replicated("y", "1-a"), Edits.replicated("y", "1-b")), false);
        Revision y = Edits.put(database, "y", Revision.parse("1-b"), HIDDEN);
        Edits.put(database, "z", null, SHOWN);
        long block = database.state().head().number();
        for (Reader each : List.of(newest(BY_CONTENT), at(block, BY_CONTENT))) {
            try (Reader reader = each) {
                assertNull(reader.documents().find("x"));
                assertNull(reader.documents().body("x", first));
                assertNull(reader.documents().leafBody("x", first));
                // Of a conflict the losing leaf as well, which nothing hides by itself; and what the winner replaced.
                assertNull(reader.documents().find("y"));
                assertNull(reader.documents().leafBody("y", Revision.parse("1-a")));
                assertNull(reader.documents().body("y", Revision.parse("1-a")));
                assertNull(reader.documents().body("y", Revision.parse("1-b")));
                assertNull(reader.documents().body("y", y));
                assertNotNull(reader.documents().find("z"));
                assertEquals(1, reader.documents().count());
            }
        }
    }

    @Test
    void document_hiddenLater_isSeenAtTheBlockBefore() throws InterruptedException {
        Revision shown = Edits.put(database, "x", null, SHOWN);
        Edits.put(database, "x", shown, HIDDEN);
        try (Reader before = at(1, BY_CONTENT);
                Reader after = at(2, BY_CONTENT);
                Reader newest = newest(BY_CONTENT)) {
            assertEquals(SHOWN, Edits.json(before, "x", shown));
            assertEquals(List.of("x"), ids(before, false));
            assertEquals(List.of("1:x"), Edits.changes(before, 0, false));
            assertEquals(List.of(), ids(after, false));
            assertNull(newest.documents().body("x", shown), "an old revision of a hidden document");
            // The version itself was visible; the document is not any more.
            assertEquals(List.of("1:x"), versions(newest.versions().after(0)));
            assertEquals(List.of("1:x"), versions(newest.versions().byId(null)));
            assertEquals(List.of(), Edits.changes(newest, 0, false));
        }
    }

    @Test
    void body_ofAVersionThatWasHidden_isNotShownWhereTheDocumentIs() {
        Revision hidden = Edits.put(database, "x", null, HIDDEN);
        Revision shown = Edits.put(database, "x", hidden, SHOWN);
        Revision newest = Edits.put(database, "x", shown, "{\"v\":2}");
        try (Reader reader = newest(BY_CONTENT);
                Reader everything = newest(Visibility.EVERYTHING)) {
            assertNull(reader.documents().body("x", hidden));
            assertEquals(SHOWN, Edits.json(reader, "x", shown));
            assertEquals("{\"v\":2}", Edits.json(reader, "x", newest));
            assertEquals(HIDDEN, Edits.json(everything, "x", hidden));
        }
    }

    /** A row shows what its document was at the index's block, whatever became of the document since. */
    @Test
    void rows_ofAnIndexThatIsBehind_areOfWhatWasVisibleThen() throws InterruptedException {
        Revision x = Edits.put(database, "x", null, HIDDEN);
        Revision y = Edits.put(database, "y", null, SHOWN);
        Index index = index();
        Edits.put(database, "x", x, SHOWN);
        Edits.put(database, "y", y, HIDDEN);
        int before = node.store().openSnapshots();
        try (Reader reader = newest(BY_CONTENT);
                IndexReader rows = reader.rows(index, 2)) {
            assertEquals(List.of("y"), rowIds(rows));
            assertEquals(1, rows.rows(0));
        }
        try (Reader reader = at(3, BY_CONTENT);
                IndexReader rows = reader.rows(index, 2)) {
            assertEquals(List.of("y"), rowIds(rows));
        }
        assertEquals(before, node.store().openSnapshots());
        database.setHorizon(new HorizonPolicy.Newest(1, Duration.ZERO));
        await().until(() -> database.horizon().block() == 4);
        try (Reader reader = newest(BY_CONTENT)) {
            assertThrows(IndexException.class, () -> reader.rows(index, 2));
        }
        try (Reader reader = newest(Visibility.EVERYTHING);
                IndexReader rows = reader.rows(index, 2)) {
            assertEquals(List.of("x", "y"), rowIds(rows));
        }
    }

    private static List<String> rowIds(IndexReader rows) {
        List<String> ids = new ArrayList<>();
        try (RowCursor cursor = rows.rows(0, null, null, false)) {
            while (cursor.next()) {
                ids.add(cursor.row().id());
            }
        }
        return ids;
    }

    @Test
    void diff_acrossAChangeOfWhatIsVisible_showsWhatTheReaderSaw() {
        Revision x = Edits.put(database, "x", null, SHOWN);
        Revision y = Edits.put(database, "y", null, HIDDEN);
        Revision z = Edits.put(database, "z", null, HIDDEN);
        Edits.put(database, "x", x, HIDDEN);
        Edits.put(database, "y", y, SHOWN);
        Edits.put(database, "z", z, HIDDEN);
        try (Reader reader = newest(BY_CONTENT);
                DiffCursor diff = reader.changes()
                        .diff(reader.blocks().find(3), reader.blocks().find(6), 0)) {
            List<String> found = new ArrayList<>();
            while (diff.next()) {
                DiffCursor.Difference one = diff.difference();
                found.add(
                        one.id() + ' ' + one.before().size() + ' ' + one.after().size());
            }
            assertEquals(List.of("x 1 0", "y 0 1"), found);
        }
    }

    @Test
    void locals_andPurges_areHiddenUnlessTheyAreShown() {
        Revision x = Edits.put(database, "x", null, SHOWN);
        database.putLocal("_local/c", bytes("{}"));
        database.purge(Map.of("x", List.of(x)));
        try (Reader reader = newest(BY_CONTENT)) {
            assertNull(reader.locals().find("_local/c"));
            assertEquals(List.of(), reader.locals().list(null, 10));
            assertEquals(List.of(), reader.purges().after(0, 10));
        }
        Visibility more = new Visibility() {
            @Override
            public boolean sees(StoredDocument document) {
                return false;
            }

            @Override
            public boolean seesLocal(String id) {
                return true;
            }

            @Override
            public boolean seesPurged(String id) {
                return true;
            }
        };
        try (Reader reader = newest(more)) {
            assertNotNull(reader.locals().find("_local/c"));
            assertEquals(1, reader.locals().list(null, 10).size());
            assertEquals(
                    List.of("x"),
                    reader.purges().after(0, 10).stream().map(PurgeInfo::id).toList());
        }
    }

    /** Whatever is written: what a filter by id leaves over is what all readers see, less the hidden ids. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void reads_ofARandomHistory_areThoseOfEverybodyLessWhatIsHidden(long seed) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 120; i++) {
            write(random);
        }
        Index index = index();
        long head = database.state().head().number();
        Predicate<String> shown = id -> id.hashCode() % 3 != 0;
        Visibility visibility = document -> shown.test(document.id());
        Visibility all = document -> true;
        for (long block = head; block >= 0; block -= 1 + random.nextInt(9)) {
            boolean pinned = block < head || random.nextBoolean();
            try (Reader everything = pinned ? at(block, Visibility.EVERYTHING) : newest(Visibility.EVERYTHING);
                    Reader some = pinned ? at(block, visibility) : newest(visibility);
                    Reader asked = pinned ? at(block, all) : newest(all)) {
                long from = random.nextLong(block + 1);
                long seq = random.nextLong(database.state().head().lastSeq() + 1);
                assertEquals(told(everything, index, from, seq, shown), told(some, index, from, seq, EACH));
                assertEquals(told(everything, index, from, seq, EACH), told(asked, index, from, seq, EACH));
                assertEquals(told(everything, index, from, seq, shown), told(asked, index, from, seq, shown));
                assertEquals(everything.documents().count(), asked.documents().count());
                assertEquals(
                        everything.documents().deletedCount(), asked.documents().deletedCount());
                assertEquals(
                        everything.changes().pending(seq, 7), asked.changes().pending(seq, 7));
                assertEquals(
                        everything.changes().pending(seq, 999), asked.changes().pending(seq, 999));
                assertEquals(
                        list(some, false).size(),
                        some.documents().count() + some.documents().deletedCount());
                assertEquals(
                        Edits.changes(some, seq, false).size(), some.changes().pending(seq, 999));
            }
        }
    }

    private void write(SplittableRandom random) {
        String id = "d" + random.nextInt(12);
        switch (random.nextInt(4)) {
            case 0 -> database.write(List.of(Edits.replicated(id, "1-" + random.nextInt(4))), false);
            case 1 -> {
                Revision leaf = winner(id);
                if (leaf != null) {
                    database.write(List.of(Edits.update(id, leaf, true, "{}")), false);
                }
            }
            default ->
                database.write(List.of(Edits.update(id, winner(id), false, "{\"n\":" + random.nextInt() + "}")), false);
        }
    }

    private Revision winner(String id) {
        try (Reader reader = newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            return record == null ? null : record.winner().revision();
        }
    }

    /** A row for each version that was not deleted, of all blocks. */
    private Index index() {
        Index index = database.indexes().obtain("s", bytes("{}"), 1);
        try (Reader reader = newest(Visibility.EVERYTHING);
                VersionCursor versions = reader.versions().after(0);
                IndexWriter writer = index.write()) {
            while (versions.next()) {
                IndexRow row = new IndexRow(0, bytes(versions.id() + "\0"), versions.id(), 0, bytes("1"), bytes("2"));
                writer.replace(
                        versions.id(), versions.block(), versions.winner().deleted() ? List.of() : List.of(row));
            }
            Block head = reader.block();
            writer.commit(
                    new IndexWriter.Progress(0, head.number(), head.lastSeq(), 0, null, true, 0),
                    new Anchor(head.number(), head.hash()));
            writer.summarise(List.of(Count.INSTANCE));
        }
        return index;
    }

    private List<String> told(Reader reader, Index index, long from, long seq, Predicate<String> shown) {
        List<String> told = new ArrayList<>();
        told.add("documents " + filtered(list(reader, false), shown) + filtered(list(reader, true), shown));
        told.add("changes " + filtered(Edits.changes(reader, seq, false), shown)
                + filtered(Edits.changes(reader, seq, true), shown));
        told.add("of a block " + filtered(changesOf(reader, reader.block()), shown));
        told.add("versions " + filtered(versions(reader.versions().after(0)), shown)
                + filtered(versions(reader.versions().byId(null)), shown));
        told.add("diff " + filtered(diff(reader, from), shown));
        for (int i = 0; i < 12; i++) {
            DocumentRecord record = shown.test("d" + i) ? reader.documents().find("d" + i) : null;
            told.add("find " + (record == null ? null : record.tree().leaves()));
        }
        try (IndexReader rows = reader.rows(index, reader.block().number())) {
            List<String> ids = new ArrayList<>();
            try (RowCursor cursor = rows.rows(0, null, null, seq % 2 == 0)) {
                while (cursor.next()) {
                    ids.add("row:" + cursor.row().id());
                }
            }
            List<String> visible = filtered(ids, shown);
            told.add("rows " + visible);
            if (shown == EACH) {
                long count = rows.rows(0);
                byte[] reduced = rows.reduce(0, null, null, Count.INSTANCE);
                assertEquals(visible.size(), count);
                assertEquals(visible.size(), rows.count(0, null, null));
                assertEquals(
                        visible.isEmpty() ? null : Integer.toString(visible.size()),
                        reduced == null ? null : new String(reduced, StandardCharsets.UTF_8));
                try (RowCursor cursor = rows.rows(0, null, null, false)) {
                    assertEquals(Math.min(2, visible.size()), cursor.skip(2));
                }
            }
        }
        return told;
    }

    /** Entries have an id after their first colon. */
    private static List<String> filtered(List<String> entries, Predicate<String> shown) {
        return entries.stream()
                .filter(entry ->
                        shown.test(entry.substring(entry.indexOf(':') + 1).split(" ")[0]))
                .toList();
    }

    private static List<String> ids(Reader reader, boolean descending) {
        return list(reader, descending).stream()
                .map(entry -> entry.substring(1).split(" ")[0])
                .toList();
    }

    private static List<String> list(Reader reader, boolean descending) {
        List<String> found = new ArrayList<>();
        try (DocumentCursor cursor = reader.documents().cursor(null, descending, true)) {
            while (cursor.next()) {
                found.add(":" + cursor.id() + ' ' + cursor.winner() + ' ' + text(cursor.body()));
            }
        }
        return found;
    }

    private static List<String> changesOf(Reader reader, Block block) {
        List<String> found = new ArrayList<>();
        try (ChangeCursor cursor = reader.changes().of(block)) {
            while (cursor.next()) {
                Change change = cursor.change();
                found.add(change.sequence() + ":" + change.id());
            }
        }
        return found;
    }

    private static List<String> versions(VersionCursor versions) {
        List<String> found = new ArrayList<>();
        try (versions) {
            while (versions.next()) {
                found.add(versions.block() + ":" + versions.id());
            }
        }
        return found;
    }

    private static List<String> diff(Reader reader, long from) {
        List<String> found = new ArrayList<>();
        try (DiffCursor diff = reader.changes().diff(reader.blocks().find(from), reader.block(), 0)) {
            while (diff.next()) {
                DiffCursor.Difference one = diff.difference();
                found.add(one.sequence() + ":" + one.id() + ' ' + leaves(one.before()) + leaves(one.after()));
            }
        }
        return found;
    }

    private static List<Revision> leaves(List<Leaf> leaves) {
        return leaves.stream().map(Leaf::revision).toList();
    }

    private static String text(DocumentBody body) {
        return body == null ? "none" : new String(body.json(), StandardCharsets.UTF_8);
    }

    private enum Count implements Reducer {
        INSTANCE;

        @Override
        public byte[] reduce(List<IndexRow> rows) {
            return bytes(Integer.toString(rows.size()));
        }

        @Override
        public byte[] rereduce(List<byte[]> reductions) {
            return bytes(Integer.toString(reductions.stream()
                    .mapToInt(each -> Integer.parseInt(new String(each, StandardCharsets.UTF_8)))
                    .sum()));
        }
    }
}
