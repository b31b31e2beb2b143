package archipel.load;

import archipel.rawhttp.BodySink;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.report.ProcessTree;
import archipel.report.Ticks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Our own server as a process, started as a user does, on a free port of this machine; it is stopped by its own pid.
 */
public final class OwnServer implements AutoCloseable {
    private static final Duration MOST_TO_START = Duration.ofMinutes(5);
    private static final Duration MOST_TO_STOP = Duration.ofSeconds(30);
    private static final String PASSWORD = "load-driver";

    private final Process process;
    private final HttpTarget target;
    private final Duration ready;

    private OwnServer(Process process, HttpTarget target, Duration ready) {
        this.process = process;
        this.target = target;
        this.ready = ready;
    }

    /**
     * Starts it and waits until it answers {@code GET /} with 200.
     *
     * @param root of the work tree, where the launcher is
     * @param data the data directory
     * @param log gets what the server prints
     * @throws IOException with the log's last lines when it ends before it answers
     */
    public static OwnServer start(Path root, Path data, Path log, List<String> arguments) throws IOException {
        return start(root, data, log, arguments, "");
    }

    /** @param javaOptions such as {@code -Xmx256m}; empty for what the environment says */
    public static OwnServer start(Path root, Path data, Path log, List<String> arguments, String javaOptions)
            throws IOException {
        int port = freePort();
        List<String> command = new ArrayList<>(List.of(root.resolve("archipel").toString(), "serve"));
        command.addAll(List.of("--host", "127.0.0.1", "--port", Integer.toString(port)));
        command.addAll(List.of("--data", data.toString(), "--admin", "admin"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("ARCHIPEL_ADMIN_PASSWORD", PASSWORD);
        if (!javaOptions.isEmpty()) {
            builder.environment().put("ARCHIPEL_JAVA_OPTS", javaOptions);
        }
        HttpTarget target = HttpTarget.parse("http://admin:" + PASSWORD + "@127.0.0.1:" + port);
        // Without credentials: to check a password costs more than the start, and on purpose.
        HttpTarget anonymous = HttpTarget.parse("http://127.0.0.1:" + port);
        long start = Ticks.now();
        Process process = builder.start();
        try {
            awaitReady(process, anonymous, log, start);
        } catch (IOException failed) {
            stop(process);
            throw failed;
        }
        return new OwnServer(process, target, Duration.ofNanos(Ticks.now() - start));
    }

    private static void awaitReady(Process process, HttpTarget target, Path log, long start) throws IOException {
        ByteBuffer request = ByteBuffer.wrap(target.request("GET", "/"));
        while (true) {
            try (HttpConnection connection = target.connect()) {
                if (connection.exchange(request.rewind(), BodySink.DISCARD) == 200) {
                    return;
                }
            } catch (IOException notYet) {
                request.rewind();
            }
            if (!process.isAlive()) {
                throw new IOException("the server ended with " + process.exitValue() + ":\n" + lastLines(log));
            }
            if (Ticks.now() - start > MOST_TO_START.toNanos()) {
                throw new IOException("the server does not answer:\n" + lastLines(log));
            }
            Ticks.pause(Duration.ofMillis(1));
        }
    }

    private static String lastLines(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
    }

    /** One of this machine that nobody listens at. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    public HttpTarget target() {
        return target;
    }

    public ProcessTree processes() {
        return ProcessTree.of(process.toHandle());
    }

    /** Its URL with an admin's credentials. */
    public String url() {
        return target.url().replace("http://", "http://admin:" + PASSWORD + "@");
    }

    /** From the process's start to its first answer. */
    Duration ready() {
        return ready;
    }

    /** @param name of the signal, such as {@code STOP} */
    public void signal(String name) throws IOException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start();
        if (!await(kill) || kill.exitValue() != 0) {
            throw new IOException("signal " + name + " cannot be sent");
        }
    }

    /** Kills it at once, as a power cut would. */
    public void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        await(process);
    }

    /** Stops it in order, and waits until it has ended. */
    @Override
    public void close() {
        stop(process);
    }

    private static void stop(Process process) {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroy);
        if (!await(process)) {
            System.err.println("the server did not stop in " + MOST_TO_STOP.toSeconds() + " s: killing it");
            all.forEach(ProcessHandle::destroyForcibly);
            await(process);
        }
    }

    private static boolean await(Process process) {
        try {
            return process.waitFor(MOST_TO_STOP.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
