package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Checker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node gives the space of what was deleted back by itself, and says truly what it takes. */
final class DiskSpaceTest {
    private static final Duration MOST = Duration.ofSeconds(120);
    private static final int MIB = 1 << 20;
    private static final int PIECES = 6;
    private static final int PIECE_BYTES = 16 * MIB;
    private static final Pattern REVISION = Pattern.compile("\"rev\":\"([^\"]+)\"");
    private static final Pattern FILE = Pattern.compile("\"file\":(\\d+)");

    @TempDir
    private Path directory;

    @Test
    void deletedAttachmentsAndDatabasesAndAbortedUploads_leaveTheDisk() throws Exception {
        Path backups = directory.resolve("backups");
        ServerOptions options = ServerOptions.in(directory)
                .with("history_blocks", "1")
                .with("history_age_seconds", "0")
                .with("reclaim_after_seconds", "1")
                .with("reserve_size", "0")
                .with("backup_directory", backups.toString());
        try (ServerProcess server = ServerProcess.start(options);
                HttpClient client = HttpClient.newHttpClient()) {
            put(client, server, "/kept", new byte[0]);
            put(client, server, "/doomed", new byte[0]);
            put(client, server, "/kept/small/f", noise(99, MIB));
            for (int i = 0; i < PIECES; i++) {
                put(client, server, "/doomed/d" + i + "/f", noise(i, PIECE_BYTES));
                String revision = put(client, server, "/kept/d" + i + "/f", noise(100 + i, PIECE_BYTES));
                assertEquals(
                        200,
                        client.send(
                                        server.request("/kept/d" + i + "?rev=" + revision)
                                                .DELETE()
                                                .build(),
                                        BodyHandlers.discarding())
                                .statusCode());
            }
            abortUpload(server);
            assertEquals(
                    200,
                    client.send(server.request("/doomed").DELETE().build(), BodyHandlers.discarding())
                            .statusCode());

            Awaitility.await().atMost(MOST).until(() -> bytes(options.data()) < 8 * MIB);
            Awaitility.await().atMost(MOST).until(() -> fileSize(client, server) < 3 * MIB);
            assertTrue(fileSize(client, server) >= MIB, "what is left counts");

            HttpRequest backup = server.request("/_backup")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{}"))
                    .build();
            assertEquals(200, client.send(backup, BodyHandlers.discarding()).statusCode());
            assertTrue(bytes(backups) < 8 * MIB, "a backup has no more than the data: " + bytes(backups));
            assertEquals(ServerProcess.TERMINATED, server.stop());
        }
        assertEquals(List.of(), Checker.check(options.data()));
    }

    private static void abortUpload(ServerProcess server) throws IOException {
        try (RawConnection connection = RawConnection.to(server, MOST)) {
            connection.request(
                    "PUT",
                    "/kept/never/f",
                    "Content-Type: application/octet-stream\r\nContent-Length: " + 4L * PIECE_BYTES + "\r\n");
            connection.send(noise(7, 2 * PIECE_BYTES));
        }
    }

    private static String put(HttpClient client, ServerProcess server, String path, byte[] body) throws Exception {
        String answer = client.send(
                        server.request(path)
                                .header("Content-Type", "application/octet-stream")
                                .PUT(BodyPublishers.ofByteArray(body))
                                .build(),
                        BodyHandlers.ofString())
                .body();
        Matcher revision = REVISION.matcher(answer);
        return revision.find() ? revision.group(1) : "";
    }

    private static long fileSize(HttpClient client, ServerProcess server) throws Exception {
        byte[] info = client.send(server.request("/kept").build(), BodyHandlers.ofByteArray())
                .body();
        Matcher file = FILE.matcher(new String(info, StandardCharsets.UTF_8));
        assertTrue(file.find());
        return Long.parseLong(file.group(1));
    }

    private static byte[] noise(int seed, int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    /** Files come and go while they are counted. */
    private static long bytes(Path directory) {
        long[] bytes = {0};
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    bytes[0] += attributes.size();
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes[0];
    }
}
