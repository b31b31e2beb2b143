package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.consensus.Confirmation;
import archipel.consensus.Consensus;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three members in one process, over real connections. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnsembleTest {
    private static final Wanted FRESH =
            new Wanted(BlockSelector.LATEST, List.of(), Duration.ofSeconds(10), Consistency.LINEARIZABLE);

    @TempDir
    private Path directory;

    private Cluster cluster(int groups) {
        return new Cluster(directory, groups, options -> options, "a", "b", "c");
    }

    private static void put(Node node, String id) {
        Database database = node.database("db");
        DocumentBody body = new DocumentBody("{}".getBytes(StandardCharsets.UTF_8), List.of());
        assertTrue(database.write(
                        List.of(new DocumentEdit.Replicated(id, new RevisionPath(1, List.of("a")), false, body)), false)
                .applied());
    }

    private static void assertFresh(Node node, long blocks) throws InterruptedException {
        try (Reader reader = node.database("db").door().open(FRESH, Visibility.EVERYTHING)) {
            assertEquals(blocks, reader.block().number());
        }
    }

    @Test
    void write_onAnyMember_isReadOnAllAtOnce() throws InterruptedException {
        try (Cluster cluster = cluster(2).start()) {
            cluster.leader(0);
            cluster.node("a").create("db");
            long written = 0;
            for (int i = 0; i < 30; i++) {
                for (String writer : cluster.names()) {
                    put(cluster.node(writer), "doc" + written++);
                    for (String reader : cluster.names()) {
                        assertFresh(cluster.node(reader), written);
                    }
                }
            }
            byte[] hash = hash(cluster.node("a"));
            for (String name : cluster.names()) {
                assertArrayEquals(hash, hash(cluster.node(name)));
            }
        }
    }

    private static byte[] hash(Node node) throws InterruptedException {
        try (Reader reader = node.database("db").door().open(FRESH, Visibility.EVERYTHING)) {
            return reader.block().hash();
        }
    }

    @Test
    void write_tooLargeForOneEntry_appliesWhole() throws InterruptedException {
        try (Cluster cluster = cluster(1).start()) {
            cluster.leader(0);
            Node writer = cluster.node("a");
            writer.create("db");
            for (int round = 0; round < 3; round++) {
                for (String name : cluster.names()) {
                    putLarge(cluster.node(name), name + round, 3 << 20);
                }
            }
            for (String name : cluster.names()) {
                assertFresh(cluster.node(name), 9);
            }
            assertEquals(
                    ErrorCode.COMMAND_TOO_LARGE,
                    assertThrows(RequestException.class, () -> putLarge(writer, "larger", 65 << 20))
                            .code());
            assertFresh(writer, 9);
        }
    }

    private static void putLarge(Node node, String id, int bytes) {
        List<DocumentEdit> edits = new ArrayList<>();
        byte[] text = ("{\"text\":\"" + "x".repeat(1 << 20) + "\"}").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes >> 20; i++) {
            edits.add(new DocumentEdit.Replicated(
                    id + i, new RevisionPath(1, List.of("a")), false, new DocumentBody(text, List.of())));
        }
        assertTrue(node.database("db").write(edits, false).applied());
    }

    @Test
    void leader_stops_anotherGoesOn() throws InterruptedException {
        try (Cluster cluster = cluster(2).start()) {
            cluster.leader(0);
            cluster.node("a").create("db");
            long written = 0;
            for (int round = 0; round < 3; round++) {
                String leader = cluster.leader(1);
                cluster.stop(leader);
                for (int i = 0; i < 10; i++) {
                    put(cluster.node(cluster.names().getFirst()), "doc" + written++);
                }
                cluster.start(leader);
                assertNotNull(cluster.leader(1));
                assertFresh(cluster.node(leader), written);
            }
        }
    }

    // The library tells of some failures a second time, after two seconds.
    @Test
    void confirm_withoutAMajority_isAnsweredOnce() {
        try (Cluster cluster = cluster(1).start()) {
            cluster.leader(1);
            cluster.stop("b");
            cluster.stop("c");
            Consensus consensus = cluster.ensemble("a").consensus(1);
            assertNotNull(consensus);
            Awaitility.await().until(() -> consensus.standing().leader() == null);
            AtomicInteger answers = new AtomicInteger();
            consensus.confirm(new Confirmation() {
                @Override
                public void confirmed() {
                    answers.addAndGet(100);
                }

                @Override
                public void failed(String reason) {
                    answers.incrementAndGet();
                }
            });
            Awaitility.await().during(Duration.ofSeconds(3)).until(() -> answers.get() <= 1);
            assertEquals(1, answers.get());
        }
    }

    // Its name and its rows come by two groups, of which either may be behind.
    @Test
    void database_madeOnAnotherMember_isThereAtOnce() {
        try (Cluster cluster = cluster(4).start()) {
            cluster.leader(0);
            for (int i = 0; i < 100; i++) {
                String name = "db" + i;
                cluster.node(cluster.names().get(i % 3)).create(name);
                for (String member : cluster.names()) {
                    assertEquals(name, cluster.node(member).database(name).name());
                }
            }
        }
    }
}
