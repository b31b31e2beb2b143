package archipel.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.shell.ExitStatus;
import archipel.shell.NodeArguments;
import archipel.shell.NodeRun;
import archipel.shell.NodeVerb;
import archipel.shell.Terminal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands about peers, on nodes that run. */
final class PeerCommandsTest {
    private static final String ID = "[0-9a-f]{32}";
    private static final String ROOT = "root:relax%20%26%20be%20%231";

    @TempDir
    private Path directory;

    private RunningNode one;
    private RunningNode two;

    @BeforeEach
    void start() {
        one = RunningNode.start(directory.resolve("one"), Map.of());
        two = RunningNode.start(directory.resolve("two"), Map.of());
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
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

    private static String invitation(RunningNode node) {
        Run run = Run.of(node.environment(), "invite");
        assertEnds(ExitStatus.DONE, run, "lets one node in, once, until 20", "add-peer URL");
        assertTrue(run.out().matches(node.url() + "/#" + ID + "\\.[0-9a-f]{40}\n"), run.out());
        return run.out().strip();
    }

    private static void awaitPeers(RunningNode node, String... lines) {
        List<String> expected = List.of(lines).stream().sorted().toList();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertEquals(
                        expected, done(node, "peers").lines().sorted().toList()));
    }

    private static String connected(RunningNode peer) {
        return peer.url() + "/  connected  lag 0";
    }

    @Test
    void invitation_addedTwice_connectsBothWaysOnce() {
        Run none = Run.of(two.environment(), "peers");
        assertEquals("", none.out());
        assertEnds(ExitStatus.DONE, none, "has no peers yet", "archipel invite");
        assertEquals("", Run.of(two.environment(), "peers", "--json").out());

        String invitation = invitation(one);
        assertEquals(one.url() + "/ is a peer now.\n", done(two, "add-peer", invitation));
        awaitPeers(one, connected(two));
        awaitPeers(two, connected(one));
        done(one, "set", "color", "red");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> Run.of(two.environment(), "get", "color").out().equals("\"red\"\n"));

