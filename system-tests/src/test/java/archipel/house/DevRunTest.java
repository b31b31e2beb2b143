package archipel.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.LoopbackPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./dev run 3}, as somebody at a terminal has it: real nodes, started and stopped by the script alone. */
final class DevRunTest {
    private static final int NODES = 3;
    /** The first of all may have to build. */
    private static final Duration MOST_TO_START = Duration.ofMinutes(3);

    private static final int MOST_SECONDS_TO_STOP = 30;

    private final Path root;
    private final int base;

    @TempDir
    private Path directory;

    DevRunTest() throws IOException {
        root = Checkout.open().root();
        base = freePorts();
    }

    private static int freePorts() throws IOException {
        List<Integer> ports = new ArrayList<>();
        while (ports.size() < NODES) {
            int port = LoopbackPort.free();
            if (!ports.isEmpty() && port != ports.getLast() + 1) {
                ports.clear();
            }
            ports.add(port);
        }
        return ports.getFirst();
    }

    /** The script, with a group of processes of its own, as a shell gives it to what it runs in the foreground. */
    private final class Running implements AutoCloseable {
        private final Path log = Files.createTempFile(directory, "run", ".log");
        private final Process shell;
        private final long script;

        private Running() throws IOException {
            Path started = Files.createTempFile(directory, "started", ".pid");
            String line = "set -m; \"$0\" run 3 --port " + base
                    + " --data \"$1\" --pbkdf2-iterations 1000 > \"$2\" 2>&1 & " + "echo $! > \"$3\"; wait $!";
            ProcessBuilder builder = new ProcessBuilder(
                    // A shell cannot trap what was ignored where it was started, as in the background of another one.
                    "env",
                    "--default-signal=INT",
                    "bash",
                    "-c",
                    line,
                    root.resolve("dev").toString(),
                    directory.resolve("nodes").toString(),
                    log.toString(),
                    started.toString());
            builder.environment().keySet().removeIf(name -> name.startsWith("ARCHIPEL_"));
            shell = builder.start();
            Awaitility.await().until(() -> Files.readString(started).endsWith("\n"));
            script = Long.parseLong(Files.readString(started).strip());
        }

        private String printed() throws IOException {
            return Files.readString(log);
        }

        private void awaitReady() {
            Awaitility.await()
                    .atMost(MOST_TO_START)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> printed().contains("are connected with each other: ") || !shell.isAlive());
        }

        private List<ProcessHandle> processes() {
            ProcessHandle dev = ProcessHandle.of(script).orElseThrow();
            return Stream.concat(Stream.of(dev), dev.descendants()).toList();
        }

        private int awaitEnd() throws InterruptedException, IOException {
            assertTrue(shell.waitFor(MOST_SECONDS_TO_STOP, TimeUnit.SECONDS), printed());
            return shell.exitValue();
        }

        @Override
        public void close() throws IOException {
            if (shell.isAlive()) {
                processes().forEach(ProcessHandle::destroyForcibly);
                shell.destroyForcibly();
            }
        }
    }

    /** Whatever a command of the nodes' admin prints, messages included. */
    private String archipel(int node, String... words) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(root.resolve("archipel").toString()));
        line.addAll(Arrays.asList(words));
        line.addAll(List.of("--url", "http://admin:admin@127.0.0.1:" + (base + node)));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return printed;
    }

    private List<String> ids() throws IOException, InterruptedException {
        return archipel(0, "peers", "--json")
                .lines()
                .map(line -> line.replaceAll(".*\"id\":\"([0-9a-f]{32})\".*", "$1"))
                .sorted()
                .toList();
    }

    private static void kill(String signal, String target) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-s", signal, "--", target).start().waitFor());
    }

    private static void assertGone(List<ProcessHandle> processes) {
        assertEquals(
                List.of(), processes.stream().filter(ProcessHandle::isAlive).toList());
    }

    @Test
    void run_threeNodes_shareDataAndGoOnWithItAfterCtrlC() throws Exception {
        List<String> ids;
        try (Running first = new Running()) {
            first.awaitReady();
            String urls =
                    "http://127.0.0.1:%d, http://127.0.0.1:%d, http://127.0.0.1:%d".formatted(base, base + 1, base + 2);
            assertTrue(
                    first.printed().contains("other: " + urls + " (admin \"admin\", password \"admin\""),
                    first.printed());
            assertTrue(
                    first.printed().lines().anyMatch(line -> line.startsWith("[3] Archipel serves ")), first.printed());
            assertEquals("", archipel(0, "set", "color", "red"));
            Awaitility.await().until(() -> archipel(2, "get", "color").equals("\"red\"\n"));
            ids = ids();
            assertEquals(2, ids.size());

            List<ProcessHandle> processes = first.processes();
            kill("INT", "-" + first.script);
            assertEquals(130, first.awaitEnd(), first.printed());
            assertGone(processes);
        }
        for (int i = 1; i <= NODES; i++) {
            assertTrue(Files.exists(
                    directory.resolve("nodes").resolve(Integer.toString(i)).resolve("identity")));
        }
        try (Running second = new Running()) {
            second.awaitReady();
            assertEquals("\"red\"\n", archipel(2, "get", "color"));
            assertEquals(ids, ids());

            List<ProcessHandle> processes = second.processes();
            kill("TERM", Long.toString(second.script));
            assertEquals(143, second.awaitEnd(), second.printed());
            assertGone(processes);
        }
    }

    @Test
    void run_portInUse_saysSoAndStopsTheOthers() throws Exception {
        try (ServerSocket _ = new ServerSocket(base + 1, 1, InetAddress.getByName("127.0.0.1"));
                Running run = new Running()) {
            assertEquals(4, run.awaitEnd(), run.printed());
            String said = run.printed();
            assertTrue(said.contains("[2] archipel: "), said);
            assertTrue(
                    said.endsWith("dev: node 2 at http://127.0.0.1:" + (base + 1)
                            + " ended with status 4; the others are stopped\n"),
                    said);
            for (int other : new int[] {base, base + 2}) {
                new ServerSocket(other, 1, InetAddress.getByName("127.0.0.1")).close();
            }
        }
    }

    @Test
    void run_mistakes_areRefusedBeforeAnythingStarts() throws Exception {
        for (String words : new String[] {
            "0", "21", "3 --port 65534", "3 --port x", "3 --port", "3 --data=", "2 --host 0.0.0.0", "2 --tls-cert a.pem"
        }) {
            String[] line = ("run " + words).split(" ");
            Process process = new ProcessBuilder(
                            Stream.concat(Stream.of(root.resolve("dev").toString()), Arrays.stream(line))
                                    .toList())
                    .redirectErrorStream(true)
                    .start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(64, process.waitFor(), printed);
            assertTrue(printed.contains("dev: "), printed);
        }
    }
}
