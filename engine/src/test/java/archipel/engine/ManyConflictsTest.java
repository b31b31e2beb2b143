package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A document with many leaves: what its bodies take is kept up to date without reading them all. */
class ManyConflictsTest {
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
}
