package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.shell.ExitStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code watch} on a node that runs, through a proxy that can cut the connection. */
final class WatchCommandTest {
    @TempDir
    private Path directory;

    private RunningNode node;
    private CutProxy proxy;

    @BeforeEach
    void start() throws IOException {
        node = RunningNode.start(directory.resolve("data"), Map.of());
        proxy = new CutProxy(node.port());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        node.close();
    }

    private void done(String... line) {
        assertEquals(new Run(0, "", ""), Run.of(node.environment(), line));
    }

    /** A run that ends as on a closed pipe, once so many lines were printed. */
    private final class Watch {
        private final int lines;
        private final StringWriter out = new StringWriter();
        private final StringWriter err = new StringWriter();
        private final Thread thread;
        private volatile int status = -1;

        private Watch(int lines, String... line) {
            this.lines = lines;
            Map<String, String> environment = new HashMap<>(node.environment());
            environment.put("ARCHIPEL_URL", "http://127.0.0.1:" + proxy.port());
            thread = Thread.ofVirtual()
                    .start(() -> status =
                            Main.run(line, environment, new PrintWriter(new Pipe(), true), new PrintWriter(err, true)));
        }

        private String printed() {
            return out.toString();
        }

        private void await(String printed) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertEquals(printed, printed(), err.toString()));
        }

        private void awaitSaid(String said) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> err.toString().contains(said));
        }

        private String end() throws InterruptedException {
            assertTrue(thread.join(Duration.ofSeconds(30)), printed() + err);
            assertEquals(0, status, err.toString());
            return printed();
        }

        private final class Pipe extends Writer {
            @Override
            public void write(char[] characters, int from, int length) {
                out.write(characters, from, length);
            }

            @Override
            public void flush() throws IOException {
                if (printed().lines().count() >= lines) {
                    throw new IOException("nobody reads on");
                }
            }

            @Override
            public void close() {}
        }
    }

    @Test
    void watch_connectionCut_missesNothing() throws Exception {
        done("set", "a", "0");
        Watch watch = new Watch(6, "watch", "--since", "0");
        watch.await("a\t0\n");
        done("set", "b", "{\"x\": \"y z\"}");
        watch.await("a\t0\nb\t{\"x\":\"y z\"}\n");

        proxy.cut();
        watch.awaitSaid("was lost");
        done("set", "c", "1");
        done("set", "c", "2", "--replace");
        done("rm", "a");
        proxy.mend();
        watch.await("a\t0\nb\t{\"x\":\"y z\"}\nc\t2\na\tdeleted\n");

        proxy.cut();
        proxy.mend();
        done("set", "d", "3");
        done("set", "e f", "4");
        assertEquals("a\t0\nb\t{\"x\":\"y z\"}\nc\t2\na\tdeleted\nd\t3\ne f\t4\n", watch.end());
        assertTrue(watch.err.toString().contains("Watching again."), watch.err.toString());
    }

    @Test
    void watch_fromNow_tellsWhatComes() throws Exception {
        done("set", "old", "1");
        Watch watch = new Watch(1, "watch");
        // When exactly "now" is, is the node's to say.
        for (int i = 0; watch.thread.isAlive() && i < 100; i++) {
            done("set", "new", Integer.toString(i), "--replace");
        }
        assertTrue(watch.end().matches("new\t[0-9]+\n"), watch.printed());
    }

    @Test
    void watch_prefixOrKey_tellsThatAlone() throws Exception {
        for (String key : List.of("a", "ab", "b", "_a", "_b", "~_a")) {
            done("set", key, "1");
        }
        done("rm", "ab");
        assertEquals("a\t1\nab\tdeleted\n", new Watch(2, "watch", "a", "--since", "0").end());
        assertEquals("a\t1\n", new Watch(1, "watch", "a", "--exact", "--since", "0").end());
        assertEquals("_a\t1\n_b\t1\n", new Watch(2, "watch", "_", "--since", "0").end());
        Watch tilde = new Watch(2, "watch", "~", "--since", "0");
        tilde.await("~_a\t1\n");
        done("set", "~", "2");
        assertEquals("~_a\t1\n~\t2\n", tilde.end());
        Watch exact = new Watch(1, "watch", "ab", "--exact");
        for (int i = 0; exact.thread.isAlive() && i < 100; i++) {
            done("set", "abc", Integer.toString(i), "--replace");
            done("set", "ab", Integer.toString(i), "--replace");
        }
        assertTrue(exact.end().matches("ab\t[0-9]+\n"), exact.printed());
    }

    @Test
    void watch_json_givesSeqsToGoOnFrom() throws Exception {
        done("set", "a", "1");
        done("set", "b", "2");
        String first = new Watch(1, "watch", "--since", "0", "--json").end();
        String form = "\\{\"seq\":\"(1-[0-9a-f]+)\",\"key\":\"a\",\"value\":1,\"rev\":\"1-[0-9a-f]{32}\"}\n";
        assertTrue(first.matches(form), first);
        done("rm", "b");
        String next = new Watch(1, "watch", "--json", "--since", first.replaceAll(form, "$1")).end();
        assertTrue(next.matches("\\{\"seq\":\"3-.*\",\"key\":\"b\",\"deleted\":true,\"rev\":\"2-.*\"}\n"), next);
    }

    @Test
    void watch_databaseThatIsMissing_waitsForIt() throws Exception {
        Watch watch = new Watch(1, "watch");
        watch.awaitSaid("There is no database \"kv\" yet");
        done("set", "a", "1");
        assertEquals("a\t1\n", watch.end());
    }

    @Test
    void watch_loginRefused_ends() {
        Run run = Run.of("watch", "--url", node.urlWith("root:wrong"));
        assertEquals(ExitStatus.FAULTS.code(), run.status());
        assertTrue(run.err().contains("rejected the login"), run.err());
    }
}
