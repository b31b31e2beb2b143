package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.RevisionPath;
import archipel.engine.Backup;
import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Databases of one member alone. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LocalDatabasesTest {
    private static final Wanted FRESH =
            new Wanted(BlockSelector.LATEST, List.of(), Duration.ofSeconds(10), Consistency.LINEARIZABLE);

    @TempDir
    private Path directory;

    private static void put(Database database, String id) {
        DocumentBody body = new DocumentBody("{}".getBytes(StandardCharsets.UTF_8), List.of());
        RevisionPath first = new RevisionPath(1, List.of("a"));
        assertTrue(database.write(List.of(new DocumentEdit.Replicated(id, first, false, body)), false)
                .applied());
    }

    private static void assertHas(Database database, long documents) throws InterruptedException {
        try (Reader reader = database.door().open(FRESH, Visibility.EVERYTHING)) {
            assertEquals(documents, reader.documents().count());
        }
    }

    private static Database local(Node node, String name) {
        return node.create(name, 1000, true);
    }

    @Test
    void local_withoutAMajority_isReadAndWritten() throws InterruptedException {
        try (Cluster cluster = new Cluster(directory, 2, options -> options, "a", "b", "c").start()) {
            cluster.leader(0);
            Node a = cluster.node("a");
            put(local(a, "notes"), "one");
            a.create("db");
            assertEquals(
                    ErrorCode.NO_DATABASE,
                    assertThrows(RequestException.class, () -> cluster.node("b").database("notes"))
                            .code());
            cluster.node("b").awaitNames();
            assertEquals(List.of("db"), cluster.node("b").databaseNames());
            cluster.stop("b");
            cluster.stop("c");
            Awaitility.await()
                    .until(() -> cluster.ensemble("a").consensus(0).standing().leader() == null);
            put(a.database("notes"), "two");
            assertHas(a.database("notes"), 2);
            put(local(a, "more"), "one");
            cluster.stop("a");
            Node again = cluster.start("a");
            assertHas(again.database("notes"), 2);
            assertHas(again.database("more"), 1);
            again.delete("more");
            assertEquals(List.of("db", "notes"), again.databaseNames());
            cluster.start("b");
            cluster.leader(0);
            put(again.database("db"), "one");
            assertHas(cluster.node("b").database("db"), 1);
        }
        assertEquals(List.of(), Checker.check(directory.resolve("a")));
    }

    @Test
    void backup_ofAMember_hasItsLocalDatabases() throws InterruptedException {
        Path backups = directory.resolve("backups");
        try (Cluster cluster = new Cluster(directory, 2, options -> options, "a").start()) {
            cluster.leader(0);
            cluster.leader(1);
            cluster.leader(2);
            Node a = cluster.node("a");
            put(local(a, "notes"), "one");
            put(a.create("db"), "one");
            a.backup(backups, (written, expected) -> {});
        }
        Path data = directory.resolve("restored");
        Backup.Restore.run(backups, data, Backup.Restore.Wish.NEWEST);
        try (Node node = Node.open(data, NodeOptions.DEFAULT)) {
            assertHas(node.database("notes"), 1);
            assertHas(node.database("db"), 1);
        }
    }
}
