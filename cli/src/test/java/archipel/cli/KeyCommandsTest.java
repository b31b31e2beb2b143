package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.shell.ExitStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The small store's commands on a node that runs, but for {@code watch}. */
final class KeyCommandsTest {
    private static final String[] AWKWARD = {
        "a b",
        "a/b",
        "..",
        ".",
        "_design/x",
        "_",
        "~_",
        "~",
        "é\ud83d\ude00",
        "a\nb",
        "\"",
        "?a=b&c#d%2F+",
        "a\\b",
        "a*"
    };

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

    private Run run(String... line) {
        return Run.of(node.environment(), line);
    }

    private String done(String... line) {
        Run run = run(line);
        assertEquals(new Run(0, run.out(), ""), run);
        return run.out();
    }

    private static void assertEnds(ExitStatus status, Run run, String... said) {
        assertEquals(status.code(), run.status(), run.out() + run.err());
        for (String part : said) {
            assertTrue(run.err().contains(part), run.err());
        }
        assertFalse(run.err().contains("\tat "), run.err());
        assertFalse(run.err().contains("relax"), run.err());
    }

    @Test
    void key_anyText_isSetReadListedAndDeleted() {
        for (String key : AWKWARD) {
            assertEquals("", done("set", "--text", "--", key, key));
            assertEquals(key + "\n", done("get", "--text", "--", key));
        }
        List<String> shown = Stream.of(AWKWARD)
                .map(key -> key.equals("a\nb") ? "\"a\\nb\"" : key.equals("\"") ? "\"\\\"\"" : key)
                .sorted()
                .toList();
        assertEquals(shown, done("keys").lines().sorted().toList());
        assertEquals(
                List.of("\"a\\nb\"", "a b", "a*", "a/b", "a\\b"),
                done("keys", "a").lines().sorted().toList());
        assertEquals("_\n_design/x\n", done("keys", "_"));
        assertEquals("~\n~_\n", done("keys", "~"));
        for (String key : AWKWARD) {
            assertEquals("", done("rm", "--", key));
            assertEnds(ExitStatus.ABSENT, run("get", "--", key), "has no value");
        }
        assertEquals("", done("keys"));
    }

    @Test
    void set_aKeyThatHasAValue_keepsItUnlessTold() {
        done("set", "color", "red");
        done("set", "color", "red");
        assertEquals("\"red\"\n", done("get", "color"));
        Run other = run("set", "color", "blue");
        assertEnds(ExitStatus.DIFFERENT, other, "\"color\" is \"red\", not \"blue\"", "--replace");
        assertEquals("", other.out());
        done("set", "color", "blue", "--replace");
        assertEquals("\"blue\"\n", done("get", "color"));

        done("set", "point", "{\"y\": 1.0, \"x\": [1e2]}");
        assertEquals("{\"y\":1.0,\"x\":[1e2]}\n", done("get", "point"));
        done("set", "point", "{\"x\":[100],\"y\":1}");
        assertEnds(ExitStatus.DIFFERENT, run("set", "point", "{\"x\":[100],\"y\":1.01}"));
    }

    @Test
    void rm_thenSet_isANewValue() {
        done("set", "color", "red");
        done("rm", "color");
        assertEnds(ExitStatus.ABSENT, run("rm", "color"), "\"color\" has no value");
        done("set", "color", "blue");
        assertEquals("\"blue\"\n", done("get", "color"));
    }

    @Test
    void json_everyCommand_isOneObjectPerLine() {
        assertTrue(done("set", "a", "1", "--json")
                .matches("\\{\"key\":\"a\",\"value\":1,\"rev\":\"1-[0-9a-f]{32}\",\"changed\":true}\n"));
        assertTrue(done("set", "a", "1.0", "--json").endsWith(",\"changed\":false}\n"));
        assertTrue(run("set", "a", "2", "--json")
                .out()
                .matches("\\{\"key\":\"a\",\"error\":\"conflict\",\"value\":1,\"rev\":\"1-.*\",\"refused\":2}\n"));
        assertTrue(done("get", "a", "--json").matches("\\{\"key\":\"a\",\"value\":1,\"rev\":\"1-[0-9a-f]{32}\"}\n"));
        assertTrue(done("keys", "--json").matches("\\{\"key\":\"a\",\"rev\":\"1-[0-9a-f]{32}\"}\n"));
        assertTrue(
                done("rm", "a", "--json").matches("\\{\"key\":\"a\",\"deleted\":true,\"rev\":\"2-[0-9a-f]{32}\"}\n"));
        assertEquals(
                "{\"key\":\"a\",\"error\":\"not_found\"}\n",
                run("get", "a", "--json").out());
        assertEquals(
                "{\"key\":\"a\",\"error\":\"not_found\"}\n",
                run("rm", "a", "--json").out());
    }

