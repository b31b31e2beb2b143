package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.changes.Block;
import archipel.changes.FormerHead;
import archipel.changes.Sequence;
import archipel.command.SystemCommand;
import archipel.document.RequestException;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Positions in the history of a database whose name another one has now. */
class RecreatedDatabaseTest {
    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private Node node;

    @BeforeEach
    void open() {
        node = twins.open(directory.resolve("data"), NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
    }

    @AfterEach
    void close() {
        assertEquals(List.of(), Checker.check(node));
        node.close();
    }

    private static Block fill(Database database, int documents) {
        for (int i = 0; i < documents; i++) {
            Edits.put(database, "d" + i, null, "{}");
        }
        return database.state().head();
    }

    private static void assertFormerUpTo(long seq, Database database) {
        long head = database.state().head().lastSeq();
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            for (long at = 0; at < seq + 3; at++) {
                boolean former = at > head && at <= seq;
                assertEquals(former, reader.changes().isOfFormerDatabase(new Sequence(at, 0)), "seq " + at);
                assertEquals(former, reader.changes().isOfFormerDatabase(new Sequence(at, 7)), "seq " + at);
            }
        }
    }

    @Test
    void former_newName_isNone() {
        Database database = node.create("a");
        fill(database, 2);
        assertFormerUpTo(0, database);
    }

    @Test
    void former_droppedAndMadeAgain_isHowFarTheNameEverCame() {
        Block first = fill(node.create("a"), 5);
        node.delete("a");
        Database second = node.create("a");
        assertFormerUpTo(5, second);
        assertEquals(BlockException.Kind.UNKNOWN, fifthBlock(second, first.hash()));
        assertEquals(
                BlockException.Kind.NOT_YET,
                fifthBlock(second, second.state().head().hash()));
        fill(second, 2);
        assertFormerUpTo(5, second);
        node.delete("a");
        Database third = node.create("a");
        assertFormerUpTo(5, third);
        assertEquals(BlockException.Kind.UNKNOWN, fifthBlock(third, first.hash()));
        fill(third, 7);
        node.delete("a");
        assertFormerUpTo(7, node.create("a"));
        assertFormerUpTo(0, node.create("b"));
    }

    /** What becomes of a reader that has seen a block 5 of that hash. */
    private static BlockException.Kind fifthBlock(Database database, byte[] hash) {
        Wanted wanted = new Wanted(
                new BlockSelector.AtLeast(5),
                List.of(new Wanted.NamedBlock(5, hash, "5")),
                Duration.ZERO,
                Consistency.ANY);
        return assertThrows(BlockException.class, () -> database.door().open(wanted, Visibility.EVERYTHING))
                .kind();
    }

    @Test
    void former_restartBeforeAndAfterTheNameIsTakenAgain_isKept() {
        fill(node.create("a"), 5);
        fill(node.create("b"), 4);
        node.delete("a");
        node.delete("b");
        fill(node.create("b"), 1);
        node.close();
        open();
        assertFormerUpTo(5, node.create("a"));
        assertFormerUpTo(4, node.database("b"));
        node.close();
        open();
        assertFormerUpTo(5, node.database("a"));
    }

    @Test
    void former_backup_hasIt() throws InterruptedException {
        fill(node.create("a"), 5);
        fill(node.create("b"), 4);
        node.delete("a");
        node.delete("b");
        fill(node.create("b"), 1);
        node.backup(directory.resolve("backups"), (bytes, of) -> {});
        node.close();
        Backup.Restore.run(directory.resolve("backups"), directory.resolve("restored"), Backup.Restore.Wish.NEWEST);
        node = Node.open(directory.resolve("restored"), NodeOptions.DEFAULT);
        assertFormerUpTo(5, node.create("a"));
        assertFormerUpTo(4, node.database("b"));
    }

    @Test
    void former_forkThatTakesTheName_isKept() throws InterruptedException {
        fill(node.create("a"), 5);
        node.delete("a");
        Database source = node.create("source");
        fill(source, 3);
        Database fork = source.fork("a", Wanted.of(new BlockSelector.Number(2), Duration.ZERO));
        assertFormerUpTo(5, fork);
        try (Reader earlier =
                source.door().open(Wanted.of(new BlockSelector.Number(1), Duration.ZERO), Visibility.EVERYTHING)) {
            new DatabaseFork(node, source, earlier).rewind();
        }
        assertFormerUpTo(3, node.database("source"));
    }

    @Test
    void former_groupThatIsRefused_changesNothing() {
        fill(node.create("a"), 5);
        node.delete("a");
        assertThrows(
                RequestException.class, () -> node.submit(new SystemCommand.DropDatabase("none", 1, FormerHead.NONE)));
        node.create("b");
        assertFormerUpTo(5, node.create("a"));
    }
}
