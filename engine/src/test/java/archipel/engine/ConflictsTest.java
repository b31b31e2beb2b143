package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Digests;
import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.command.GroupCommand;
import archipel.command.WriteResult;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.engine.Machines.Replica;
import archipel.engine.Machines.Replica.Entry;
import archipel.merge.MergePolicy;
import archipel.read.BlockSelector;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.KeySpace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Documents with several leaves: what their bodies take is kept up to date without reading them all, those in conflict
 * have rows, and edits end a conflict.
 */
class ConflictsTest {
    private static final String ID = "a";

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    @Test
    void liveBytes_ofManyLeaves_areRight() {
        long perLeaf = body(0).json().length;
        try (Node node = twins.open(directory.resolve("data"), NodeOptions.DEFAULT)) {
            Database database = node.create("db");
            List<DocumentEdit> edits = new ArrayList<>();
            for (int i = 0; i < 3_000; i++) {
                edits.add(branch(i, List.of(hash(i))));
            }
            database.write(edits, false);
            assertEquals(3_000 * perLeaf, database.state().liveBodyBytes());
            // A branch grows, one is new, one was written before.
            database.write(
                    List.of(branch(7, List.of(hash(9_007), hash(7))), branch(5_000, List.of(hash(5_000)))), false);
            database.write(List.of(branch(8, List.of(hash(8)))), false);
            assertEquals(3_001 * perLeaf, database.state().liveBodyBytes());
            database.purge(Map.of(ID, List.of(new Revision(2, hash(9_007)), new Revision(1, hash(9)))));
            assertEquals(2_999 * perLeaf, database.state().liveBodyBytes());
        }
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    @Test
    void write_manyRowsOfOneDocument_storesWhatRowsOneByOneStore() {
        List<DocumentEdit> edits = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(7);
        List<List<String>> paths = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            List<String> parent = random.nextInt(4) == 0 || paths.isEmpty()
                    ? List.of()
                    : paths.get(random.nextInt(Math.max(0, paths.size() - 20), paths.size()));
            List<String> path = new ArrayList<>(List.of(hash(i)));
            path.addAll(parent);
            paths.add(path);
            DocumentBody body = body(i);
            edits.add(new DocumentEdit.Replicated(
                    ID,
                    new RevisionPath(path.size(), path.subList(0, random.nextInt(1, path.size() + 1))),
                    random.nextInt(5) == 0,
                    body));
            if (random.nextInt(10) == 0) {
                edits.add(edits.get(random.nextInt(edits.size())));
            }
        }
        try (Node node = twins.open(directory.resolve("data"), NodeOptions.DEFAULT)) {
            Database together = node.create("together");
            Database single = node.create("single");
            together.write(edits.subList(0, 100), false);
            together.write(edits.subList(100, edits.size()), false);
            edits.forEach(edit -> single.write(List.of(edit), false));
            try (Reader one = single.door().newest(Visibility.EVERYTHING);
                    Reader all = together.door().newest(Visibility.EVERYTHING)) {
                DocumentRecord expected = Objects.requireNonNull(one.documents().find(ID));
                DocumentRecord stored = Objects.requireNonNull(all.documents().find(ID));
                assertArrayEquals(expected.tree().encode(), stored.tree().encode());
                assertEquals(expected.winner(), stored.winner());
                assertEquals(single.state().liveBodyBytes(), together.state().liveBodyBytes());
                for (Leaf leaf : expected.tree().leaves()) {
                    assertEquals(Edits.json(one, ID, leaf.revision()), Edits.json(all, ID, leaf.revision()));
                }
            }
        }
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    @Test
    void write_chainLongerThanTheLimit_keepsTheNewestAndNoBodyOfOthers() {
        try (Node node = twins.open(directory.resolve("data"), NodeOptions.DEFAULT)) {
            Database database = node.create("db");
            database.setRevisionsLimit(3);
            List<DocumentEdit> edits = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                edits.add(branch(i, i == 0 ? List.of(hash(0)) : List.of(hash(i), hash(i - 1)), i + 1));
            }
            database.write(edits, false);
            try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
                RevisionTree tree =
                        Objects.requireNonNull(reader.documents().find(ID)).tree();
                assertEquals(List.of(new Leaf(new Revision(10, hash(9)), false)), tree.leaves());
                assertEquals(3, tree.size());
            }
            assertEquals(3L * body(0).json().length, database.state().bodyBytes());
        }
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    private static DocumentEdit branch(int number, List<String> hashes, int generation) {
        return new DocumentEdit.Replicated(ID, new RevisionPath(generation, hashes), false, body(number));
    }

    private static DocumentEdit branch(int number, List<String> hashes) {
        return new DocumentEdit.Replicated(ID, new RevisionPath(hashes.size(), hashes), false, body(number));
    }

