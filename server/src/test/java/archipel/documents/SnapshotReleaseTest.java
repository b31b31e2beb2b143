package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.http.HttpSettings;
import archipel.http.RawClient;
import archipel.http.Stopwatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever stops reading an answer does not hold the state that it is read from. */
class SnapshotReleaseTest {
    private static final int LENGTH = 32 << 20;

    @TempDir
    private Path directory;

    @Test
    void clientThatStopsReading_goesAway_releasesItsSnapshot() throws IOException {
        try (TestNode node = new TestNode(directory)) {
            RawClient client = new RawClient(node.port());
            readSlowly(node, client);
            write(node, "/db/b", "{}".getBytes(StandardCharsets.UTF_8));
            assertTrue(node.node().oldestSnapshotMs() > 0);

            client.close();

            awaitRelease(node);
        }
    }

    @Test
    void clientThatReadsSlowly_pastTheLimit_isCutOff() throws IOException {
        AtomicLong limit = new AtomicLong(Long.MAX_VALUE);
        HttpSettings settings = new HttpSettings() {
            @Override
            public long maximumReadMs() {
                return limit.get();
            }
        };
        try (TestNode node = new TestNode(directory, settings, DocumentGuard.OPEN);
                RawClient client = new RawClient(node.port())) {
            readSlowly(node, client);
            limit.set(0);
            write(node, "/db/b", "{}".getBytes(StandardCharsets.UTF_8));

            assertTrue(client.rest() < LENGTH, "a part of the content");
            awaitRelease(node);
        }
    }

    private static void readSlowly(TestNode node, RawClient client) throws IOException {
        write(node, "/db/a/film", new byte[LENGTH]);
        client.send("GET /db/a/film HTTP/1.1\r\nHost: h\r\n\r\n");
        assertTrue(client.line().contains(" 200 "));
    }

    private static void write(TestNode node, String path, byte[] content) throws IOException {
        try (RawClient client = new RawClient(node.port())) {
            client.send("PUT " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + content.length + "\r\n\r\n");
            client.send(content);
            assertTrue(client.line().contains(" 201 "));
        }
    }

    private static void awaitRelease(TestNode node) {
        Stopwatch stopwatch = new Stopwatch();
        while (node.node().oldestSnapshotMs() > 0) {
            assertTrue(stopwatch.milliseconds() < 60_000, "the snapshot is still held");
            Thread.onSpinWait();
        }
    }
}
