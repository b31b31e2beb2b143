package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.GroupCommand.Once;
import archipel.consensus.Confirmation;
import archipel.consensus.Consensus;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.RevisionPath;
import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.HalfDropped;
import archipel.engine.Node;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.transport.Exchange;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
        put(node.database("db"), id);
    }

    private static void put(Database database, String id) {
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

    /** Another member may know the name still: nobody is told that it is gone before that one cannot show the rows. */
    @Test
    void find_ofADatabaseThatWasHalfDropped_leavesNothingThatAnyMemberShows() {
        try (Cluster cluster = cluster(2).start()) {
            Database known = halfDropped(cluster);
            // One that knows the name still finds the database by it.
            Awaitility.await().until(() -> cluster.node("b").find("db") == null);
            assertEquals(
                    ErrorCode.NO_DATABASE,
                    assertThrows(RequestException.class, () -> cluster.node("b").database("db"))
                            .code());
            assertGone(cluster.node("c"), known);
        }
    }

    @Test
    void create_ofADatabaseThatWasHalfDropped_leavesNothingOfTheFormerOne() {
        try (Cluster cluster = cluster(2).start()) {
            Database known = halfDropped(cluster);
            cluster.node("b").create("db");
            assertGone(cluster.node("c"), known);
        }
    }

    /** @return as {@code c} knows it */
    private static Database halfDropped(Cluster cluster) {
        cluster.names().forEach(name -> HalfDropped.endUpkeep(cluster.node(name)));
        cluster.node("a").create("db");
        Database known = cluster.node("c").database("db");
        HalfDropped.drop(cluster.node("a"), cluster.node("a").database("db"));
        return known;
    }

    // Whoever knows the name asks for the newest of the database's own group.
    private static void assertGone(Node node, Database known) {
        assertFalse(HalfDropped.hasRows(node, known));
    }

    @Test
    void extend_beforeTheMembersHaveAFormatForIt_isRefusedAndStopsNothing() {
        try (Cluster cluster = cluster(1)) {
            CompletableFuture<Boolean> early = cluster.start("a").extend(new byte[0], 0);
            cluster.start("b");
            cluster.start("c");
            assertEquals(ErrorCode.FORMAT_TOO_OLD, refusal(early).code());
            cluster.node("a").create("db");
        }
    }

    private static RequestException refusal(CompletableFuture<?> write) {
        ExecutionException failed = assertThrows(ExecutionException.class, write::get);
        return assertInstanceOf(RequestException.class, failed.getCause());
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

    /** An answer to a command that was forwarded. */
    private static final class Answer implements Exchange {
        private final CompletableFuture<Boolean> applied = new CompletableFuture<>();

        @Override
        public void answer(ByteBuffer... answer) {
            applied.complete(true);
        }

        @Override
        public void fail(String message) {
            applied.complete(false);
        }
    }

    private static boolean forward(ReplicatedGroup leader, byte[] command) {
        Answer answer = new Answer();
        leader.forwarded(ByteBuffer.wrap(command), answer);
        return answer.applied.join();
    }

    /** In the log they would stop the group on all members, also after a restart. */
    @Test
    void forward_ofBytesThatAreNoCommand_isRefusedAndAllGoOn() throws InterruptedException {
        try (Cluster cluster = cluster(1).start()) {
            cluster.leader(0);
            cluster.node("a").create("db");
            put(cluster.node("a"), "first");
            ReplicatedGroup leader =
                    cluster.ensemble(cluster.leader(1)).log().groups().get(1);
            Command<?> settle = new DataCommand.Settle(7, 5);
            byte[] good = leader.codec().encode(new Once<>(77, 1, 1, 0, settle));
            byte[] unknown = good.clone();
            unknown[1] ^= 1;
            byte[] bare = leader.codec().encode(settle);
            for (byte[] bytes : List.of(new byte[0], new byte[50], Arrays.copyOf(good, 9), unknown, bare)) {
                assertFalse(forward(leader, bytes));
            }
            // Refused by the group, as there is no such database: which is an outcome.
            assertTrue(forward(leader, good));
            long written = 1;
            for (String name : cluster.names()) {
                put(cluster.node(name), "doc" + written++);
                assertFresh(cluster.node(name), written);
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

    /** Of those who give a name at the same time, by whichever members, one has it. */
    @Test
    void create_ofOneNameOnAllMembersAtOnce_succeedsOnce() throws Exception {
        try (Cluster cluster = cluster(4).start();
                ExecutorService threads = Executors.newCachedThreadPool()) {
            cluster.leader(0);
            for (int i = 0; i < 20; i++) {
                String name = "db" + i;
                CyclicBarrier together = new CyclicBarrier(6);
                List<Future<Boolean>> made = new ArrayList<>();
                for (int client = 0; client < 6; client++) {
                    Node node = cluster.node(cluster.names().get(client % 3));
                    made.add(threads.submit(() -> {
                        together.await();
                        return creates(node, name);
                    }));
                }
                int succeeded = 0;
                for (Future<Boolean> one : made) {
                    succeeded += one.get() ? 1 : 0;
                }
                assertEquals(1, succeeded, name);
                put(cluster.node("a").database(name), "one");
                for (String member : cluster.names()) {
                    assertEquals(
                            cluster.node("a").database(name).createdMs(),
                            cluster.node(member).database(name).createdMs());
                    try (Reader reader =
                            cluster.node(member).database(name).door().open(FRESH, Visibility.EVERYTHING)) {
                        assertEquals(1, reader.documents().count());
                    }
                }
            }
        }
        for (String member : List.of("a", "b", "c")) {
            assertEquals(List.of(), Checker.check(directory.resolve(member)));
        }
    }

    private static boolean creates(Node node, String name) {
        try {
            node.create(name);
            return true;
        } catch (RequestException e) {
            assertEquals(ErrorCode.DATABASE_EXISTS, e.code());
            return false;
        }
    }

    /** What was sent to a leader that lives is told what came of it, though the member that has sent it stops. */
    @Test
    void stop_ofAFollowerThatHasSentWrites_tellsWhatCameOfThem() throws Exception {
        try (Cluster cluster = cluster(1).start();
                ExecutorService threads = Executors.newCachedThreadPool()) {
            String leader = cluster.leader(1);
            cluster.node(leader).create("db");
            String follower = cluster.names().stream()
                    .filter(name -> !name.equals(leader))
                    .findFirst()
                    .orElseThrow();
            Database database = cluster.node(follower).database("db");
            List<Future<?>> written = new ArrayList<>();
            CountDownLatch begun = new CountDownLatch(16);
            for (int client = 0; client < 16; client++) {
                String prefix = "client" + client + "-";
                written.add(threads.submit(() -> writeUntilStopped(database, prefix, begun)));
            }
            begun.await();
            cluster.stop(follower);
            for (Future<?> one : written) {
                one.get();
            }
        }
    }

    private static void writeUntilStopped(Database database, String prefix, CountDownLatch begun) {
        for (int i = 0; ; i++) {
            try {
                put(database, prefix + i);
                if (i == 3) {
                    begun.countDown();
                }
            } catch (RequestException e) {
                assertEquals(ErrorCode.STOPPING, e.code(), "a write that was sent is undecided");
                return;
            }
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
