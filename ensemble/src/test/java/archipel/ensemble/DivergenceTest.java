package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.consensus.Completion;
import archipel.consensus.Consensus;
import archipel.divergence.Finding;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.RevisionPath;
import archipel.engine.Corruption;
import archipel.engine.Node;
import archipel.health.Problem;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Members whose data differs from that of the others: found, set aside, and rebuilt. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DivergenceTest {
    private static final Wanted FRESH =
            new Wanted(BlockSelector.LATEST, List.of(), Duration.ofSeconds(10), Consistency.LINEARIZABLE);
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    private Path directory;

    private final AtomicInteger written = new AtomicInteger();

    private Cluster cluster(String... names) {
        return new Cluster(directory, 1, options -> options, names);
    }

    private void put(Node node) {
        DocumentBody body = new DocumentBody("{}".getBytes(StandardCharsets.UTF_8), List.of());
        DocumentEdit edit = new DocumentEdit.Replicated(
                "doc" + written.incrementAndGet(), new RevisionPath(1, List.of("a")), false, body);
        assertTrue(node.database("db").write(List.of(edit), false).applied());
    }

    private static byte[] hash(Node node) throws InterruptedException {
        try (Reader reader = node.database("db").door().open(FRESH, Visibility.EVERYTHING)) {
            return reader.block().hash();
        }
    }

    private static void assertRefused(ErrorCode code, Runnable work) {
        assertEquals(code, assertThrows(RequestException.class, work::run).code());
    }

    /** Of the member, as another one tells. */
    private static JsonNode findings(Cluster cluster, String asked, String member) {
        for (JsonNode one : cluster.status(asked).path("members")) {
            if (one.path("name").asString("").equals(member)) {
                return one.path("findings");
            }
        }
        throw new AssertionError(cluster.status(asked).toString());
    }

    private static void awaitState(Cluster cluster, String member, String state) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            for (String asked : cluster.names()) {
                JsonNode findings = findings(cluster, asked, member);
                assertEquals(1, findings.size(), () -> asked + " says " + findings);
                assertEquals(state, findings.get(0).path("state").asString());
            }
        });
    }

    private static void awaitSound(Cluster cluster) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            for (String asked : cluster.names()) {
                for (String member : cluster.names()) {
                    assertEquals("[]", findings(cluster, asked, member).toString());
                }
            }
        });
    }

    private void assertSame(Cluster cluster) throws InterruptedException {
        byte[] hash = hash(cluster.node(cluster.names().getFirst()));
        for (String name : cluster.names()) {
            assertArrayEquals(hash, hash(cluster.node(name)), name);
        }
    }

    /** Starts a cluster with a database of five blocks, of which one member has another fifth one. */
    private Cluster differing(String member, String... names) throws InterruptedException {
        Cluster cluster = cluster(names).start();
        cluster.leader(0);
        cluster.node("a").create("db");
        for (int i = 0; i < 5; i++) {
            put(cluster.node("a"));
        }
        cluster.leader(1);
        assertSame(cluster);
        cluster.stop(member);
        Corruption.changeHead(cluster.data(member), 1);
        cluster.start(member);
        return cluster;
    }

    @Test
    void member_thatDiffers_servesNothingUntilItIsRebuilt() throws InterruptedException {
        try (Cluster cluster = differing("c", "a", "b", "c")) {
            awaitState(cluster, "c", "diverged");
            JsonNode finding = findings(cluster, "a", "c").get(0);
            assertEquals("db", finding.path("database").asString());
            assertEquals(5, finding.path("block").asInt());
            assertEquals(1, finding.path("group").asInt());
            assertTrue(cluster.node("c").health().has(Problem.DIVERGED));
            for (int run = 0; run < 2; run++) {
                Node wrong = cluster.node("c");
                Awaitility.await().until(() -> wrong.find("db") != null);
                assertRefused(
                        ErrorCode.DIVERGED,
                        () -> wrong.find("db")
                                .door()
                                .newest(Visibility.EVERYTHING)
                                .close());
                assertRefused(ErrorCode.DIVERGED, () -> put(wrong));
                assertFalse(cluster.ensemble("c").leads(1));
                put(cluster.node("a"));
                put(cluster.node("b"));
                // A restart changes nothing.
                cluster.stop("c");
                cluster.start("c");
                awaitState(cluster, "c", "diverged");
            }
            assertFalse(cluster.node("a").health().has(Problem.DIVERGED));
            awaitRebuild(cluster, "c", OptionalInt.empty());
            awaitSound(cluster);
            assertFalse(cluster.node("c").health().has(Problem.DIVERGED));
            put(cluster.node("c"));
            assertSame(cluster);
        }
    }

    /** What the watches of all members say in the log of a member. */
    private static final class Naming extends Handler implements AutoCloseable {
        private static final Logger LOG = Logger.getLogger("archipel.divergence.ChainWatch");
        private final AtomicInteger said = new AtomicInteger();

        Naming() {
            LOG.addHandler(this);
        }

        @Override
        public void publish(LogRecord line) {
            if (line.getMessage().startsWith("Member {0} has other data")) {
                said.incrementAndGet();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            LOG.removeHandler(this);
        }
    }

    @Test
    void member_thatDiffersAgainAfterARebuild_isNamedAgain() throws InterruptedException {
        try (Cluster cluster = cluster("a", "b", "c").start();
                Naming naming = new Naming()) {
            cluster.leader(0);
            cluster.node("a").create("db");
            put(cluster.node("a"));
            assertSame(cluster);
            // Whoever leads compares, and names.
            cluster.ensemble("a").log().groups().get(1).keep();
            cluster.ensemble(cluster.leader(1)).consensus(1).transfer("a", failure -> {});
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> cluster.ensemble("a").leads(1));
            for (int run = 0; run < 2; run++) {
                int before = naming.said.get();
                Corruption.changeHead(cluster.node("c"), 1);
                awaitState(cluster, "c", "diverged");
                Awaitility.await().atMost(PATIENCE).until(() -> naming.said.get() > before);
                cluster.ensemble("c").rebuild(OptionalInt.of(1));
                awaitSound(cluster);
                if (run == 0) {
                    // It counts as sound once it has been for a few rounds.
                    int after = naming.said.get();
                    Awaitility.await()
                            .during(Duration.ofSeconds(14))
                            .atMost(PATIENCE)
                            .until(() -> naming.said.get() == after);
                }
            }
            assertSame(cluster);
        }
    }

    @Test
    void leader_thatDiffers_isReplaced() throws InterruptedException {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.leader(0);
            cluster.node("a").create("db");
            put(cluster.node("a"));
            String leader = cluster.leader(1);
            Corruption.changeHead(cluster.node(leader), 1);
            awaitState(cluster, leader, "diverged");
            Awaitility.await().atMost(PATIENCE).until(() -> !cluster.leader(1).equals(leader));
            String other = cluster.leader(1);
            put(cluster.node(other));
            // Whoever leads cannot give it back.
            cluster.ensemble(other).consensus(1).transfer(leader, failure -> {});
            for (int i = 0; i < 20; i++) {
                put(cluster.node(other));
            }
            assertFalse(cluster.ensemble(leader).leads(1));
            cluster.ensemble(leader).rebuild(OptionalInt.of(1));
            awaitSound(cluster);
            put(cluster.node(leader));
            assertSame(cluster);
        }
    }

    /** As the library does while members change. */
    private static Consensus refusing(Consensus consensus, AtomicInteger transfers) {
        return (Consensus) Proxy.newProxyInstance(
                Consensus.class.getClassLoader(), new Class<?>[] {Consensus.class}, (self, method, arguments) -> {
                    if (method.getName().equals("transfer") && transfers.getAndDecrement() > 0) {
                        ((Completion) arguments[arguments.length - 1]).done("Changing the configuration");
                        return null;
                    }
                    return method.invoke(consensus, arguments);
                });
    }

    @Test
    void leader_thatDiffersAndCannotHandOverAtOnce_isReplaced() {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            // Leaders that spread would hand over as well.
            Awaitility.await().atMost(PATIENCE).until(() -> !cluster.leader(0).equals(cluster.leader(1)));
            String leader = cluster.leader(1);
            ReplicatedLog log = cluster.ensemble(leader).log();
            ReplicatedGroup group = log.groups().get(1);
            group.join(refusing(Objects.requireNonNull(group.consensus()), new AtomicInteger(1)));
            log.soundness().diverged(new Finding(1, Finding.State.DIVERGED, "db", 1), () -> true);
            assertFalse(cluster.ensemble(leader).leads(1));
            Awaitility.await().atMost(PATIENCE).until(() -> !cluster.leader(1).equals(leader));
            awaitRebuild(cluster, leader, OptionalInt.of(1));
            awaitSound(cluster);
        }
    }

    @Test
    void rebuild_underLoadAndOverRestarts_isDoneOnce() throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        try (Cluster cluster = differing("c", "a", "b", "c")) {
            awaitState(cluster, "c", "diverged");
            Thread writer = Thread.ofVirtual().start(() -> {
                while (!over.get()) {
                    put(cluster.node("a"));
                }
            });
            for (int restart = 0; restart < 2; restart++) {
                cluster.ensemble("c").rebuild(OptionalInt.of(1));
                cluster.stop("c");
                cluster.start("c");
            }
            awaitSound(cluster);
            // Of a member with which nothing is wrong.
            cluster.ensemble("c").rebuild(OptionalInt.of(1));
            cluster.ensemble("c").rebuild(OptionalInt.of(0));
            awaitSound(cluster);
            over.set(true);
            writer.join();
            assertRefused(
                    ErrorCode.NOTHING_TO_REBUILD, () -> cluster.ensemble("c").rebuild(OptionalInt.empty()));
            assertSame(cluster);
        }
    }

    @Test
    void rebuild_whereNoOtherMemberHasTheGroup_isRefused() throws IOException, InterruptedException {
        try (Cluster cluster = differing("c", "a", "b", "c")) {
            awaitState(cluster, "c", "diverged");
            cluster.stop("b");
            Soundness soundness = cluster.ensemble("a").log().soundness();
            Awaitility.await().until(() -> !soundness.isHadByOther(1, Set.of("a", "b", "c")));
            assertRefused(
                    ErrorCode.REBUILT_FROM_NOBODY, () -> cluster.ensemble("a").rebuild(OptionalInt.of(1)));
            // Nobody is there to rebuild it from.
            cluster.stop("c");
            cluster.stop("a");
            toRebuild(cluster, "c", ",\"differs\":true");
            cluster.start("c");
            awaitState(cluster, "c", "rebuilding");
            assertEquals(List.of(1), cluster.ensemble("c").cancelRebuild(OptionalInt.empty()));
            awaitState(cluster, "c", "diverged");
            cluster.start("a");
            cluster.start("b");
            awaitRebuild(cluster, "c", OptionalInt.empty());
            awaitSound(cluster);
            assertSame(cluster);
        }
    }

    // As a member that has ended while it was being done.
    private static void toRebuild(Cluster cluster, String member, String more) throws IOException {
        Files.writeString(
                cluster.data(member).resolve("log").resolve("findings"),
                "{\"groups\":[{\"group\":1,\"state\":\"rebuilding\",\"database\":\"\",\"block\":0" + more + "}]}");
    }

    // A member that has just started has not heard yet who has the group.
    private static void awaitRebuild(Cluster cluster, String member, OptionalInt group) {
        Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(RequestException.class)
                .until(() -> !cluster.ensemble(member).rebuild(group).isEmpty());
    }

    /** As those are that were told so at the same moment, when each knew that the other one has the group. */
    @Test
    void cancel_whereAllMembersAreToBeRebuilt_letsThemGoOn() throws IOException, InterruptedException {
        try (Cluster cluster = cluster("a", "b").start()) {
            cluster.leader(0);
            cluster.node("a").create("db");
            put(cluster.node("a"));
            cluster.stop("b");
            cluster.keepRows("b");
            cluster.start("b");
            cluster.leader(1);
            for (int i = 0; i < 5; i++) {
                put(cluster.node("a"));
            }
            byte[] hash = hash(cluster.node("b"));
            cluster.stop("a");
            cluster.stop("b");
            cluster.restoreRows("b");
            toRebuild(cluster, "a", "");
            toRebuild(cluster, "b", "");
            cluster.start("a");
            cluster.start("b");
            awaitState(cluster, "a", "rebuilding");
            awaitState(cluster, "b", "rebuilding");
            Awaitility.await()
                    .during(Duration.ofSeconds(3))
                    .atMost(PATIENCE)
                    .until(() -> cluster.names().stream()
                            .noneMatch(member -> cluster.ensemble(member).leads(1)));
            assertRefused(ErrorCode.NO_REBUILD, () -> cluster.ensemble("b").cancelRebuild(OptionalInt.of(0)));
            assertEquals(List.of(1), cluster.ensemble("b").cancelRebuild(OptionalInt.of(1)));
            assertEquals("b", cluster.leader(1));
            assertArrayEquals(hash, hash(cluster.node("b")));
            awaitSound(cluster);
            put(cluster.node("a"));
            assertSame(cluster);
        }
    }

    @Test
    void twoMembers_thatDiffer_areBothSuspectAndServe() throws InterruptedException {
        try (Cluster cluster = differing("b", "a", "b")) {
            awaitState(cluster, "a", "suspect");
            awaitState(cluster, "b", "suspect");
            assertTrue(cluster.node("a").health().has(Problem.DIVERGENCE_SUSPECTED));
            put(cluster.node("a"));
            hash(cluster.node("b"));
            cluster.ensemble("b").rebuild(OptionalInt.empty());
            awaitSound(cluster);
            assertSame(cluster);
        }
    }

    @Test
    void catalog_thatDiffers_isFound() throws InterruptedException {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.leader(0);
            cluster.node("a").create("db");
            put(cluster.node("a"));
            cluster.awaitMembers("a", "b", "c");
            cluster.stop("b");
            Corruption.addFact(cluster.data("b"), "settings/wrong");
            cluster.start("b");
            awaitState(cluster, "b", "diverged");
            assertEquals(0, findings(cluster, "a", "b").get(0).path("group").asInt(-1));
            // What it is told where databases are is in doubt, and so is what is in them.
            Awaitility.await().until(() -> cluster.node("b").find("db") != null);
            assertRefused(
                    ErrorCode.DIVERGED,
                    () -> cluster.node("b")
                            .find("db")
                            .door()
                            .newest(Visibility.EVERYTHING)
                            .close());
            cluster.ensemble("b").rebuild(OptionalInt.empty());
            awaitSound(cluster);
            assertEquals(null, cluster.node("b").fact("settings/wrong"));
            put(cluster.node("b"));
            assertSame(cluster);
        }
    }

    @Test
    void soundMembers_whateverHappens_areNotAccused() throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.leader(0);
            cluster.node("a").create("db");
            List<Thread> threads = List.of(
                    Thread.ofVirtual().start(() -> {
                        while (!over.get()) {
                            put(cluster.node("a"));
                        }
                    }),
                    Thread.ofVirtual().start(() -> {
                        for (int i = 0; !over.get(); i++) {
                            cluster.node("a").create("other");
                            cluster.node("a").delete("other");
                        }
                    }));
            for (int round = 0; round < 4; round++) {
                String name = List.of("b", "c").get(round % 2);
                cluster.stop(name);
                cluster.start(name);
                awaitRebuild(cluster, name, OptionalInt.of(round % 2));
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> findings(cluster, name, name).isEmpty());
                String leader = cluster.leader(round % 2);
                cluster.ensemble(leader).consensus(round % 2).transfer(leader.equals("a") ? name : "a", failure -> {});
                Awaitility.await()
                        .during(Duration.ofSeconds(3))
                        .atMost(PATIENCE)
                        .until(() -> cluster.names().stream()
                                .allMatch(member -> findings(cluster, member, member)
                                                .isEmpty()
                                        && cluster.node(member).health().count(Problem.DIVERGENCE_SUSPECTED) == 0));
            }
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            assertSame(cluster);
        }
    }
}
