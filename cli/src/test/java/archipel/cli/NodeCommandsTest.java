package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.shell.ExitStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code backup} and {@code verify} of a node that runs. */
final class NodeCommandsTest {
    private static final String ENCODED = "root:relax%20%26%20be%20%231";

    @TempDir
    private Path directory;

    private RunningNode start() {
        Path backups = directory.resolve("backups");
        return RunningNode.start(directory.resolve("data"), Map.of("backup_directory", backups.toString()));
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private static void assertFails(ExitStatus status, Run run, String... said) {
        assertEquals(status.code(), run.status(), run.out() + run.err());
        for (String part : said) {
            assertTrue(run.err().contains(part), run.err());
        }
        assertFalse(run.err().contains("\tat "), run.err());
        assertFalse((run.out() + run.err()).contains("relax"), run.err());
    }

    @Test
    void backup_ofARunningNode_isRestoredAsItWas() throws Exception {
        try (RunningNode node = start()) {
            node.put("/islands", "");
            node.put("/a%2Fb%2Bc", "");
            node.put("/islands/sein", "{\"area\":0.58}");
            Run first = Run.of(RunningNode.ENVIRONMENT, "backup", node.url(), "nightly", "--admin", "root");
            assertEquals(ExitStatus.DONE.code(), first.status(), first.err());
            String where = "Backup 1 in " + path("backups/nightly") + " on the machine of " + node.url() + ": ";
            assertTrue(first.out().startsWith(where), first.out());

            node.put("/islands/ouessant", "{\"area\":15.58}");
            Run second = Run.of("backup", node.urlWith(ENCODED) + "/", "nightly");
            assertEquals(ExitStatus.DONE.code(), second.status(), second.err());
            assertTrue(second.out().startsWith("Backup 2 in "), second.out());
            assertFalse((second.out() + second.err()).contains("relax"), second.out() + second.err());
        }
        assertEquals(
                0, Run.of("restore", path("backups/nightly"), path("restored")).status());
        Run whole = Run.of("verify", path("restored"));
        assertTrue(whole.out().contains("islands: holds up to block 2-0x"), whole.out());
        assertEquals(Run.of("verify", path("data")).out(), whole.out());
        assertEquals(0, Run.of("check", path("restored")).status());
    }

    @Test
    void backup_toTheNodesOwnDirectory_needsNoOther() throws Exception {
        Path file = Files.writeString(directory.resolve("secret"), RunningNode.PASSWORD + "\nmore\n");
        try (RunningNode node = start()) {
            Run run = Run.of("backup", node.url(), "--admin", "root", "--admin-password-file", file.toString());
            assertEquals(ExitStatus.DONE.code(), run.status(), run.err());
            assertTrue(run.out().startsWith("Backup 1 in " + path("backups") + " on "), run.out());
            Run elsewhere = Run.of("backup", node.urlWith(ENCODED), directory.toString());
            assertFails(ExitStatus.FAULTS, elsewhere, "must be inside the node's backup_directory");
        }
    }

    @Test
    void verify_ofARunningNode_saysWhatItSaysOfTheDirectory() throws Exception {
        String said;
        try (RunningNode node = RunningNode.start(directory.resolve("data"), Map.of("require_valid_user", "true"))) {
            node.put("/islands", "");
            node.put("/a%2Fb%2Bc", "");
            node.put("/islands/sein", "{\"area\":0.58}");
            Run run = Run.of(RunningNode.ENVIRONMENT, "verify", node.url(), "--admin", "root");
            assertEquals(ExitStatus.DONE.code(), run.status(), run.err());
            said = run.out();
        }
        assertTrue(said.contains("\na/b+c: holds up to block 0-0x"), said);
        assertEquals(Run.of("verify", path("data")).out(), said);
    }

    @Test
    void login_refused_saysHowToGiveOne() throws Exception {
        try (RunningNode node = start()) {
            for (String command : new String[] {"backup", "verify"}) {
                Run wrong = Run.of(command, node.urlWith("root:wrong-word"));
                assertFails(ExitStatus.FAULTS, wrong, "\"root\"", "ARCHIPEL_ADMIN_PASSWORD", "--admin-password-file");
                assertFalse(wrong.err().contains("wrong-word"), wrong.err());
                assertFails(
                        ExitStatus.FAULTS,
                        Run.of(RunningNode.ENVIRONMENT, command, node.url()),
                        "\"admin\"",
                        "--admin");
                assertFails(ExitStatus.USAGE, Run.of(command, node.urlWith("root")), "\"root\"", "is missing");
                assertFails(
                        ExitStatus.USAGE,
                        Run.of(command, node.urlWith(ENCODED), "--admin", "ada"),
                        "\"ada\"",
                        "\"root\"");
            }
            assertFalse(Files.exists(directory.resolve("backups")));
        }
    }

    @Test
    void backup_withoutADirectoryOnTheNode_namesTheFlag() {
        try (RunningNode node = RunningNode.start(directory.resolve("data"), Map.of())) {
            assertFails(ExitStatus.FAULTS, Run.of("backup", node.urlWith(ENCODED)), node.url(), "--backup-directory");
        }
    }

    @Test
    void node_none_saysWhatIsThere() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            closed = socket.getLocalPort();
        }
        String url = "http://root:relax@127.0.0.1:" + closed;
        assertFails(
                ExitStatus.FAULTS,
                Run.of("backup", url),
                "Nothing is listening at http://127.0.0.1:" + closed,
                "start");
        Run unknown = Run.of("verify", "http://root:relax@nowhere.invalid:5984");
        assertFails(ExitStatus.FAULTS, unknown, "The host of http://nowhere.invalid:5984 is unknown");
        String page = ScriptedNode.answer("200 OK", "<html>Welcome</html>");
        String couch = ScriptedNode.answer("200 OK", "{\"couchdb\":\"Welcome\",\"vendor\":{\"name\":\"another\"}}");
        for (String answer : new String[] {page, couch, "220 mail.example.org ESMTP\r\n", ""}) {
            try (ScriptedNode other = new ScriptedNode(_ -> answer)) {
                Run run = Run.of("backup", other.url().replace("//", "//root:relax@"));
                assertFails(ExitStatus.FAULTS, run, other.url() + " is not an Archipel node");
            }
        }
        String moved = "HTTP/1.1 301 Moved\r\nLocation: https://example.org/\r\nContent-Length: 0\r\n\r\n";
        try (ScriptedNode proxy = new ScriptedNode(_ -> moved)) {
            Run run = Run.of("verify", proxy.url().replace("//", "//root:relax@"));
            assertFails(ExitStatus.FAULTS, run, "redirects to https://example.org/: use that URL");
            assertEquals(1, proxy.heard().size());
            assertFalse(proxy.heard().getFirst().contains("Authorization"), "a stranger needs no password");
        }
    }

    @Test
    void backup_thatBreaksOff_showsHowFarItCameAndThatItMayBeIncomplete() throws IOException {
        String begun = ScriptedNode.begun(
                "{\"waiting\":true}",
                "{\"waiting\":true}",
                "{\"waiting\":false}",
                "{\"new_bytes\":5,\"of\":20}",
                "{\"new_bytes\":10,\"of\":20}");
        String ended = begun + "0\r\n\r\n";
        for (String answer : new String[] {begun, ended}) {
            try (ScriptedNode node = script("POST /_backup", answer)) {
                Run run = Run.of("backup", node.url().replace("//", "//root:relax@"));
                assertFails(ExitStatus.FAULTS, run, "may be incomplete", "Earlier backups are unaffected", node.url());
                // The library passes on a cut without what came before it and was not read yet.
                String begin = answer.equals(begun)
                        ? ""
                        : "The node is making another backup; this one starts when that is done.\n"
                                + "5 of 20 bytes written (25 %)\n10 of 20 bytes written (50 %)\n"
                                + "archipel: The connection to ";
                assertTrue(run.err().startsWith(begin), run.err());
            }
        }
        // It stays: a cut could overtake the lines.
        String full = ScriptedNode.begun(
                        "{\"new_bytes\":5,\"of\":20}", "{\"error\":\"storage_error\",\"reason\":\"The disk is full.\"}")
                + ScriptedNode.STAY;
        try (ScriptedNode node = script("POST /_backup", full)) {
            Run run = Run.of("backup", node.url().replace("//", "//root:relax@"));
            assertFails(ExitStatus.FAULTS, run, node.url() + " failed: The disk is full.");
        }
    }

    private static ScriptedNode script(String begin, String answer) throws IOException {
        return new ScriptedNode(request -> request.startsWith(begin) ? answer : ScriptedNode.WELCOME);
    }

    @Test
    void verify_ofWhatDoesNotHold_endsWithFaults() throws IOException {
        String broken = ScriptedNode.begun(
                        "{\"block\":3,\"of\":12}",
                        "{\"ok\":false,\"complete\":false,\"fault\":{\"block\":7,\"reason\":\"its hash is another\"}}")
                + "0\r\n\r\n";
        String stopped = ScriptedNode.begun("{\"ok\":false,\"complete\":false}") + "0\r\n\r\n";
        String dropped = ScriptedNode.answer(
                "404 Not Found", "{\"error\":\"not_found\",\"reason\":\"Database does not exist.\"}");
        String unknown = ScriptedNode.answer("404 Not Found", "{\"error\":\"not_found\",\"reason\":\"missing\"}");
        Map<String, String> answers =
                Map.of("/a/_verify", broken, "/b/_verify", dropped, "/c/_verify", stopped, "/d/_verify", unknown);
        for (String names : new String[] {"\"a\",\"b\"", "\"c\"", "\"d\""}) {
            Map<String, String> script =
                    Map.of("/", ScriptedNode.WELCOME, "/_all_dbs", ScriptedNode.answer("200 OK", "[" + names + "]"));
            try (ScriptedNode node = new ScriptedNode(request -> {
                String path = request.split(" ")[1];
                return script.getOrDefault(path, answers.getOrDefault(path, ""));
            })) {
                Run run = Run.of("verify", node.url().replace("//", "//root:relax@"));
                switch (names) {
                    case "\"c\"" -> assertFails(ExitStatus.FAULTS, run, "was lost before everything was verified");
                    case "\"d\"" -> assertFails(ExitStatus.FAULTS, run, "refused the request (404): missing");
                    default -> {
                        assertFails(ExitStatus.FAULTS, run, "a: block 3 of 12 (25 %)");
                        assertEquals(
                                "a: block 7 does not hold: its hash is another\nb: deleted while verifying\n",
                                run.out());
                    }
                }
            }
        }
    }

    @Test
    void urls_whereTheyDoNotBelong_areUsageErrorsThatShowNoPassword() {
        String url = "http://root:relax@127.0.0.1:1";
        String[][] wrong = {
            {"backup", "http://root:re@lax@127.0.0.1:1"},
            {"backup", "http://root:relax/@127.0.0.1:1"},
            {"backup", "http://root:relax%@127.0.0.1:1"},
            {"verify", "https://root:relax@"},
            {"verify", url + "/?a=b"},
            {"backup", "data", url},
            {"backup", "data"},
            {"backup", url, "a", url},
            {"restore", url, "data"},
            {"check", url},
            {"backup", "data", "copies", "--admin", "root"},
            {"verify", "data", "--admin-password-file", "x"}
        };
        for (String[] line : wrong) {
            assertFails(ExitStatus.USAGE, Run.of(line));
        }
    }
}
