package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.RevisionPath;
import archipel.engine.Node;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.raft.LogDamage;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.storage.StorageException.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What clients of a member see whose log cannot be written, or who cannot apply what is in it. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoppedMemberTest {
    private static final Duration MOST = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private Cluster begin() {
        Cluster cluster = new Cluster(directory, 1, options -> options, "a", "b", "c").start();
        cluster.leader(0);
        cluster.node("a").create("db");
        for (String name : cluster.names()) {
            put(cluster.node(name), "first" + name);
        }
        return cluster;
    }

    private static void put(Node node, String id) {
        DocumentBody body = new DocumentBody("{}".getBytes(StandardCharsets.UTF_8), List.of());
        assertTrue(node.database("db")
                .write(List.of(new DocumentEdit.Replicated(id, new RevisionPath(1, List.of("a")), false, body)), false)
                .applied());
    }

    private static long documents(Node node, Consistency consistency) throws InterruptedException {
        Wanted wanted = new Wanted(BlockSelector.LATEST, List.of(), Duration.ofSeconds(10), consistency);
        try (Reader reader = node.database("db").door().open(wanted, Visibility.EVERYTHING)) {
            return reader.documents().count();
        }
    }

    private static String told(Node node) {
        return node.health().problems().stream()
                .filter(report -> report.problem() == Problem.MEMBER_STOPPED)
                .map(Health.Report::detail)
                .findFirst()
                .orElse("");
    }

    private static void assertStopped(Node node) throws InterruptedException {
        Awaitility.await().atMost(MOST).until(() -> !told(node).isEmpty());
        assertEquals(
                ErrorCode.MEMBER_STOPPED,
                assertThrows(RequestException.class, () -> put(node, "refused")).code());
        assertEquals(
                ErrorCode.MEMBER_STOPPED,
                assertThrows(RequestException.class, () -> documents(node, Consistency.LINEARIZABLE))
                        .code());
        assertTrue(documents(node, Consistency.ANY) >= 3);
    }

    @Test
    void log_findsNoSpaceOnAnyMember_itRefusesWithAReasonUntilThereIsSome() throws Exception {
        try (Cluster cluster = begin()) {
            for (String failing : List.of(cluster.leader(1), "a", "b", "c")) {
                String other = failing.equals("a") ? "b" : "a";
                cluster.store(failing).log().failCommit(Kind.FULL);
                put(cluster.node(other), "while-" + failing + System.identityHashCode(new Object()));
                Node node = cluster.node(failing);
                assertStopped(node);
                assertTrue(told(node).contains("the disk is full"), () -> told(node));
                assertTrue(told(node).contains("by itself") || told(node).contains("again"), () -> told(node));
                cluster.store(failing).log().failCommit(null);
                Awaitility.await().atMost(MOST).until(() -> told(node).isEmpty());
                put(node, "after-" + failing + System.identityHashCode(new Object()));
                assertEquals(
                        documents(cluster.node(other), Consistency.LINEARIZABLE),
                        documents(node, Consistency.LINEARIZABLE));
            }
        }
    }

    @Test
    void stop_whileAStartWaitsForSpace_doesNotWait() throws Exception {
        try (Cluster cluster = begin()) {
            cluster.stop("a");
            cluster.keepRows("a");
            cluster.start("a");
            put(cluster.node("b"), "more");
            awaitDocuments(cluster.node("a"), 4);
            cluster.stop("a");
            cluster.restoreRows("a");
            Node node = cluster.startFull("a");
            Awaitility.await().atMost(MOST).until(() -> node.health().has(Problem.DISK_FULL));
            assertTimeoutPreemptively(MOST, () -> cluster.stop("a"));
            awaitDocuments(cluster.start("a"), 4);
        }
    }

    // A member that has just started cannot confirm yet that it has the newest.
    private static void awaitDocuments(Node node, long count) {
        Awaitility.await()
                .atMost(MOST)
                .ignoreExceptionsInstanceOf(RequestException.class)
                .until(() -> documents(node, Consistency.LINEARIZABLE) == count);
    }

    @Test
    void store_failsOnTheLeader_othersGoOnAndItSaysThatItNeedsARestart() throws Exception {
        try (Cluster cluster = begin()) {
            String failing = cluster.leader(1);
            String other = failing.equals("a") ? "b" : "a";
            cluster.store(failing).failCommit(Kind.IO);
            put(cluster.node(other), "while");
            assertStopped(cluster.node(failing));
            assertTrue(told(cluster.node(failing)).contains("Restart the node"));
            assertEquals(4, documents(cluster.node(other), Consistency.LINEARIZABLE));
            cluster.store(failing).failCommit(null);
            cluster.stop(failing);
            awaitDocuments(cluster.start(failing), 4);
        }
    }

    /** Whom it has voted for was in it. */
    @Test
    void start_withoutItsLog_isRefusedAndSaysWhatToDo() throws Exception {
        try (Cluster cluster = begin()) {
            cluster.stop("c");
            Path log = cluster.data("c").resolve("log");
            Files.move(log, cluster.data("c").resolve("gone"));
            Exception refused = assertThrows(Exception.class, () -> cluster.start("c"));
            assertTrue(refused.getMessage().contains("the log of member c is missing"), refused::toString);
            assertTrue(refused.getMessage().contains("archipel ensemble remove c"), refused::toString);
        }
    }

    @Test
    void log_ofOneGroupCannotBeRead_othersGoOnAndItSaysSo() throws Exception {
        try (Cluster cluster = begin()) {
            LogDamage.damage(cluster.store("c").log(), 1);
            cluster.stop("c");
            Node node = cluster.start("c");
            assertStopped(node);
            assertTrue(told(node).contains("Groups [1]"), () -> told(node));
            assertTrue(told(node).contains("an entry in its log that is none"), () -> told(node));
            // It takes part in the others, and tells of itself.
            Awaitility.await().atMost(MOST).until(() -> reachable(cluster, "a", "c"));
            Awaitility.await()
                    .atMost(MOST)
                    .until(() -> cluster.status("c")
                            .path("groups")
                            .path(0)
                            .path("leader")
                            .isString());
            assertEquals(
                    "stopped",
                    cluster.status("c").path("groups").path(1).path("role").asString());
            assertEquals("no leader", cluster.status("c").path("state").asString());
            assertFalse(node.health().has(Problem.NO_LEADER));
            cluster.node("a").create("other");
            put(cluster.node("b"), "while");
            LogDamage.mend(cluster.store("c").log(), 1);
            Awaitility.await().atMost(MOST).until(() -> told(node).isEmpty());
            put(node, "after");
            assertEquals(5, documents(node, Consistency.LINEARIZABLE));
        }
    }

    private static boolean reachable(Cluster cluster, String asked, String about) {
        for (JsonNode member : cluster.status(asked).path("members")) {
            if (member.path("name").asString().equals(about)) {
                return member.path("reachable").asBoolean(false)
                        && member.path("problems").toString().contains(Problem.MEMBER_STOPPED.label());
            }
        }
        return false;
    }
}
