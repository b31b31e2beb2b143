package archipel.conformance;

import static org.awaitility.Awaitility.await;

import archipel.cluster.LoopbackPort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** PouchDB Server as npm has it, in a process of its own, on a port that it keeps when it is started again. */
final class PouchServer implements AutoCloseable {
    private static final Duration MOST = Duration.ofSeconds(60);

    private final List<String> command;
    private final Path directory;
    private final int port;
    private Process process;

    private PouchServer(List<String> command, Path directory, int port) throws IOException {
        this.command = command;
        this.directory = directory;
        this.port = port;
        begin();
    }

    /** One whose databases end with it. */
    static PouchServer inMemory(Path directory) throws IOException, InterruptedException {
        return start(directory, "--in-memory");
    }

    /** One that has its databases in files of LevelDB, and finds them again. */
    static PouchServer onDisk(Path directory) throws IOException, InterruptedException {
        return start(
                directory,
                "--dir",
                Files.createDirectories(directory.resolve("data")).toString());
    }

    private static PouchServer start(Path directory, String... options) throws IOException, InterruptedException {
        Path program = NodePackages.install().resolve("node_modules/pouchdb-server/bin/pouchdb-server");
        int port = LoopbackPort.free();
        List<String> command = new ArrayList<>(
                List.of("node", program.toString(), "--host", "127.0.0.1", "--port", Integer.toString(port)));
        command.addAll(List.of(options));
        Files.createDirectories(directory);
        return new PouchServer(command, directory, port);
    }

    private void begin() throws IOException {
        process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("pouchdb-server.log").toFile()))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(url() + "/")).build();
            await().atMost(MOST)
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreExceptions()
                    .until(() ->
                            client.send(request, BodyHandlers.ofString()).body().contains("express-pouchdb"));
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Ends it in the middle of whatever it does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void restart() throws IOException {
        begin();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