    /** The first set of all makes the database, which only one can. */
    @Test
    void set_byManyAtOnce_isWonByOne() throws Exception {
        List<Run> runs = together(8, number -> run("set", "leader", "n" + number));
        List<Run> won = runs.stream().filter(run -> run.status() == 0).toList();
        assertEquals(1, won.size(), runs.toString());
        String value = done("get", "leader").strip();
        for (Run run : runs) {
            if (run != won.getFirst()) {
                assertEnds(ExitStatus.DIFFERENT, run, "\"leader\" is " + value);
            }
        }
        for (Run run : together(8, number -> run("set", "leader", "m" + number, "--replace"))) {
            assertEquals(new Run(0, "", ""), run);
        }
        assertTrue(done("get", "leader", "--json").contains("\"rev\":\"9-"), done("get", "leader", "--json"));
    }

    private static List<Run> together(int count, java.util.function.IntFunction<Run> work) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            List<Callable<Run>> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                all.add(() -> work.apply(number));
            }
            List<Run> runs = new ArrayList<>();
            for (Future<Run> one : threads.invokeAll(all)) {
                runs.add(one.get());
            }
            return runs;
        }
    }

    private void conflict(String key) throws Exception {
        String one = "\"_rev\":\"1-" + "a".repeat(32) + "\",\"value\":\"red\"";
        String two = "\"_rev\":\"1-" + "b".repeat(32) + "\",\"value\":\"blue\"";
        node.put("/kv/" + key + "?new_edits=false", "{" + one + "}");
        node.put("/kv/" + key + "?new_edits=false", "{" + two + "}");
    }

    @Test
    void conflict_ofReplication_isShownAndSettled() throws Exception {
        node.put("/kv", "");
        conflict("color");
        Run get = run("get", "color");
        assertEquals("\"blue\"\n", get.out());
        assertEnds(ExitStatus.DONE, get, "\"color\" has 1 conflicting value", "--json", "--replace");
        assertEquals(
                "{\"key\":\"color\",\"value\":\"blue\",\"rev\":\"1-" + "b".repeat(32)
                        + "\",\"conflicts\":[{\"value\":\"red\",\"rev\":\"1-" + "a".repeat(32) + "\"}]}\n",
                run("get", "color", "--json").out());
        assertEnds(ExitStatus.DONE, run("set", "color", "blue"), "conflicting");
        done("set", "color", "blue", "--replace");
        assertEquals("\"blue\"\n", done("get", "color"));

        conflict("size");
        done("rm", "size");
        assertEnds(ExitStatus.ABSENT, run("get", "size"));
    }

    @Test
    void document_ofAKey_isWhatOtherClientsSee() throws Exception {
        done("set", "_a", "{\"b\":1}");
        String stored = node.get("/kv/~_a");
        assertTrue(stored.matches("\\{\"_id\":\"~_a\",\"_rev\":\"1-[0-9a-f]{32}\",\"value\":\\{\"b\":1}}\\s*"), stored);

        node.put("/kv/note", "{\"title\":\"x\",\"_attachments\":{\"f\":{\"data\":\"YQ==\"}}}");
        assertEnds(ExitStatus.FAULTS, run("get", "note"), "without a member \"value\"");
        assertEnds(ExitStatus.DIFFERENT, run("set", "note", "1"), "is a document without a value", "not 1");
        done("set", "note", "1", "--replace");
        done("set", "note", "2", "--replace");
        assertEquals("2\n", done("get", "note"));
        assertTrue(node.get("/kv/note").contains("\"title\":\"x\""), node.get("/kv/note"));
        assertEquals("a", node.get("/kv/note/f"));
        node.put("/kv/_design/d", "{}");
        assertEquals("_a\nnote\n", done("keys").lines().sorted().reduce("", (a, b) -> a + b + "\n"));
    }

    @Test
    void keys_moreThanAPage_areAllListedOnce() throws Exception {
        StringBuilder documents = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 2500; i++) {
            String key = "k/%04d".formatted(i);
            expected.add(key);
            documents
                    .append(i == 0 ? "" : ",")
                    .append("{\"_id\":\"")
                    .append(key)
                    .append("\",\"value\":1}");
        }
        node.put("/kv", "");
        node.post("/kv/_bulk_docs", "{\"docs\":[" + documents + ",{\"_id\":\"k0\"},{\"_id\":\"j\"}]}");
        assertEquals(expected, done("keys", "k/").lines().toList());
        assertEquals(1000, done("keys", "k/1").lines().count());
        assertEquals(2502, done("keys").lines().count());
        assertEquals("", done("keys", "l"));
    }

    @Test
    void value_large_isKept() {
        String large = "x".repeat(100_000);
        done("set", "large", large);
        assertEquals(large + "\n", done("get", "large", "--text"));
        Run refused = run("set", "large", large + "y");
        assertEnds(ExitStatus.DIFFERENT, refused, "... (100002 characters)");
        assertTrue(refused.err().length() < 2000, refused.err());
    }

    @Test
    void database_thatIsMissing_isNamed() throws Exception {
        assertEnds(ExitStatus.ABSENT, run("get", "a"), "There is no database \"kv\"", "the first set creates it");
        assertEnds(ExitStatus.ABSENT, run("rm", "a"), "There is no database \"kv\"");
        Run keys = run("keys", "--db", "none");
        assertEnds(ExitStatus.DONE, keys, "There is no database \"none\"");
        assertEquals("", keys.out());
        assertFalse(node.get("/_all_dbs").contains("kv"));
        done("set", "a", "1", "--db", "a/b");
        assertEquals("1\n", done("get", "a", "--db", "a/b"));
    }

    @Test
    void database_thatCannotBe_isAMistakeOfTheCommandLine() {
        String[][] lines = {{"set", "a", "1"}, {"get", "a"}, {"keys"}, {"rm", "a"}, {"watch"}};
        for (String[] line : lines) {
            String[] named = Arrays.copyOf(line, line.length + 2);
            named[line.length] = "--db";
            for (String name : new String[] {"Bad", "1a", "a b", "_new", "a\nb"}) {
                named[line.length + 1] = name;
                assertEnds(ExitStatus.USAGE, run(named), "No database can be named \"", "lower-case letter", "_ $ (");
            }
            named[line.length + 1] = "a".repeat(300);
            assertEnds(ExitStatus.USAGE, run(named), "as long as");
        }
    }

    @Test
    void login_refused_saysWhatToDo() throws Exception {
        node.put(
                "/_users/org.couchdb.user:ada", "{\"name\":\"ada\",\"password\":\"p\",\"roles\":[],\"type\":\"user\"}");
        String ada = node.urlWith("ada:p");
        String[] nobody = {"set", "a", "1", "--url", node.url()};
        assertEnds(
                ExitStatus.FAULTS,
                Run.of(nobody),
                "There is no database \"kv\" yet",
                "Who gives no name",
                "server admin");
        assertEnds(
                ExitStatus.FAULTS, Run.of("set", "a", "1", "--url", ada), "\"ada\" may not create it", "server admin");
        done("set", "a", "1");
        assertEnds(ExitStatus.FAULTS, Run.of("get", "a", "--url", node.url()), "wants a login", "--admin");
        assertEnds(ExitStatus.FAULTS, Run.of("get", "a", "--url", ada), "\"ada\" may not", "_security");
        Run wrong = Run.of("get", "a", "--url", node.urlWith("ada:wrong-word"));
        assertEnds(ExitStatus.FAULTS, wrong, "rejected the login as \"ada\"", "ARCHIPEL_ADMIN_PASSWORD");
        assertFalse(wrong.err().contains("wrong-word"), wrong.err());
        assertEnds(ExitStatus.USAGE, Run.of("get", "a", "--admin", "ada", "--url", node.url()), "\"ada\" is missing");

        node.put("/open", "");
        node.put(
                "/open/_security",
                "{\"members\":{\"names\":[],\"roles\":[]},\"admins\":{\"names\":[],\"roles\":[]}}",
                200);
        assertEnds(ExitStatus.DONE, Run.of("set", "a", "1", "--db", "open", "--url", node.url()));
        assertEnds(ExitStatus.DONE, Run.of("get", "a", "--db", "open", "--url", node.url()));
        String rule = "{\"language\":\"query\",\"validate_doc_update\":{\"newDoc\":{\"value\":{\"$lt\":2}}}}";
        node.put("/open/_design/d", rule);
        assertEnds(
                ExitStatus.FAULTS,
                Run.of("set", "b", "2", "--db", "open", "--url", node.url()),
                "forbidden",
                "not valid");
    }

    @Test
    void node_none_saysWhatIsThere() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            closed = socket.getLocalPort();
        }
        String url = "http://root:relax@127.0.0.1:" + closed;
        for (String command : new String[] {"get", "rm", "watch"}) {
            Run run = Run.of(command, "a", "--url", url);
            assertEnds(ExitStatus.FAULTS, run, "Nothing is listening at http://127.0.0.1:" + closed);
        }
        assertEnds(ExitStatus.FAULTS, Run.of("keys", "--url", "http://nowhere.invalid"), "The host of", "is unknown");
        assertEnds(ExitStatus.USAGE, Run.of("keys", "--url", "nowhere"), "The URL is invalid");
        String page = ScriptedNode.answer("200 OK", "<html>Welcome</html>");
        for (String answer : new String[] {page, "220 mail.example.org ESMTP\r\n", ""}) {
            try (ScriptedNode other = new ScriptedNode(_ -> answer)) {
                assertEnds(ExitStatus.FAULTS, Run.of("get", "a", "--url", other.url()), other.url());
            }
        }
        String cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"rows\":[";
        try (ScriptedNode node = new ScriptedNode(_ -> cut)) {
            assertEnds(ExitStatus.FAULTS, Run.of("keys", "--url", node.url()), "was cut off");
        }
        String moved = "HTTP/1.1 301 Moved\r\nLocation: https://example.org/\r\nContent-Length: 0\r\n\r\n";
        try (ScriptedNode proxy = new ScriptedNode(_ -> moved)) {
            Run run = Run.of("get", "a", "--url", proxy.url());
            assertEnds(ExitStatus.FAULTS, run, "redirects to https://example.org/: use that URL");
        }
    }
}
