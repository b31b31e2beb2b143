package archipel.merging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.access.ConflictResolver;
import archipel.access.DocumentWrite;
import archipel.access.WriteGate;
import archipel.access.WriteLimits;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.functions.Functions;
import archipel.functions.ScriptFunctions;
import archipel.memory.MemoryBudget;
import archipel.merge.MergePlanner;
import archipel.merge.MergePolicy;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes that merge the same conflicts at the same time, while their revisions go back and forth. */
class TwoMergersTest {
    private static final int DOCUMENTS = 40;

    @TempDir
    private Path directory;

    @Test
    void merging_onBothNodes_endsWithTheSameTrees() throws IOException {
        try (Site one = new Site(directory.resolve("one"), MergePolicy.FIELDS);
                Site two = new Site(directory.resolve("two"), new MergePolicy.Text(List.of("text")))) {
            RevisionPath root = new RevisionPath(1, List.of("r"));
            for (int i = 0; i < DOCUMENTS; i++) {
                for (Site site : List.of(one, two)) {
                    site.write("doc" + i, root, false, "{\"a\":1,\"b\":1,\"text\":\"x\"}");
                }
                one.write("doc" + i, new RevisionPath(2, List.of("a", "r")), false, "{\"a\":2,\"b\":1,\"text\":\"x\"}");
                two.write("doc" + i, new RevisionPath(2, List.of("b", "r")), false, "{\"a\":1,\"b\":2,\"text\":\"x\"}");
                if (i % 2 == 0) {
                    one.send(two);
                    two.send(one);
                }
            }
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
                one.send(two);
                two.send(one);
                return one.conflicts() == 0
                        && two.conflicts() == 0
                        && one.trees().equals(two.trees());
            });
            // The merge, and the deletion of the branch that lost: nobody made another one.
            assertTrue(
                    one.trees().stream().allMatch(tree -> tree.split(",").length == 2),
                    () -> one.trees().toString());
            assertEquals(DOCUMENTS, one.trees().size());
        }
    }

    /** A node that merges by itself. */
    private static final class Site implements AutoCloseable {
        private final Node node;
        private final Database database;
        private final WriteGate gate;
        private final Merger merger;

        Site(Path data, MergePolicy policy) {
            node = Node.open(data, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
            gate = new WriteGate(
                    Identities.FIXED,
                    new DatabaseAccess(() -> SecurityObject.EVERYONE),
                    DocumentGuard.OPEN,
                    new Functions(new ScriptFunctions(() -> {
                        throw new AssertionError("no JavaScript here");
                    })),
                    WriteLimits.NONE);
            merger = new Merger(
                    node,
                    new ConflictResolver(gate, () -> new MergePlanner.Bounds(100, 1 << 20)),
                    new MemoryBudget(MemoryBudget.Limits.DEFAULT));
            merger.start();
            database = node.create("db");
            database.setMergePolicy(policy);
        }

        void write(String id, RevisionPath path, boolean deleted, String json) throws IOException {
            ParsedDocument document =
                    new ParsedDocument(id, path.newest(), deleted, path, List.of(), json.getBytes(UTF_8));
            gate.write(database, UserContext.NODE, List.of(DocumentWrite.of(id, document, false)), false);
        }

        /** Each leaf that the other one lacks. */
        void send(Site other) throws IOException {
            List<Sent> all = new ArrayList<>();
            try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                    DocumentCursor cursor = reader.documents().cursor(null, false, false)) {
                while (cursor.next()) {
                    for (Leaf leaf : cursor.record().tree().leaves()) {
                        DocumentBody body = reader.documents().body(cursor.record(), leaf.revision());
                        RevisionPath path = cursor.record().tree().pathTo(leaf.revision());
                        all.add(new Sent(cursor.id(), path, leaf.deleted(), new String(body.json(), UTF_8)));
                    }
                }
            }
            for (Sent sent : all) {
                if (!other.has(sent.id, sent.path.newest())) {
                    other.write(sent.id, sent.path, sent.deleted, sent.json);
                }
            }
        }

        private boolean has(String id, Revision revision) {
            try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
                DocumentRecord record = reader.documents().find(id);
                return record != null && record.tree().isWritten(revision);
            }
        }

        int conflicts() {
            int count = 0;
            try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                    DocumentCursor cursor = reader.documents().conflicts(null, false)) {
                while (cursor.next()) {
                    count++;
                }
            }
            return count;
        }

        /** The leaves of each document. */
        List<String> trees() {
            List<String> trees = new ArrayList<>();
            try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                    DocumentCursor cursor = reader.documents().cursor(null, false, false)) {
                while (cursor.next()) {
                    trees.add(String.join(
                            ",",
                            cursor.record().tree().leaves().stream()
                                    .map(leaf -> leaf.revision() + (leaf.deleted() ? "!" : ""))
                                    .toList()));
                }
            }
            return trees;
        }

        @Override
        public void close() {
            merger.close();
            node.close();
        }
    }

    private record Sent(String id, RevisionPath path, boolean deleted, String json) {}
}
