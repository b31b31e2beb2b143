package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A document with many leaves: what its bodies take is kept up to date without reading them all. */
class ManyConflictsTest {
    private static final String ID = "a";

    @TempDir
    private Path directory;

    @Test
    void liveBytes_ofManyLeaves_areRight() {
        long perLeaf = body(0).json().length;
        try (Node node = Node.open(directory.resolve("data"), NodeOptions.DEFAULT)) {
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
