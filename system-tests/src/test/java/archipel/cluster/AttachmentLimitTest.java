package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An attachment four times the size of the heap goes in and comes out. */
final class AttachmentLimitTest {
    private static final int SIZE_MIB = 1024;
    private static final String DIGEST = "md5-ChqJdyhv7FpQklECHC3KeQ==";

    @TempDir
    private Path directory;

    private final LargeContent content = new LargeContent(SIZE_MIB);

    @Test
    void attachment_largerThanTheHeap_isStreamedBothWays() throws IOException {
        ServerOptions options = ServerOptions.in(directory).withJvm("-Xmx256m");
        try (ServerProcess server = ServerProcess.start(options)) {
            assertEquals(201, connect(server, "PUT", "/files").getResponseCode());
            long start = System.nanoTime();
            upload(server);
            long inMs = elapsedMs(start);
            assertTrue(text(connect(server, "GET", "/files/large")).contains("\"digest\":\"" + DIGEST + "\""));
            long read = System.nanoTime();
            try (InputStream in = connect(server, "GET", "/files/large/film").getInputStream()) {
                content.assertSame(in, 0);
            }
            long outMs = elapsedMs(read);
            assertRange(server, SIZE_MIB - 2);
            System.out.printf(
                    "%d MiB with a heap of 256 MiB: in %d ms, out %d ms, then %d KiB resident%n",
                    SIZE_MIB, inMs, outMs, ProcessStatus.of(server).residentKib());
            assertEquals(ServerProcess.TERMINATED, server.stop());
        }
    }

    private void upload(ServerProcess server) throws IOException {
        HttpURLConnection connection = connect(server, "PUT", "/files/large/film");
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(content.length());
        try (OutputStream out = connection.getOutputStream()) {
            content.writeTo(out);
        }
        assertEquals(201, connection.getResponseCode());
    }

    private void assertRange(ServerProcess server, int firstBlock) throws IOException {
        HttpURLConnection connection = connect(server, "GET", "/files/large/film");
        connection.setRequestProperty("Range", "bytes=" + (long) firstBlock * LargeContent.BLOCK + "-");
        assertEquals(206, connection.getResponseCode());
        try (InputStream in = connection.getInputStream()) {
            content.assertSame(in, firstBlock);
        }
    }

    private static HttpURLConnection connect(ServerProcess server, String method, String path) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(server.url() + path).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setRequestProperty("Authorization", ServerProcess.authorization());
        connection.setReadTimeout(120_000);
        return connection;
    }

    private static String text(HttpURLConnection connection) throws IOException {
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static long elapsedMs(long sinceNanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
    }
}
