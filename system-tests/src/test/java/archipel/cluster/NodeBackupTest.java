package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Backup.Restore;
import archipel.engine.Checker;
import archipel.engine.Verifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code archipel backup URL}, when it or its node ends in the middle of a copy. */
final class NodeBackupTest {
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final int PIECE_BYTES = 16 << 20;
    private static final int PIECES = 4;
    /** So slow that a copy of all pieces takes eight seconds, however fast the disk is and whatever else goes on. */
    private static final String BYTES_PER_SECOND = "8MiB";

    @TempDir
    private Path directory;

    private Path backups;
    private ServerOptions options;

    @BeforeEach
    void choose() {
        backups = directory.resolve("backups");
        options = ServerOptions.in(directory)
                .with("backup_directory", backups.toString())
                .with("backup_rate_limit", BYTES_PER_SECOND);
    }

    @Test
    void kill_duringASecondCopy_leavesTheFirstAndRoomForTheNext() throws Exception {
        try (ServerProcess server = ServerProcess.start(options)) {
            attach(server, "first", 1);
            Client one = Client.start(options, server);
            assertEquals(0, one.awaitEnd(), one.said());
            assertTrue(
                    one.said().contains("Backup 1 in " + backups + " on the machine of " + server.url()), one.said());
            String then = reports(restored("before", 1));

            attach(server, "later", PIECES);
            Client two = Client.start(options, server);
            awaitCopying(2);
            server.kill();
            assertFalse(Files.exists(copied(2)), "killed too late");
            assertEquals(1, two.awaitEnd(), two.said());
            assertTrue(two.said().contains("may be incomplete"), two.said());
            assertEquals(then, reports(restored("after", 1)), "the first copy is as it was");

            server.restart();
            Client again = Client.start(options, server);
            assertEquals(0, again.awaitEnd(), again.said());
            assertTrue(again.said().contains("Backup 2 in "), again.said());
            assertEquals(List.of(), unfinished());
        }
        assertEquals(reports(options.data()), reports(restored("whole", 2)));
    }

    @Test
    void terminate_theCommand_leavesTheCopyToTheNode() throws Exception {
        try (ServerProcess server = ServerProcess.start(options)) {
            attach(server, "first", PIECES);
            Client client = Client.start(options, server);
            awaitCopying(1);
            client.process().destroy();
            assertEquals(ServerProcess.TERMINATED, client.awaitEnd(), client.said());
            assertTrue(client.said().contains("the node continues and completes the backup"), client.said());
            assertFalse(Files.exists(copied(1)), "terminated too late");
            Client next = Client.start(options, server);
            assertEquals(0, next.awaitEnd(), next.said());
            assertTrue(next.said().contains("Backup 2 in "), next.said());
            assertTrue(Files.exists(copied(1)));
        }
        assertEquals(reports(options.data()), reports(restored("whole", 2)));
    }

    private static void attach(ServerProcess server, String database, int pieces) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(201, put(client, server, "/" + database, new byte[0]));
            for (int i = 0; i < pieces; i++) {
                byte[] noise = new byte[PIECE_BYTES];
                new SplittableRandom(i).nextBytes(noise);
                assertEquals(201, put(client, server, "/" + database + "/d" + i + "/f", noise));
            }
        }
    }

    private static int put(HttpClient client, ServerProcess server, String path, byte[] body) throws Exception {
        return client.send(
                        server.request(path)
                                .header("Content-Type", "application/octet-stream")
                                .PUT(BodyPublishers.ofByteArray(body))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    /** The list of a copy's files, which is written last. */
    private Path copied(int number) {
        return backups.resolve("store/meta/" + number);
    }

    private void awaitCopying(int number) {
        Awaitility.await()
                .atMost(MOST)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> Files.exists(copied(number)) || !unfinished().isEmpty());
    }

    /** Files that are being copied, or were when their node was killed. */
    private List<Path> unfinished() {
        Path shared = backups.resolve("store/shared_checksum");
        if (!Files.exists(shared)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(shared)) {
            return files.filter(file -> file.toString().endsWith(".tmp")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The newest copy, made a data directory of that name, and found whole. */
    private Path restored(String name, int number) throws InterruptedException {
        Path data = directory.resolve(name);
        assertEquals(
                number, Restore.run(backups, data, Restore.Wish.NEWEST).backup().number());
        assertEquals(List.of(), Checker.check(data));
        return data;
    }

    /** What each database is, proved from its chain. */
    private static String reports(Path data) {
        List<Verifier.Report> reports = Verifier.verify(data, (database, block, head) -> true);
        assertTrue(reports.stream().allMatch(report -> report.fault() == null), reports.toString());
        return reports.toString();
    }

    /** A run of the command. */
    private record Client(Process process, Path log) {
        static Client start(ServerOptions options, ServerProcess server) throws IOException {
            Path log = Files.createTempFile(options.log().getParent(), "client", ".log");
            ProcessBuilder builder = new ProcessBuilder(options.archipel("backup", server.url()))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().putAll(options.environment());
            return new Client(builder.start(), log);
        }

        int awaitEnd() throws InterruptedException {
            if (!process.waitFor(MOST.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("the command did not end");
            }
            return process.exitValue();
        }

        String said() throws IOException {
            return Files.readString(log);
        }
    }
}
