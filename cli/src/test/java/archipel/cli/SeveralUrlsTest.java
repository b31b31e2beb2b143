package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.shell.ExitStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that are given the addresses of several nodes, of which some do not answer. */
final class SeveralUrlsTest {
    private static final String BUSY = ScriptedNode.answer(
            "503 Service Unavailable", "{\"error\":\"service_unavailable\",\"reason\":\"No leader.\"}");
    private static final String NOTHING = "";

    @TempDir
    private Path directory;

    private RunningNode node;

    @BeforeEach
    void start() {
        node = RunningNode.start(directory.resolve("data"), Map.of());
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private Run run(String urls, String... line) {
        Map<String, String> environment = new HashMap<>(node.environment());
        environment.put("ARCHIPEL_URL", urls);
        return Run.of(environment, line);
    }

    private static String nowhere() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + socket.getLocalPort();
        }
    }

    private void assertAllWork(String urls) {
        assertEquals(new Run(0, "", ""), run(urls, "set", "color", "red"));
        assertEquals(new Run(0, "\"red\"\n", ""), run(urls, "get", "color"));
        assertEquals(new Run(0, "", ""), run(urls, "set", "color", "blue", "--replace"));
        assertEquals(new Run(0, "color\n", ""), run(urls, "keys"));
        assertEquals(new Run(0, "", ""), run(urls, "rm", "color"));
        assertEquals(ExitStatus.ABSENT.code(), run(urls, "get", "color").status());
    }

    @Test
    void keys_firstNodesAreAway_areThoseOfTheNext() throws IOException {
        assertAllWork(nowhere() + ", " + nowhere() + "," + node.url());
        assertEquals(
                new Run(0, "", ""),
                Run.of(
                        Map.of("ARCHIPEL_ADMIN", "root", "ARCHIPEL_ADMIN_PASSWORD", RunningNode.PASSWORD),
                        "keys",
                        "--url",
                        nowhere() + "," + node.url()));
    }

    @Test
    void keys_firstNodeAnswers503_areThoseOfTheNext() throws IOException {
        try (ScriptedNode first = new ScriptedNode(_ -> BUSY)) {
            assertAllWork(first.url() + "," + node.url());
        }
    }

    /** What became of the request nobody knows. */
    @Test
    void keys_firstNodeDiesBeforeItAnswers_areThoseOfTheNext() throws IOException {
        try (ScriptedNode first = new ScriptedNode(_ -> NOTHING)) {
            assertAllWork(first.url() + "," + node.url());
            assertFalse(first.heard().isEmpty());
        }
    }

    /** The first node has written, and its answer is lost: the next one has the value already. */
    @Test
    void set_answerOfTheFirstNodeIsLost_isNotRefused() throws IOException {
        try (ScriptedNode first = new ScriptedNode(line -> {
            assertEquals(0, run(node.url(), "set", "color", "red").status());
            return NOTHING;
        })) {
            String urls = first.url() + "," + node.url();
            assertEquals(new Run(0, "", ""), run(urls, "set", "color", "red"));
            assertEquals(new Run(0, "", ""), run(urls, "set", "color", "red", "--replace"));
            assertEquals(new Run(0, "\"red\"\n", ""), run(node.url(), "get", "color"));
            assertTrue(run(node.url(), "get", "color", "--json").out().contains("\"rev\":\"1-"));
        }
    }

    @Test
    void keys_noNodeAnswers_namesAll() throws IOException {
        List<String> urls = List.of(nowhere(), nowhere());
        Run run = run(String.join(",", urls), "get", "color");
        assertEquals(ExitStatus.FAULTS.code(), run.status());
        urls.forEach(url -> assertTrue(run.err().contains(url), run.err()));
    }

    @Test
    void keys_everyNodeAnswers503_saysWhatTheLastSays() throws IOException {
        try (ScriptedNode first = new ScriptedNode(_ -> BUSY);
                ScriptedNode second = new ScriptedNode(_ -> BUSY)) {
            Run run = run(first.url() + "," + second.url(), "get", "color");
            assertEquals(ExitStatus.FAULTS.code(), run.status());
            assertTrue(run.err().contains("No leader."), run.err());
        }
    }

    @Test
    void invite_firstNodeIsAway_isTheNextNodes() throws IOException {
        Run run = run(nowhere() + "," + node.url(), "invite");
        assertEquals(0, run.status(), run.err());
        assertTrue(run.out().startsWith(node.url() + "/#"), run.out());
    }

    @Test
    void invite_firstNodeDiesBeforeItAnswers_isNotDoneTwice() throws IOException {
        try (ScriptedNode first = new ScriptedNode(_ -> NOTHING);
                ScriptedNode second = new ScriptedNode(_ -> NOTHING)) {
            Run run = run(first.url() + "," + second.url(), "invite");
            assertEquals(ExitStatus.FAULTS.code(), run.status());
            assertEquals(List.of(), second.heard());
        }
    }

    @Test
    void peers_firstNodeDiesBeforeItAnswers_areThoseOfTheNext() throws IOException {
        try (ScriptedNode first = new ScriptedNode(_ -> NOTHING)) {
            assertEquals(
                    0, run(first.url() + "," + node.url(), "peers", "--json").status());
        }
    }

    @Test
    void login_inTheFirstUrl_servesForTheNext() throws IOException {
        String first = nowhere().replace("http://", "http://root:relax%20%26%20be%20%231@");
        assertEquals(new Run(0, "", ""), Run.of("set", "color", "red", "--url", first + "," + node.url()));
    }

    @Test
    void url_oneOfSeveralIsNone_isRefused() {
        assertEquals(ExitStatus.USAGE.code(), run(node.url() + ",", "keys").status());
        assertEquals(
                ExitStatus.USAGE.code(), run("nowhere," + node.url(), "keys").status());
    }
}