        assertEquals(one.url() + "/ is a peer already.\n", done(two, "add-peer", invitation));
        String json = done(two, "add-peer", one.urlWith(ROOT), "--json");
        assertTrue(json.matches("\\{\"id\":\"" + ID + "\",\"url\":\"" + one.url() + "/\",\"added\":false}\n"), json);
    }

    @Test
    void password_ofOneNode_joinsAllThatItKnows() {
        assertEquals(one.url() + "/ is a peer now.\n", done(two, "add-peer", one.urlWith(ROOT)));
        try (RunningNode three = RunningNode.start(directory.resolve("three"), Map.of())) {
            assertEquals(
                    two.url() + "/ is a peer now, and so is 1 that it knows.\n",
                    done(three, "add-peer", two.urlWith(ROOT)));
            awaitPeers(one, connected(two), connected(three));
            awaitPeers(three, connected(one), connected(two));

            String removed = done(one, "remove-peer", three.url(), "--json");
            String form = "\\{\"id\":\"(" + ID + ")\",\"url\":\"" + three.url() + "/\",\"removed\":true}\n";
            assertTrue(removed.matches(form), removed);
            awaitPeers(one, connected(two));
            awaitPeers(two, connected(one));
            assertEnds(
                    ExitStatus.ABSENT,
                    Run.of(two.environment(), "remove-peer", removed.replaceAll(form, "$1")),
                    "There is no peer " + removed.replaceAll(form, "$1"),
                    "archipel peers");
            assertEnds(ExitStatus.ABSENT, Run.of(two.environment(), "remove-peer", one.urlWith(ROOT)), "no peer http");
        }
    }

    /** It hears of its removal from nobody, so that it knows the other one all the time. */
    @Test
    void invitation_afterARemoval_letsInWithoutSayingAlready() {
        done(two, "add-peer", invitation(one));
        awaitPeers(one, connected(two));
        awaitPeers(two, connected(one));
        done(one, "remove-peer", two.url());
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> !done(two, "peers").contains("connected"));
        assertEquals(one.url() + "/ is a peer.\n", done(two, "add-peer", invitation(one)));
        awaitPeers(one, connected(two));
        awaitPeers(two, connected(one));
    }

    @Test
    void peer_thatIsAway_isShownWithTheReason() {
        done(two, "add-peer", one.urlWith(ROOT));
        awaitPeers(two, connected(one));
        one.close();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> done(two, "peers")
                        .matches(one.url() + "/  retrying  lag -  since 20[-0-9T:]+Z: .*refused.*\n"));
        String json = done(two, "peers", "--json");
        assertTrue(json.matches("\\{\"id\":\"" + ID + "\",.*\"state\":\"(retrying|connecting)\",.*}\n"), json);
        assertTrue(done(two, "remove-peer", one.url() + "/").matches(one.url() + "/ \\(" + ID + "\\) is no peer .*\n"));
    }

    @Test
    void peer_paused_getsNothingUntilResumed() {
        done(two, "add-peer", one.urlWith(ROOT));
        awaitPeers(two, connected(one));
        awaitPeers(one, connected(two));
        String id = done(two, "peers", "--json").replaceAll("(?s).*\"id\":\"(" + ID + ")\".*", "$1");
        assertEquals(
                one.url() + "/ is paused: nothing passes between it and this node, either way.\n",
                done(two, "pause-peer", id));
        awaitPeers(two, one.url() + "/  paused  lag -");
        done(one, "set", "color", "red");
        done(two, "set", "color", "blue");
        assertEquals(one.url() + "/ is not paused any more.\n", done(two, "resume-peer", one.url()));
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> Run.of(two.environment(), "get", "color").err().contains("1 conflicting value"));
        assertTrue(done(two, "pause-peer", one.url(), "--json").contains("\"paused\":true"));
        assertEnds(ExitStatus.ABSENT, Run.of(two.environment(), "pause-peer", "nobody"), "no peer nobody");
    }

    @Test
    void invitation_jsonAndAddress_areGiven() {
        String json = done(one, "invite", "--address", "https://a.example.org", "--json");
        String form = "\\{\"url\":\"https://a.example.org/#" + ID + "\\.[0-9a-f]{40}\",\"expires\":\"20[^\"]*Z\"}\n";
        assertTrue(json.matches(form), json);
        String[] wrong = {
            "a.example.org",
            "localhost:7301",
            "http://a.example.org/kv",
            "http://ada:relax@a.example.org",
            "http://@a.example.org",
            "ftp://a.example.org",
            ""
        };
        for (String address : wrong) {
            Run run = Run.of(one.environment(), "invite", "--address", address);
            assertEnds(ExitStatus.USAGE, run, "--address must be a URL like http://");
        }
    }

    @Test
    void url_onStandardInput_isTaken() {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        NodeArguments arguments = Objects.requireNonNull(NodeArguments.parse(NodeVerb.ADD_PEER, "add-peer", "-"));
        ByteArrayInputStream in = new ByteArrayInputStream((invitation(one) + "\n").getBytes(UTF_8));
        ExitStatus status = NodeRun.run(
                arguments, two.environment(), new Terminal(in, new PrintWriter(out, true), new PrintWriter(err, true)));
        assertEquals(ExitStatus.DONE, status, err.toString());
        assertEquals(one.url() + "/ is a peer now.\n", out.toString());
    }

    @Test
    void mistakes_each_sayWhatToDo() throws IOException {
        Map<String, String> environment = two.environment();
        assertEnds(ExitStatus.USAGE, Run.of(environment, "add-peer"), "URL is missing");
        assertEnds(
                ExitStatus.USAGE, Run.of(environment, "add-peer", "10.0.0.2:5984"), "archipel invite", "http://NAME:");
        assertEnds(ExitStatus.USAGE, Run.of(environment, "add-peer", one.urlWith(ROOT) + "/kv"), "has a path");
        assertEnds(ExitStatus.USAGE, Run.of(environment, "add-peer", one.urlWith(ROOT), "--db", "kv"), "--db");
        String invitation = invitation(one);
        String secret = invitation.substring(invitation.indexOf('.', invitation.indexOf('#')));
        Run two = Run.of(environment, "add-peer", "a", invitation);
        assertEnds(ExitStatus.USAGE, two, "'http://127.0.0.1", "#...' is one argument too many");
        assertFalse(two.err().contains(secret), two.err());

        assertEnds(ExitStatus.FAULTS, Run.of(environment, "add-peer", one.url()), "Nothing says that", "an invitation");
        assertEnds(
                ExitStatus.FAULTS,
                Run.of(environment, "add-peer", one.urlWith("root:relaxed")),
                "could not add " + one.url() + "/",
                "refuses the name or the password",
                "Check the URL and the login");
        assertEnds(
                ExitStatus.FAULTS,
                Run.of(environment, "add-peer", environment.get("ARCHIPEL_URL")),
                "this node itself");
        String used = invitation.substring(0, invitation.length() - 40) + "0".repeat(40);
        assertEnds(
                ExitStatus.FAULTS,
                Run.of(environment, "add-peer", used),
                "unknown, used up or expired",
                "archipel invite");
        Run nobody = Run.of(
                environment, "add-peer", "http://127.0.0.1:1" + invitation.substring(invitation.indexOf('/', 8)));
        assertEnds(ExitStatus.FAULTS, nobody, "cannot be joined", "Check the URL, and that http://127.0.0.1");
    }

    @Test
    void login_noneOrNoAdmin_saysWhatToDo() throws Exception {
        one.put("/_users/org.couchdb.user:ada", "{\"name\":\"ada\",\"password\":\"p\",\"roles\":[],\"type\":\"user\"}");
        for (String[] line :
                new String[][] {{"peers"}, {"invite"}, {"add-peer", two.url()}, {"remove-peer", two.url()}}) {
            String[] nobody = List.of(line).toArray(new String[line.length + 2]);
            nobody[line.length] = "--url";
            nobody[line.length + 1] = one.url();
            assertEnds(ExitStatus.FAULTS, Run.of(nobody), "wants a login", "ARCHIPEL_ADMIN_PASSWORD");
            nobody[line.length + 1] = one.urlWith("ada:p");
            assertEnds(ExitStatus.FAULTS, Run.of(nobody), "rejected the login as \"ada\"", "server admin");
        }
    }

    @Test
    void peers_inEachState_areLinesOfText() throws IOException {
        String fine = "{\"id\":\"a\",\"url\":\"http://10.0.0.2:5984/\",\"state\":\"connected\",\"since\":\"S\","
                + "\"last_error\":null,\"lag\":{\"kv\":2,\"islands\":40},\"errors\":{\"a\\nb\":\"forbidden: no\"}}";
        String odd = "{\"id\":\"b\",\"url\":\"\",\"state\":\"quarantined\",\"since\":\"S\","
                + "\"last_error\":\"odd\\u001b[2J\",\"lag\":{\"kv\":2},\"errors\":{}}";
        String joining = "{\"url\":\"http://h/\",\"state\":\"joining\",\"last_error\":\"refused\"}";
        String peers = "{\"node\":{\"fingerprint\":\"f\",\"warning\":\"another node has\\u001b this identity\"},"
                + "\"peers\":[" + fine + "," + odd + "],\"joining\":[" + joining + "]}";
        try (ScriptedNode node = new ScriptedNode(_ -> ScriptedNode.answer("200 OK", peers))) {
            Run run = Run.of("peers", "--url", node.url());
            assertEnds(ExitStatus.DONE, run, "archipel: Warning: another node has  this identity.");
            assertEquals("""
                    -                      quarantined  lag -  since S: odd [2J
                    http://10.0.0.2:5984/  connected    lag 42  "a\\nb" fails: forbidden: no
                    http://h/              joining      lag -  refused
                    """, run.out());
            List<String> lines =
                    Run.of("peers", "--json", "--url", node.url()).out().lines().toList();
            assertEquals(3, lines.size());
            assertEquals(joining, lines.getLast());
            assertEnds(ExitStatus.ABSENT, Run.of("remove-peer", "http://h", "--url", node.url()), "no peer http://h:");
        }
        String[] others = {
            ScriptedNode.answer(
                    "404 Object Not Found", "{\"error\":\"not_found\",\"reason\":\"Database does not exist.\"}"),
            ScriptedNode.answer("200 OK", "{\"couchdb\":\"Welcome\"}"),
            ScriptedNode.answer("200 OK", "<html>Welcome</html>")
        };
        for (String other : others) {
            try (ScriptedNode node = new ScriptedNode(_ -> other)) {
                assertEnds(ExitStatus.FAULTS, Run.of("peers", "--url", node.url()), node.url());
            }
        }
    }
}