    private static DocumentBody body(int number) {
        return new DocumentBody("{\"n\":%06d}".formatted(100_000 + number).getBytes(StandardCharsets.UTF_8), List.of());
    }

    private static String hash(int number) {
        return "%032x".formatted(number);
    }

    private static Revision rev(String text) {
        return Revision.parse(text);
    }

    private static List<String> conflicts(Reader reader, @Nullable String start, boolean descending) {
        List<String> found = new ArrayList<>();
        try (DocumentCursor cursor = reader.documents().conflicts(start, descending)) {
            while (cursor.next()) {
                found.add(cursor.id());
            }
        }
        return found;
    }

    private static List<String> conflicts(Database database) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return conflicts(reader, null, false);
        }
    }

    private static List<Leaf> leaves(Database database, String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return reader.documents().find(id).tree().leaves();
        }
    }

    /** Two leaves, 2-b and 2-a. */
    private static void conflict(Database database, String id) {
        database.write(List.of(Edits.replicated(id, "2-a", "1-r"), Edits.replicated(id, "2-b", "1-r")), false);
    }

    private static DocumentEdit.Resolution resolution(String id, @Nullable String json, Revision... leaves) {
        List<Revision> all = List.of(leaves);
        DocumentEdit.Update result = json == null ? null : Edits.update(id, all.getFirst(), false, json);
        return new DocumentEdit.Resolution(id, all, all.subList(1, all.size()), result, null);
    }

    private static EditResult only(WriteResult result) {
        return result.results().getFirst();
    }

    @Test
    void rows_followEveryChange() throws Exception {
        Path data = directory.resolve("data");
        try (Node node = twins.open(data, NodeOptions.DEFAULT)) {
            Database database = node.create("db");
            Edits.put(database, "plain", null, "{}");
            conflict(database, "a");
            conflict(database, "b");
            conflict(database, "c");
            conflict(database, "d");
            assertEquals(List.of("a", "b", "c", "d"), conflicts(database));
            // By a resolution, by a deletion of a leaf, by a purge of a leaf, and of all.
            assertEquals(
                    new EditResult.Accepted("a", rev("2-b")),
                    only(database.write(List.of(resolution("a", null, rev("2-b"), rev("2-a"))), false)));
            database.write(List.of(Edits.update("b", rev("2-a"), true, "{}")), false);
            database.purge(Map.of("c", List.of(rev("2-a"))));
            assertEquals(List.of("d"), conflicts(database));
            database.purge(Map.of("d", List.of(rev("2-a"), rev("2-b"))));
            assertEquals(List.of(), conflicts(database));
            conflict(database, "c");
            assertEquals(List.of("c"), conflicts(database));
        }
        assertEquals(List.of(), Checker.check(data));
    }

    @Test
    void conflicts_atAnEarlierBlock_areThoseOfThen() throws Exception {
        try (Node node = twins.open(directory.resolve("data"), NodeOptions.DEFAULT)) {
            Database database = node.create("db");
            conflict(database, "a");
            conflict(database, "b");
            conflict(database, "c");
            byte[] block = database.state().head().hash();
            database.write(List.of(resolution("b", "{\"x\":1}", rev("2-b"), rev("2-a"))), false);
            try (Reader then = database.door()
                            .open(Wanted.of(new BlockSelector.Hash(block), Duration.ZERO), Visibility.EVERYTHING);
                    Reader now = database.door().newest(Visibility.EVERYTHING)) {
                assertEquals(List.of("a", "b", "c"), conflicts(then, null, false));
                assertEquals(List.of("b", "a"), conflicts(then, "b", true));
                assertEquals(List.of("a", "c"), conflicts(now, null, false));
                assertEquals(List.of("c"), conflicts(now, "b", false));
                assertEquals(List.of("a"), conflicts(now, "b", true));
                assertEquals(List.of("c", "a"), conflicts(now, null, true));
            }
            Database fork = database.fork("fork", Wanted.of(new BlockSelector.Hash(block), Duration.ZERO));
            assertEquals(List.of("a", "b", "c"), conflicts(fork));
        }
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    @Test
    void resolution_ofOtherLeavesThanThereAre_isAConflictAndChangesNothing() {
        try (Node node = twins.open(directory.resolve("data"), NodeOptions.DEFAULT)) {
            Database database = node.create("db");
            conflict(database, "a");
            List<Leaf> before = leaves(database, "a");
            for (DocumentEdit.Resolution stale : List.of(
                    resolution("a", "{}", rev("2-b")),
                    resolution("a", "{}", rev("2-a"), rev("2-b")),
                    resolution("a", null, rev("2-c"), rev("2-b"), rev("2-a")),
                    resolution("none", "{}", rev("2-b"), rev("2-a")))) {
                EditResult.Rejected rejected = (EditResult.Rejected) only(database.write(List.of(stale), false));
                assertEquals(ErrorCode.CONFLICT, rejected.code());
            }
            assertEquals(before, leaves(database, "a"));
        }
    }

    @Test
    void resolution_withAResult_writesItAndTombstonesInOneBlock() {
        try (Node node = twins.open(directory.resolve("data"), NodeOptions.DEFAULT)) {
            Database database = node.create("db");
            conflict(database, "a");
            long before = database.state().head().number();
            DocumentEdit.Resolution edit = resolution("a", "{\"m\":1}", rev("2-b"), rev("2-a"));
            EditResult.Accepted accepted = (EditResult.Accepted) only(database.write(List.of(edit), false));
            assertEquals(before + 1, database.state().head().number());
            assertEquals(edit.revision(), accepted.revision());
            try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
                List<Leaf> leaves = reader.documents().find("a").tree().leaves();
                assertEquals(new Leaf(accepted.revision(), false), leaves.getFirst());
                assertTrue(leaves.getLast().deleted());
                assertEquals(2, leaves.size());
                assertEquals("{\"m\":1}", Edits.json(reader, "a", accepted.revision()));
                assertEquals(
                        "{\"merged_into\":\"" + accepted.revision() + "\"}",
                        Edits.json(reader, "a", leaves.getLast().revision()));
            }
            EditResult again = only(database.write(List.of(edit), false));
            assertFalse(again instanceof EditResult.Accepted);
        }
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    @Test
    void resolution_ofAPart_leavesTheRestInConflict() {
        try (Node node = twins.open(directory.resolve("data"), NodeOptions.DEFAULT)) {
            Database database = node.create("db");
            conflict(database, "a");
            database.write(List.of(Edits.replicated("a", "2-c", "1-r")), false);
            List<Revision> all = List.of(rev("2-c"), rev("2-b"), rev("2-a"));
            database.write(List.of(new DocumentEdit.Resolution("a", all, List.of(rev("2-a")), null, null)), false);
            assertEquals(List.of("a"), conflicts(database));
            assertEquals(3, leaves(database, "a").size());
        }
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    @Test
    void mergePolicy_survivesARestart() {
        Path data = directory.resolve("data");
        try (Node node = twins.open(data, NodeOptions.DEFAULT)) {
            Database database = node.create("db");
            assertEquals(MergePolicy.KEEP, database.mergePolicy());
            database.setMergePolicy(new MergePolicy.Text(List.of("body")));
            Edits.put(database, "x", null, "{}");
        }
        try (Node node = twins.open(data, NodeOptions.DEFAULT)) {
            assertEquals(
                    new MergePolicy.Text(List.of("body")), node.database("db").mergePolicy());
            node.database("db").setMergePolicy(MergePolicy.KEEP);
        }
    }

    /** What earlier versions wrote has no such rows until the group is raised to the format that has them. */
    @Test
    void raise_dataWithConflicts_givesThemRows() {
        try (Replica replica = new Replica(directory, FormatVersion.V5)) {
            KeySpace keys = new KeySpace(1, 1);
            long index = 0;
            replica.apply(
                    Entry.of(1, ++index, 1, new DataCommand.CreateDatabase(1, "beef", 5, 10, 10), FormatVersion.V4));
            replica.apply(Entry.of(1, ++index, 1, write(Edits.replicated("a", "2-a", "1-r")), FormatVersion.V4));
            replica.apply(Entry.of(1, ++index, 1, write(Edits.replicated("a", "2-b", "1-r")), FormatVersion.V4));
            replica.apply(Entry.of(1, ++index, 1, write(Edits.replicated("b", "2-b", "1-r")), FormatVersion.V4));
            assertEquals(Map.of(), replica.rows().getOrDefault(Family.CONFLICT, Map.of()));
            // The last one before it in the same round.
            replica.applyTogether(List.of(
                    Entry.of(1, ++index, 1, write(Edits.replicated("b", "2-c", "1-r")), FormatVersion.V4),
                    Entry.of(1, ++index, 1, new GroupCommand.RaiseFormat(5), FormatVersion.V4),
                    Entry.of(1, ++index, 1, write(Edits.replicated("c", "2-c", "1-r")), FormatVersion.V5)));
            assertEquals(3, replica.rows().get(Family.CONFLICT).size());
            assertEquals(0, replica.store().get(Family.CONFLICT, keys.conflictsKept()).length);
            assertEquals(0, replica.store().get(Family.CONFLICT, keys.conflict("a")).length);
            assertEquals(0, replica.store().get(Family.CONFLICT, keys.conflict("b")).length);
            assertNull(replica.store().get(Family.CONFLICT, keys.conflict("c")));
        }
    }

    private static DataCommand.WriteDocuments write(DocumentEdit edit) {
        return new DataCommand.WriteDocuments(
                1,
                7,
                List.of(new DataCommand.Edit(edit, Digests.of(edit.body().json()))),
                false,
                List.of(),
                DataCommand.ANY_RULES);
    }
}
