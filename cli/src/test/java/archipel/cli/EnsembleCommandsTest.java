package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.shell.ExitStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands about the members of an ensemble, on nodes that run. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EnsembleCommandsTest {
    private static final String KEY = "0123456789abcdef0123456789abcdef";

    @TempDir
    private Path directory;

    private final List<RunningNode> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        nodes.forEach(RunningNode::close);
    }

    private static String address() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RunningNode start(String name, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("ensemble_groups", "2");
        RunningNode node = RunningNode.start(directory.resolve(name), all);
        nodes.add(node);
        return node;
    }

    private RunningNode founder() {
        RunningNode node = start("a", Map.of("ensemble", "a=" + address()));
        awaitStatus(node, "a     leader +member +3/3 +0 .*");
        return node;
    }

    private static String done(RunningNode node, String... line) {
        Run run = Run.of(node.environment(), line);
        assertEquals(new Run(0, run.out(), ""), run);
        return run.out();
    }

    private static void assertEnds(ExitStatus status, Run run, String... said) {
        assertEquals(status.code(), run.status(), run.out() + run.err());
        for (String part : said) {
            assertTrue(run.err().contains(part), run.err());
        }
        assertFalse(run.err().contains("\tat "), run.err());
        assertFalse((run.out() + run.err()).contains("relax"), run.out() + run.err());
    }

    private static void awaitStatus(RunningNode node, String... rows) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            String status = Run.of(node.environment(), "ensemble", "status").out();
            List<String> lines = status.lines().toList();
            assertEquals(rows.length + 1, lines.size(), status);
            for (int i = 0; i < rows.length; i++) {
                assertTrue(lines.get(i + 1).matches(rows[i]), status);
            }
        });
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> done(node, "ensemble", "status", "--json").contains("\"settled\":true"));
    }

    private Run join(RunningNode through, String name, String place, String... more) {
        List<String> line = new ArrayList<>(List.of("ensemble", "join", through.url(), name + "=" + place));
        line.addAll(List.of("--data", directory.resolve(name).toString()));
        line.addAll(List.of(more));
        return Run.of(through.environment(), line.toArray(String[]::new));
    }

    @Test
    void join_ofAnEmptyDirectory_needsNothingMore() {
        RunningNode one = founder();
        done(one, "set", "color", "red");
        String place = address();
        Run joined = join(one, "b", place, "--observer");
        assertEquals(
                new Run(0, "b is a member now: archipel serve --data " + directory.resolve("b") + " starts it.\n", ""),
                joined);
        assertEquals(
                "{\"name\":\"b\",\"changed\":false}\n",
                join(one, "b", place, "--json").out());
        RunningNode two = start("b", Map.of());
        awaitStatus(one, "a +leader +member +3/3 .*", "b +observer +member +0/3 .* " + place + " .*");
        assertEquals("\"red\"\n", done(two, "get", "color"));

        assertEquals(
                "b gets a vote in each group once it has what the leader has.\n",
                done(two, "ensemble", "promote", "b"));
        awaitStatus(two, "a +leader +member +3/3 .*", "b +follower +member +0/3 .*");
        assertEquals("b has a vote already.\n", done(one, "ensemble", "promote", "b"));
        assertEquals("b leads group 0.\n", done(one, "ensemble", "transfer", "b", "--group", "0"));
        assertEquals("b leads all groups.\n", done(one, "ensemble", "transfer", "b"));
        awaitStatus(one, "a +follower +member +0/3 .*", "b +leader +member +3/3 .*");
        assertEquals("b leads all groups already.\n", done(two, "ensemble", "transfer", "b"));

        assertEquals("a leaves all groups, and is no member then.\n", done(one, "ensemble", "remove", "a"));
        awaitStatus(two, "b +leader +member +3/3 .*");
        assertEquals("\"red\"\n", done(two, "get", "color"));
    }

    @Test
    void change_thatIsWaitedFor_isInEffect() {
        RunningNode one = founder();
        join(one, "b", address(), "--observer");
        assertEnds(
                ExitStatus.FAULTS,
                Run.of(one.environment(), "ensemble", "add", "c=h:1", "--id", KEY, "--wait", "--timeout", "1"),
                "(409)");
        start("b", Map.of());
        assertEquals(
                "b gets a vote in each group once it has what the leader has.\n",
                done(one, "ensemble", "promote", "b", "--wait"));
        String status = done(one, "ensemble", "status");
        assertTrue(status.lines().toList().getLast().matches("b +follower +member .*"), status);
        assertEquals("b leads all groups.\n", done(one, "ensemble", "transfer", "b", "--wait"));
        assertEquals("b leaves all groups, and is no member then.\n", done(one, "ensemble", "remove", "b", "--wait"));
        assertEquals(2, done(one, "ensemble", "status").lines().count());
        join(one, "c", address(), "--observer");
        assertEnds(
                ExitStatus.FAULTS,
                Run.of(one.environment(), "ensemble", "promote", "c", "--wait", "--timeout", "1"),
                "not in effect within 1 s",
                "c is joining, and cannot be reached");
        assertEnds(
                ExitStatus.USAGE,
                Run.of(one.environment(), "ensemble", "remove", "c", "--wait", "--timeout", "0"),
                "--timeout must be a number of seconds");
    }

    @Test
    void rebuild_whereNobodyElseHasTheData_isRefusedOrCancelled() throws IOException {
        RunningNode one = founder();
        done(one, "set", "color", "red");
        assertEnds(
                ExitStatus.FAULTS,
                Run.of(one.environment(), "ensemble", "rebuild", "--group", "1"),
                "(409): No other member");
        assertEnds(
                ExitStatus.FAULTS,
                Run.of(one.environment(), "ensemble", "rebuild", "--cancel"),
                "(409): Nothing is being rebuilt");
        nodes.remove(one);
        one.close();
        String state = "\"state\":\"rebuilding\",\"database\":\"\",\"block\":0}";
        Files.writeString(
                directory.resolve("a").resolve("log").resolve("findings"),
                "{\"groups\":[{\"group\":1," + state + ",{\"group\":2," + state + "]}");
        RunningNode again = start("a", Map.of());
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> done(again, "ensemble", "status").contains(" 3/3 "));
        assertEquals("Groups 1, 2 keep the data that they have.\n", done(again, "ensemble", "rebuild", "--cancel"));
        done(again, "set", "size", "7");
        assertEquals("\"red\"\n", done(again, "get", "color"));
    }

    @Test
    void events_ofElections_areLines() {
        RunningNode one = founder();
        join(one, "b", address());
        start("b", Map.of());
        awaitStatus(one, "a +leader +member .*", "b +follower +member .*");
        done(one, "ensemble", "transfer", "b", "--group", "1", "--wait");
        List<String> lines = done(one, "ensemble", "events").lines().toList();
        assertTrue(lines.getFirst().matches("TIME +GROUP +TERM +WHAT"), lines.getFirst());
        String time = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z +";
        for (String expected : List.of(
                time + "0 +[0-9]+ +a leads",
                time + "- +- +b answers",
                time + "1 +[0-9]+ +a asks b to lead",
                time + "1 +[0-9]+ +b asks a for its vote",
                time + "1 +[0-9]+ +a votes for b",
                time + "1 +[0-9]+ +b leads")) {
            assertTrue(lines.stream().anyMatch(line -> line.matches(expected)), expected + "\n" + lines);
        }
        List<String> json = done(one, "ensemble", "events", "--json").lines().toList();
        assertTrue(json.getFirst().startsWith("{\"seq\":1,\"time\":\""), json.getFirst());
        assertTrue(json.size() >= lines.size() - 1);
    }

    @Test
    void serve_thatJoins_isAMember() {
        RunningNode one = founder();
        Map<String, String> environment = new HashMap<>(one.environment());
        environment.put("ARCHIPEL_ENSEMBLE_JOIN", one.url());
        environment.put("ARCHIPEL_ENSEMBLE", "b=" + address() + ",c=" + address());
        Run two = Run.of(
                environment,
                "serve",
                "--port",
                "0",
                "--data",
                directory.resolve("b").toString());
        assertEnds(ExitStatus.USAGE, two, "--ensemble NAME=HOST:PORT");
    }

    @Test
    void mistakes_each_sayWhatToDo() {
        RunningNode one = founder();
        Map<String, String> environment = one.environment();
        assertEnds(ExitStatus.USAGE, Run.of(environment, "ensemble"), "archipel ensemble");
        assertEnds(ExitStatus.USAGE, Run.of(environment, "ensemble", "remove"), "NAME is missing");
        assertEnds(ExitStatus.USAGE, Run.of(environment, "ensemble", "add", "b"), "NAME=HOST:PORT");
        assertEnds(ExitStatus.USAGE, Run.of(environment, "ensemble", "add", "b=h:1"), "--id is missing");
        assertEnds(
                ExitStatus.USAGE,
                Run.of(environment, "ensemble", "transfer", "a", "--group", "x"),
                "--group must be the number of a group");
        assertEnds(ExitStatus.ABSENT, Run.of(environment, "ensemble", "remove", "z"), "no member \"z\"");
        assertEnds(ExitStatus.ABSENT, Run.of(environment, "ensemble", "transfer", "a", "--group", "9"), "no group 9");
        assertEnds(ExitStatus.FAULTS, Run.of(environment, "ensemble", "remove", "a"), "a is the last member");
        assertEnds(
                ExitStatus.FAULTS,
                Run.of(environment, "ensemble", "add", "b=h", "--id", KEY),
                "`address` must be HOST:PORT");
        assertEnds(ExitStatus.USAGE, join(one, "b", "h"), "NAME=HOST:PORT");
        assertEnds(
                ExitStatus.USAGE,
                Run.of(
                        environment,
                        "ensemble",
                        "join",
                        one.url(),
                        "--data",
                        directory.resolve("b").toString()),
                "give NAME=HOST:PORT");
        try (RunningNode alone = RunningNode.start(directory.resolve("alone"), Map.of())) {
            assertEnds(ExitStatus.FAULTS, Run.of(alone.environment(), "ensemble", "status"), "is on its own");
            assertEnds(
                    ExitStatus.USAGE,
                    Run.of(
                            environment,
                            "ensemble",
                            "join",
                            one.url(),
                            "b=h:1",
                            "--data",
                            directory.resolve("alone").toString()),
                    "has data of a node of its own");
        }
        Map<String, String> other = new HashMap<>(environment);
        other.put("ARCHIPEL_ENSEMBLE_SECRET", "another-secret-than-that");
        assertEnds(
                ExitStatus.USAGE,
                Run.of(
                        other,
                        "ensemble",
                        "join",
                        one.url(),
                        "b=" + address(),
                        "--data",
                        directory.resolve("b").toString()),
                "is not the secret of that ensemble");
        // The others do not wait for it.
        assertEnds(ExitStatus.ABSENT, Run.of(one.environment(), "ensemble", "remove", "b"), "has no member \"b\"");
    }

    @Test
    void recover_withoutWhatItTakes_changesNothing() {
        RunningNode one = founder();
        String data = directory.resolve("a").toString();
        assertEnds(ExitStatus.USAGE, Run.of("recover", "--data", data), "--force-new-ensemble is missing");
        assertEnds(ExitStatus.USAGE, Run.of("recover", "--force-new-ensemble"), "--data is missing");
        assertEnds(ExitStatus.DATA, Run.of("recover", "--force-new-ensemble", "--data", data), "in use");
        assertEnds(
                ExitStatus.DATA,
                Run.of(
                        "recover",
                        "--force-new-ensemble",
                        "--data",
                        directory.resolve("none").toString()),
                "not the data directory of a member");
        one.close();
        nodes.clear();
        Run forced = Run.of("recover", "--force-new-ensemble", "--data", data);
        assertEquals(0, forced.status(), forced.err());
        assertTrue(forced.out().startsWith("Member a is the only member"), forced.out());
    }
}
