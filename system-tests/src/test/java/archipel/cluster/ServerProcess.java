package archipel.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A server of this build in a process of its own, on a port that it keeps when it is started again. */
public final class ServerProcess implements AutoCloseable {
    /** The name of its admin. */
    public static final String ADMIN = "admin";
    /** The admin's password. */
    public static final String PASSWORD = "correct-horse";
    /** What a process ends with that SIGKILL has ended. */
    public static final int KILLED = 128 + 9;
    /** What a process ends with that SIGTERM has ended. */
    public static final int TERMINATED = 128 + 15;

    private static final Duration MOST_TO_START = Duration.ofSeconds(60);
    private static final Duration MOST_TO_STOP = Duration.ofSeconds(30);
    private static final int LOG_LINES = 40;
    /** Of one that has a network of its own. */
    private static final int PORT_OF_HOST = 5984;

    private final ServerOptions options;
    private final int port;
    private Process process;

    private ServerProcess(ServerOptions options, int port, Process process) {
        this.options = options;
        this.port = port;
        this.process = process;
    }

    /**
     * Starts one and waits until it answers.
     *
     * @throws IllegalStateException with the end of its log, when it does not come up
     */
    public static ServerProcess start(ServerOptions options) throws IOException {
        Files.createDirectories(options.log().getParent());
        int port = options.place().namespace().isEmpty() ? LoopbackPort.free() : PORT_OF_HOST;
        ServerProcess server = new ServerProcess(options, port, launch(options, port));
        server.awaitAnswer();
        return server;
    }

    /** Starts one that is not expected to come up, or not to stay: the caller waits for its end. */
    static Process launch(ServerOptions options, int port) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(options.command(port))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(options.log().toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("ARCHIPEL_"));
        builder.environment().putAll(options.environment());
        Process process = builder.start();
        // Should this JVM end before the test does, no server stays behind.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }

    private void awaitAnswer() {
        try (HttpClient client = HttpClient.newHttpClient()) {
            // Without credentials, which are slow to check on purpose.
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(url() + "/_up")).build();
            Awaitility.await()
                    .atMost(MOST_TO_START)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> answers(client, request));
        } catch (ConditionTimeoutException _) {
            process.destroyForcibly();
            throw new IllegalStateException("the server does not answer; it says:\n" + lastLines());
        }
    }

    private boolean answers(HttpClient client, HttpRequest request) throws InterruptedException {
        if (!process.isAlive()) {
            throw new IllegalStateException(
                    "the server ended with " + process.exitValue() + "; it says:\n" + lastLines());
        }
        try {
            int status =
                    client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            // A port that speaks TLS says so in clear text.
            return status == (options.speaksTls() ? 400 : 200);
        } catch (IOException _) {
            return false;
        }
    }

    /** Without a slash at the end, and without the admin's name and password. */
    public String url() {
        return "http://" + options.place().address() + ":" + port;
    }

    /** The same with the admin's name and password in it. */
    public String adminUrl() {
        return "http://" + ADMIN + ":" + PASSWORD + "@" + options.place().address() + ":" + port;
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public Path data() {
        return options.data();
    }

    /** A request by the admin, a GET unless changed. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url() + path)).header("Authorization", authorization());
    }

    /** What the admin sends as Authorization. */
    public static String authorization() {
        byte[] pair = (ADMIN + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    /** Ends it in the middle of whatever it does, as kill -9. Returns once it is gone. */
    public void kill() {
        process.destroyForcibly();
        if (awaitEnd() != KILLED) {
            throw new IllegalStateException("the server had ended before it was killed:\n" + lastLines());
        }
    }

    /** As {@link #kill}, where it may have ended already. */
    public void crash() {
        process.destroyForcibly();
        int _ = awaitEnd();
    }

    /** Tells it to end, as SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Tells it to end and waits for that. Returns its exit status. */
    public int stop() {
        terminate();
        return awaitEnd();
    }

    /**
     * Waits for the end of a process that was told to.
     *
     * @throws IllegalStateException when it does not come
     */
    public int awaitEnd() {
        try {
            if (process.waitFor(MOST_TO_STOP.toSeconds(), TimeUnit.SECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        throw new IllegalStateException("the server did not end; it says:\n" + lastLines());
    }

    /** Starts it again after its end, on the same data and port, and waits until it answers. */
    public void restart() throws IOException {
        process = launch(options, port);
        awaitAnswer();
    }

    /** Starts it again after its end, and does not wait until it answers: it may wait for others. */
    public void launchAgain() throws IOException {
        process = launch(options, port);
    }

    /**
     * Waits until it answers.
     *
     * @throws IllegalStateException with the end of its log, when it does not come up
     */
    public void awaitServing() {
        awaitAnswer();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** @param name such as {@code STOP} */
    public void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                .inheritIO()
                .start();
        if (kill.waitFor() != 0) {
            throw new IllegalStateException("signal " + name + " cannot be sent:\n" + lastLines());
        }
    }

    /** How many lines it has said with that text. */
    long countLines(String text) throws IOException {
        try (Stream<String> lines = Files.lines(options.log())) {
            return lines.filter(line -> line.contains(text)).count();
        }
    }

    /** What it said so far, for messages. */
    public String lastLines() {
        try {
            List<String> lines = Files.readAllLines(options.log());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it if it still runs. */
    @Override
    public void close() {
        if (process.isAlive()) {
            stop();
        }
    }
}
