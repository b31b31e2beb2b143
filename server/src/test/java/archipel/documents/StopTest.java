package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.http.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StopTest {
    @Test
    void stop_openFeeds_sayTheirClosingLine(@TempDir Path directory) throws IOException {
        try (TestNode node = new TestNode(directory.resolve("data"))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                RawClient client = new RawClient(node.port());
                clients.add(client);
                client.send("GET /db/_wait HTTP/1.1\r\nHost: h\r\n\r\n");
            }
            for (RawClient client : clients) {
                for (String line = client.line(); !line.isEmpty(); ) {
                    line = client.line();
                }
                assertEquals("hello\n", new String(client.chunk(), StandardCharsets.UTF_8));
            }

            node.stop();

            for (RawClient client : clients) {
                assertEquals("stopping\n", new String(client.chunk(), StandardCharsets.UTF_8));
                assertEquals(0, client.chunk().length);
                assertTrue(client.isClosed());
                client.close();
            }
            assertTrue(IntStream.range(0, 5).anyMatch(attempt -> isRefused(node.port())));
        }
    }

    /** Whoever connects to a port of this machine that nobody listens on may get that port itself, and meet itself. */
    private static boolean isRefused(int port) {
        try (RawClient _ = new RawClient(port)) {
            return false;
        } catch (IOException refused) {
            return true;
        }
    }
}
