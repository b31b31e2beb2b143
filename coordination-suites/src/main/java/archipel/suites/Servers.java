package archipel.suites;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Three processes that share one tree, on free ports of this machine. */
final class Servers implements AutoCloseable {
    /** The shortest session that tests ask for. */
    static final int LEAST_TIMEOUT_MS = 500;

    static final int LONGEST_TIMEOUT_MS = 60_000;
    static final int TICK_MS = 500;

    /** For most tests, which do not expect that anything goes by itself. */
    static final int LONG_CHECK_MS = 60_000;
    /** For those that wait for it. */
    static final int SHORT_CHECK_MS = 50;

    private static final int COUNT = 3;
    private static final int LOG_LINES = 15;
    private static final Duration MOST_TO_START = Duration.ofMinutes(3);
    private static final Duration MOST_TO_STOP = Duration.ofSeconds(30);

    private final Path directory;
    private final int containerCheckMs;
    private final List<Process> processes = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();

    private Servers(Path directory, int containerCheckMs) {
        this.directory = directory;
        this.containerCheckMs = containerCheckMs;
    }

    /** Whose servers. */
    @FunctionalInterface
    interface Kind {
        /** Makes what a process needs and starts all. */
        void start(Servers servers) throws IOException;
    }

    /**
     * Starts them and waits until each of them serves clients.
     *
     * @param directory for their data and what they print
     * @param containerCheckMs how often they look for nodes that go by themselves
     * @throws IOException with the end of what one printed, where they do not
     */
    static Servers start(Path directory, int containerCheckMs, Kind kind) throws IOException {
        Servers servers = new Servers(Files.createDirectories(directory), containerCheckMs);
        try {
            for (int i = 0; i < COUNT; i++) {
                servers.ports.add(Ports.free());
            }
            kind.start(servers);
            for (int i = 0; i < COUNT; i++) {
                servers.await(i);
            }
        } catch (IOException | RuntimeException e) {
            servers.close();
            throw e;
        }
        return servers;
    }

    Path directory() {
        return directory;
    }

    int containerCheckMs() {
        return containerCheckMs;
    }

    /** Where each of them serves clients. */
    List<Integer> ports() {
        return ports;
    }

    /** Starts the next one. */
    void launch(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log(processes.size()).toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ARCHIPEL_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        processes.add(process);
    }

    private Path log(int number) {
        return directory.resolve("server" + number + ".log");
    }

    private void await(int number) throws IOException {
        try {
            Awaitility.await().atMost(MOST_TO_START).pollInSameThread().until(() -> serves(number));
        } catch (ConditionTimeoutException | IllegalStateException e) {
            List<String> lines = Files.readAllLines(log(number));
            throw new IOException(
                    "a server does not serve; it says:\n"
                            + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())),
                    e);
        }
    }

    private boolean serves(int number) throws InterruptedException {
        if (!processes.get(number).isAlive()) {
            throw new IllegalStateException(
                    "the process ended with " + processes.get(number).exitValue());
        }
        try {
            EmptyTree.await(ports.get(number));
            return true;
        } catch (IOException | KeeperException notYet) {
            return false;
        }
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    @Override
    public void close() {
        processes.forEach(Process::destroy);
        for (Process process : processes) {
            try {
                if (!process.waitFor(MOST_TO_STOP.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
            }
        }
    }
}
