package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.health.Problem;
import archipel.identity.NodeIdentity;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Members that come, go and move, in one process, over real connections. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MembershipTest {
    private static final Wanted FRESH =
            new Wanted(BlockSelector.LATEST, List.of(), Duration.ofSeconds(10), Consistency.LINEARIZABLE);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private Cluster cluster(String... names) {
        return new Cluster(directory, 3, options -> options, names);
    }

    private static void put(Node node, String database, String id) {
        DocumentBody body = new DocumentBody("{}".getBytes(StandardCharsets.UTF_8), List.of());
        assertTrue(node.database(database)
                .write(List.of(new DocumentEdit.Replicated(id, new RevisionPath(1, List.of("a")), false, body)), false)
                .applied());
    }

    private static byte[] hash(Node node, String database) throws InterruptedException {
        Database found = node.database(database);
        try (Reader reader = found.door().open(FRESH, Visibility.EVERYTHING)) {
            return reader.block().hash();
        }
    }

    private static void assertSame(Cluster cluster, String database) throws InterruptedException {
        byte[] hash = hash(cluster.node(cluster.names().getFirst()), database);
        for (String name : cluster.names()) {
            assertArrayEquals(hash, hash(cluster.node(name), database), name);
        }
    }

    private String id(Cluster cluster, String name) {
        try {
            Files.createDirectories(cluster.data(name));
            return NodeIdentity.open(cluster.data(name).resolve("identity")).fingerprint();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** As {@code archipel ensemble join} does. */
    private void join(Cluster cluster, String through, String name, boolean observer) {
        MemberAddress address = cluster.reserve(name);
        cluster.ensemble(through).request(new MemberRequest.Add(name, address.place(), id(cluster, name), observer));
        cluster.start(name);
    }

    private void makeData(String member) {
        try (Node alone = Node.open(directory.resolve(member), NodeOptions.DEFAULT)) {
            alone.create("old");
            for (int i = 0; i < 50; i++) {
                put(alone, "old", "doc" + i);
            }
            alone.putFact("some/fact", "kept");
        }
    }

    private static ErrorCode code(Runnable refused) {
        return assertThrows(RequestException.class, refused::run).code();
    }

    @Test
    void singleNode_withData_becomesAnEnsembleOfThree() throws InterruptedException {
        makeData("a");
        try (Cluster cluster = cluster("a")) {
            byte[] before;
            try (Node alone = Node.open(directory.resolve("a"), NodeOptions.DEFAULT);
                    Reader reader = alone.database("old")
                            .door()
                            .open(
                                    new Wanted(BlockSelector.LATEST, List.of(), Duration.ZERO, Consistency.ANY),
                                    Visibility.EVERYTHING)) {
                before = reader.block().hash();
            }
            cluster.start();
            cluster.awaitMembers("a");
            assertArrayEquals(before, hash(cluster.node("a"), "old"));
            join(cluster, "a", "b", false);
            cluster.awaitMembers("a", "b");
            put(cluster.node("b"), "old", "more");
            join(cluster, "b", "c", false);
            cluster.awaitMembers("a", "b", "c");
            for (int i = 0; i < 6; i++) {
                cluster.node("c").create("new" + i);
                put(cluster.node("b"), "new" + i, "doc");
                assertSame(cluster, "new" + i);
            }
            assertSame(cluster, "old");
            assertEquals("kept", cluster.node("c").fact("some/fact"));
        }
    }

    @Test
    void threeNodes_ofWhichOneHasData_beginWithThat() throws InterruptedException {
        makeData("b");
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.awaitMembers("a", "b", "c");
            assertSame(cluster, "old");
            put(cluster.node("a"), "old", "more");
            assertSame(cluster, "old");
        }
    }

    @Test
    void twoNodes_withDataEach_sayWhatToDo() {
        makeData("a");
        makeData("b");
        try (Cluster cluster = cluster("a", "b").start()) {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> cluster.status("a")
                            .path("problem")
                            .asString("")
                            .startsWith("members a and b have data of their own"));
            assertEquals("forming", cluster.status("a").path("state").asString());
            assertEquals(
                    ErrorCode.ENSEMBLE_FORMING,
                    code(() -> cluster.ensemble("a").request(new MemberRequest.Remove("b", false))));
        }
    }

    @Test
    void fourth_addedWhileOthersWrite_hasTheSame() throws InterruptedException {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.awaitMembers("a", "b", "c");
            cluster.node("a").create("db");
            AtomicBoolean over = new AtomicBoolean();
            AtomicLong written = new AtomicLong();
            Thread writer = Thread.ofVirtual().start(() -> {
                while (!over.get()) {
                    put(cluster.node("b"), "db", "doc" + written.incrementAndGet());
                }
            });
            join(cluster, "c", "d", false);
            cluster.awaitMembers("a", "b", "c", "d");
            over.set(true);
            writer.join();
            put(cluster.node("d"), "db", "of-d");
            assertSame(cluster, "db");
            assertEquals(
                    4, cluster.status("d").path("groups").path(0).path("voters").size());
            cluster.names().forEach(cluster::stop);
            for (String name : List.of("a", "b", "c", "d")) {
                cluster.start(name, new TreeMap<>(), false);
            }
            cluster.awaitMembers("a", "b", "c", "d");
            assertSame(cluster, "db");
        }
    }

    @Test
    void leader_removed_othersGoOnAndItSaysSo() throws InterruptedException {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.awaitMembers("a", "b", "c");
            cluster.node("a").create("db");
            String leader = cluster.leader(0);
            String other = leader.equals("a") ? "b" : "a";
            cluster.ensemble(other).request(new MemberRequest.Remove(leader, false));
            String[] left = List.of("a", "b", "c").stream()
                    .filter(name -> !name.equals(leader))
                    .toArray(String[]::new);
            cluster.awaitMembers(left);
            put(cluster.node(other), "db", "doc");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> cluster.status(leader).path("state").asString().equals("removed"));
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> cluster.node(leader).health().has(Problem.NO_MEMBER));
            cluster.stop(leader);
            cluster.start(leader);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> cluster.status(leader).path("state").asString().equals("removed"));
            cluster.ensemble(other)
                    .request(new MemberRequest.Add(
                            leader, cluster.members(leader).get(leader).place(), id(cluster, leader), false));
            cluster.awaitMembers("a", "b", "c");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> cluster.node(leader).health().problems().isEmpty());
            put(cluster.node(leader), "db", "again");
            assertSame(cluster, "db");
        }
    }

    @Test
    void member_whoseDiskWasLost_isReplacedUnderItsName() throws Exception {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.awaitMembers("a", "b", "c");
            cluster.node("a").create("db");
            cluster.stop("c");
            delete(cluster.data("c"));
            String key = id(cluster, "c");
            MemberRequest.Add add =
                    new MemberRequest.Add("c", cluster.members("c").get("c").place(), key, false);
            assertEquals(
                    ErrorCode.MEMBER_OTHER_KEY, code(() -> cluster.ensemble("a").request(add)));
            cluster.ensemble("a").request(new MemberRequest.Remove("c", false));
            cluster.awaitMembers("a", "b");
            cluster.ensemble("a").request(add);
            cluster.start("c");
            cluster.awaitMembers("a", "b", "c");
            put(cluster.node("c"), "db", "doc");
            assertSame(cluster, "db");
        }
    }

    private static void delete(Path path) throws IOException {
        try (var all = Files.walk(path)) {
            for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(one);
            }
        }
    }

    /** Leaders spread by themselves, but not against an admin's wish. */
    @Test
    void transfer_ofAllGroups_lastsUntilTheMemberStops() {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.awaitMembers("a", "b", "c");
            cluster.ensemble("a").request(new MemberRequest.Transfer("b", OptionalInt.empty()));
            assertTrue(isLeaderOfAll(cluster, "b"));
            // Longer than it takes to spread them.
            Awaitility.await().atMost(PATIENCE).during(Duration.ofSeconds(6)).until(() -> isLeaderOfAll(cluster, "b"));
            cluster.stop("b");
            cluster.leader(0);
            cluster.start("b");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> List.of("a", "b", "c").stream().noneMatch(member -> led(cluster, member) == 0));
        }
    }

    private static boolean isLeaderOfAll(Cluster cluster, String member) {
        return led(cluster, member) == cluster.status(member).path("groups").size();
    }

    // As the member itself says.
    private static int led(Cluster cluster, String member) {
        int led = 0;
        for (JsonNode group : cluster.status(member).path("groups")) {
            led += group.path("role").asString("").equals("leader") ? 1 : 0;
        }
        return led;
    }

    @Test
    void observer_promoted_countsAndLeads() throws InterruptedException {
        try (Cluster cluster = cluster("a", "b").start()) {
            cluster.awaitMembers("a", "b");
            cluster.node("a").create("db");
            join(cluster, "a", "o", true);
            cluster.awaitMembers("a", "b", "o");
            assertSame(cluster, "db");
            assertEquals(
                    ErrorCode.MEMBER_WITHOUT_VOTE,
                    code(() -> cluster.ensemble("a").request(new MemberRequest.Transfer("o", OptionalInt.of(1)))));
            put(cluster.node("o"), "db", "of-observer");
            assertTrue(cluster.ensemble("o").isObserver());
            cluster.ensemble("o").request(new MemberRequest.Observe("o", false, false));
            Awaitility.await().atMost(PATIENCE).until(() -> isVoter(cluster, "o"));
            cluster.awaitMembers("a", "b", "o");
            assertFalse(cluster.ensemble("o").isObserver());
            cluster.ensemble("b").request(new MemberRequest.Transfer("o", OptionalInt.of(1)));
            assertEquals("o", cluster.leader(1));
            // Its vote counts.
            cluster.stop("b");
            put(cluster.node("a"), "db", "without-b");
            cluster.start("b");
            awaitReachable(cluster, "b", true);
            cluster.ensemble("a").request(new MemberRequest.Observe("o", true, false));
            Awaitility.await().atMost(PATIENCE).until(() -> !isVoter(cluster, "o"));
            cluster.awaitMembers("a", "b", "o");
            put(cluster.node("a"), "db", "last");
            assertSame(cluster, "db");
        }
    }

    // As all see it that run.
    private static void awaitReachable(Cluster cluster, String name, boolean reachable) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            for (String asked : cluster.names()) {
                for (var member : cluster.status(asked).path("members")) {
                    if (member.path("name").asString().equals(name)) {
                        assertEquals(reachable, member.path("reachable").asBoolean());
                    }
                }
            }
        });
    }

    private static boolean isVoter(Cluster cluster, String name) {
        for (var group : cluster.status("a").path("groups")) {
            boolean found = false;
            for (var voter : group.path("voters")) {
                found |= voter.asString().equals(name);
            }
            if (!found) {
                return false;
            }
        }
        return cluster.status("a").path("settled").asBoolean();
    }

    @Test
    void member_atAnotherAddress_isFollowed() throws InterruptedException {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.awaitMembers("a", "b", "c");
            cluster.node("a").create("db");
            cluster.stop("c");
            SortedMap<String, MemberAddress> moved = new TreeMap<>();
            MemberAddress address = cluster.reserve("c");
            moved.put("c", address);
            cluster.start("c", moved, false);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertEquals(
                            address.place(),
                            cluster.status("a")
                                    .path("members")
                                    .path(2)
                                    .path("address")
                                    .asString()));
            cluster.stop("b");
            put(cluster.node("c"), "db", "doc");
            cluster.start("b", new TreeMap<>(), false);
            cluster.awaitMembers("a", "b", "c");
            assertSame(cluster, "db");
        }
    }

    @Test
    void member_awayWhileAnotherCame_learnsOfIt() throws InterruptedException {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.awaitMembers("a", "b", "c");
            cluster.node("a").create("db");
            cluster.stop("c");
            join(cluster, "a", "d", false);
            Awaitility.await().atMost(PATIENCE).until(() -> isVoter(cluster, "d"));
            cluster.stop("a");
            cluster.start("c", new TreeMap<>(), false);
            cluster.leader(0);
            cluster.leader(1);
            put(cluster.node("c"), "db", "doc");
            cluster.start("a", new TreeMap<>(), false);
            cluster.awaitMembers("a", "b", "c", "d");
            assertSame(cluster, "db");
        }
    }

    @Test
    void majority_lost_oneMemberIsForcedAndOthersJoin() throws Exception {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.awaitMembers("a", "b", "c");
            cluster.node("a").create("db");
            put(cluster.node("a"), "db", "before");
            for (String name : List.of("a", "b", "c")) {
                assertSame(cluster, "db");
                if (name.equals("a")) {
                    assertThrows(IllegalArgumentException.class, () -> Recovery.force(cluster.data("a")));
                }
            }
            cluster.names().forEach(cluster::stop);
            delete(cluster.data("b"));
            delete(cluster.data("c"));
            assertEquals(new Recovery.Forced("a", List.of("b", "c")), Recovery.force(cluster.data("a")));
            cluster.start("a", new TreeMap<>(), false);
            cluster.awaitMembers("a");
            put(cluster.node("a"), "db", "alone");
            cluster.stop("a");
            cluster.start("a", new TreeMap<>(), false);
            cluster.awaitMembers("a");
            join(cluster, "a", "b", false);
            cluster.awaitMembers("a", "b");
            put(cluster.node("b"), "db", "after");
            assertSame(cluster, "db");
        }
    }

    @Test
    void requests_thatCannotBe_eachSayWhy() {
        try (Cluster cluster = cluster("a", "b", "c").start()) {
            cluster.awaitMembers("a", "b", "c");
            Ensemble a = cluster.ensemble("a");
            String key = "0123456789abcdef0123456789abcdef";
            String place = cluster.members("a").get("a").place();
            assertEquals(ErrorCode.MEMBER_NAME, code(() -> a.request(new MemberRequest.Add("a b", "h:1", key, false))));
            assertEquals(ErrorCode.MEMBER_ADDRESS, code(() -> a.request(new MemberRequest.Add("d", "h", key, false))));
            assertEquals(ErrorCode.MEMBER_ID, code(() -> a.request(new MemberRequest.Add("d", "h:1", "k", false))));
            assertEquals(
                    ErrorCode.MEMBER_ADDRESS_TAKEN,
                    code(() -> a.request(new MemberRequest.Add("d", place, key, false))));
            assertEquals(ErrorCode.MEMBER_UNKNOWN, code(() -> a.request(new MemberRequest.Remove("d", false))));
            assertEquals(
                    ErrorCode.MEMBER_GROUP, code(() -> a.request(new MemberRequest.Transfer("a", OptionalInt.of(99)))));
            // One that never comes holds up others, and may go again.
            a.request(new MemberRequest.Add("d", "127.0.0.1:1", key, false));
            assertEquals(
                    ErrorCode.MEMBERS_CHANGING, code(() -> a.request(new MemberRequest.Observe("b", true, false))));
            a.request(new MemberRequest.Remove("d", false));
            cluster.awaitMembers("a", "b", "c");
            cluster.stop("b");
            awaitReachable(cluster, "b", false);
            assertEquals(ErrorCode.MEMBERS_TOO_FEW, code(() -> a.request(new MemberRequest.Remove("c", false))));
            cluster.stop("c");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> code(() -> a.request(new MemberRequest.Remove("b", false))) == ErrorCode.NO_MAJORITY);
        }
    }
}
