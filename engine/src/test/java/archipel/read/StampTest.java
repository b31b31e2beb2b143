package archipel.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When and on which node revisions came to be. */
class StampTest {
    private static final String OTHER = "00112233445566ff";
    private static final byte[] JSON = "{}".getBytes(UTF_8);

    private final InstantSource clock = InstantSource.system();

    @TempDir
    private Path directory;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.create("db");
    }

    @AfterEach
    void close() {
        node.close();
    }

    private void replicate(String id, @Nullable Stamp stamp, String... hashes) {
        database.write(
                List.of(new DocumentEdit.Replicated(
                        id,
                        new RevisionPath(hashes.length, List.of(hashes), stamp),
                        false,
                        new DocumentBody(JSON, List.of()))),
                false);
    }

    private void edit(String id, @Nullable Revision parent) {
        database.write(
                List.of(new DocumentEdit.Update(
                        id, parent, false, new DocumentBody(JSON, List.of()), CanonicalJson.digest(JSON, 0, 2))),
                false);
    }

    private Stamp stamp(String id, Revision revision) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return reader.documents().stamp(reader.documents().find(id), revision);
        }
    }

    private Stamp stamp(String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            return reader.documents().stamp(record, record.winner().revision());
        }
    }

    private String here() {
        return node.uuid().substring(0, 16);
    }

    @Test
    void stamp_ofWhatIsMadeHere_isTheBlocksTimeAndThisNode() {
        edit("doc", null);
        assertEquals(new Stamp(database.state().head().timeMs(), here()), stamp("doc"));
        replicate("other", null, "a");
        assertEquals(new Stamp(database.state().head().timeMs(), here()), stamp("other"));
    }

    @Test
    void stamp_thatCameWithARevision_stays() {
        Stamp stamp = new Stamp(1_700_000_000_000L, OTHER);
        replicate("doc", stamp, "a");
        replicate("doc", new Stamp(1_700_000_000_001L, OTHER), "b", "a");
        assertEquals(stamp, stamp("doc", new Revision(1, "a")), "also once it is superseded");
        replicate("doc", new Stamp(5, OTHER), "b", "a");
        assertEquals(new Stamp(1_700_000_000_001L, OTHER), stamp("doc"), "the first one counts");
        node.close();
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.database("db");
        assertEquals(new Stamp(1_700_000_000_001L, OTHER), stamp("doc"));
    }

    @Test
    void stamp_afterOneThatIsAhead_isNotBeforeIt() {
        long aheadMs = clock.millis() + 30_000;
        replicate("doc", new Stamp(aheadMs, OTHER), "a");
        edit("doc", new Revision(1, "a"));
        assertEquals(new Stamp(aheadMs, here()), stamp("doc"));
        assertTrue(database.state().head().timeMs() < aheadMs, "blocks go on by the clock");
    }

    @Test
    void stamp_farAhead_isTakenAsTheDriftThatIsAllowed() {
        replicate("doc", new Stamp(clock.millis() + 1_000_000_000L, OTHER), "a");
        Stamp bounded = stamp("doc");
        long drift = NodeOptions.DEFAULT.limits().clockDrift().toMillis();
        assertEquals(OTHER, bounded.node());
        assertTrue(bounded.timeMs() <= clock.millis() + drift, bounded::toString);
        assertTrue(bounded.timeMs() > clock.millis() + drift / 2, bounded::toString);
    }
}
