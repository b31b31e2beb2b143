package archipel.pairs;

import archipel.load.OwnServer;
import archipel.rawhttp.HttpTarget;
import archipel.report.ProcessTree;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * PouchDB Server as a process, with its data in LevelDB on the disk, where everybody is an admin. LevelDB does not sync
 * as PouchDB uses it: what it has acknowledged a power cut may take.
 */
final class PouchServer implements Member {
    private static final Duration MOST_TO_START = Duration.ofMinutes(1);
    private static final int MOST_TO_STOP_S = 10;

    private final Process process;
    private final HttpTarget target;

    private PouchServer(Process process, HttpTarget target) {
        this.process = process;
        this.target = target;
    }

    /**
     * Starts it and waits until it answers.
     *
     * @param packages the directory that has it in its {@code node_modules}
     * @param data the data directory
     * @param log gets what the server prints
     */
    static PouchServer start(Path packages, Path data, Path log) throws IOException {
        int port = OwnServer.freePort();
        Files.createDirectories(data);
        Path script = packages.resolve("node_modules/pouchdb-server/bin/pouchdb-server");
        if (!Files.exists(script)) {
            throw new IOException("no " + script + ": run npm ci --ignore-scripts in " + packages);
        }
        Process process = new ProcessBuilder(
                        "node", script.toString(), "--host", "127.0.0.1", "--port", Integer.toString(port))
                .directory(data.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        PouchServer server = new PouchServer(process, HttpTarget.parse("http://127.0.0.1:" + port));
        long until = Ticks.now() + MOST_TO_START.toNanos();
        while (true) {
            try {
                server.target.call(200, "GET", "/");
                return server;
            } catch (IOException notYet) {
                if (Ticks.now() > until || !process.isAlive()) {
                    server.close();
                    throw new IOException("PouchDB Server does not answer:\n" + Files.readString(log), notYet);
                }
                Ticks.pause(Duration.ofMillis(20));
            }
        }
    }

    @Override
    public HttpTarget target() {
        return target;
    }

    @Override
    public String url() {
        return target.url();
    }

    @Override
    public ProcessTree processes() {
        return ProcessTree.of(process.toHandle());
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(MOST_TO_STOP_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
