package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Ten thousand clients that wait for news cost little memory and no threads, and all get the news. */
@Isolated // It measures how long ten thousand take, and needs half of all descriptors.
final class FeedLimitTest {
    private static final int FEEDS = 10_000;
    /** With a sign of life each minute, since without it a feed ends when a minute brought no news. */
    private static final String FEED = "/tasks/_changes?feed=continuous&since=now&heartbeat=60000";

    private static final long MOST_KIB = 200 * 1024;
    private static final long MOST_MS = 10_000;
    private static final int FILES = FEEDS + 3_000;

    @TempDir
    private Path directory;

    @Test
    void idleFeeds_tenThousand_costLittleAndAllGetAChange() throws IOException, InterruptedException {
        OpenFiles.allow(FILES);
        // A heap of a given size, since a large machine's JVM takes more before it collects what feeds leave behind.
        ServerOptions options = ServerOptions.in(directory).withJvm("-Xmx256m");
        try (ServerProcess server = ServerProcess.start(options)) {
            put(server, "/tasks", "");
            // What any first feed costs is not what is measured.
            try (FeedSwarm few = FeedSwarm.open(server, FEED, 100)) {
                put(server, "/tasks/warm", "{}");
                few.awaitChange();
            }
            ProcessStatus before = ProcessStatus.of(server);
            long start = System.nanoTime();
            try (FeedSwarm swarm = FeedSwarm.open(server, FEED, FEEDS)) {
                long openedMs = elapsedMs(start);
                ProcessStatus idle = ProcessStatus.of(server);
                long sent = System.nanoTime();
                put(server, "/tasks/news", "{}");
                swarm.awaitChange();
                long toldMs = elapsedMs(sent);
                System.out.printf(
                        "%d feeds: open in %d ms, %d KiB over %d resident, %d threads after %d, all told in %d ms%n",
                        FEEDS,
                        openedMs,
                        idle.residentKib() - before.residentKib(),
                        before.residentKib(),
                        idle.threads(),
                        before.threads(),
                        toldMs);
                assertTrue(idle.residentKib() - before.residentKib() < MOST_KIB, before + " became " + idle);
                // A few threads of the JVM's own start when there is more to do for the first time.
                assertTrue(idle.threads() <= before.threads() + 4, before + " became " + idle);
                assertTrue(toldMs < MOST_MS, "the last feed got the change after " + toldMs + " ms");
            }
            assertEquals(ServerProcess.TERMINATED, server.stop());
        }
    }

    private static long elapsedMs(long sinceNanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
    }

    private static void put(ServerProcess server, String path, String body) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            var answer = client.send(
                    server.request(path).PUT(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
            assertEquals(201, answer.statusCode(), answer.body());
        }
    }
}
