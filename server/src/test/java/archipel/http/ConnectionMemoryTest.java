package archipel.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.health.Health;
import archipel.testkit.RawHttp2;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What a connection holds while nothing happens on it, and how many requests connections can hold open. */
@Isolated("The heap is that of the whole process.")
class ConnectionMemoryTest {
    private static final int CONNECTIONS = 400;
    private static final int STREAMS = 100;

    /** The client's part, in the same heap, is within it. */
    private static final long MOST_BYTES = 24 << 10;

    private final CountDownLatch released = new CountDownLatch(1);
    private HttpServer server;

    private void start(HttpSettings settings) {
        server = BareServer.start(settings, new Health(), router -> {
            router.server("_ok", Access.ANYONE, "GET").get((_, answer) -> answer.ok(200));
            router.server("_wait", Access.ANYONE, "GET").get((_, answer) -> {
                try {
                    released.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                answer.ok(200);
            });
        });
    }

    @AfterEach
    void stop() {
        released.countDown();
        server.close();
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            ManagementFactory.getMemoryMXBean().gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private void ask(Socket socket, int number) throws IOException {
        String request = "GET /_ok HTTP/1.1\r\nHost: h\r\nX-Number: " + number + "\r\nUser-Agent: a\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        int lastTwo = 0;
        // The answer is one line of JSON.
        while (lastTwo != ('}' << 8 | '\n')) {
            lastTwo = (lastTwo << 8 | in.read()) & 0xFFFF;
        }
    }

    @Test
    void http1_afterSomeRequests_holdsLittle() throws IOException {
        start(HttpSettings.DEFAULT);
        List<Socket> sockets = new ArrayList<>();
        long before = heap();
        for (int i = 0; i < CONNECTIONS; i++) {
            Socket socket = new Socket("127.0.0.1", server.port());
            for (int request = 0; request < 4; request++) {
                ask(socket, request);
            }
            sockets.add(socket);
        }
        long each = (heap() - before) / CONNECTIONS;
        System.out.println("an HTTP/1.1 connection holds " + each + " bytes");
        assertTrue(each < MOST_BYTES, each + " bytes");
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** With as many fields as its table takes, after as many requests at once as it may have. */
    @Test
    void http2_afterManyStreams_holdsLittle() throws IOException {
        start(HttpSettings.DEFAULT);
        List<RawHttp2> clients = new ArrayList<>();
        long before = heap();
        for (int i = 0; i < CONNECTIONS; i++) {
            RawHttp2 client = RawHttp2.to(server.port());
            for (int stream = 0; stream < STREAMS; stream++) {
                client.write(RawHttp2.get(2 * stream + 1, "/_ok", "x-field-" + stream, "value " + stream));
            }
            client.awaitEnds(STREAMS);
            clients.add(client);
        }
        long each = (heap() - before) / CONNECTIONS;
        System.out.println("an HTTP/2 connection holds " + each + " bytes");
        assertTrue(each < MOST_BYTES, each + " bytes");
        for (RawHttp2 client : clients) {
            client.close();
        }
    }

    @Test
    void streams_moreThanThereMayBe_areRefusedUntilSomeEnd() throws IOException {
        start(new HttpSettings() {
            @Override
            public int maximumStreams() {
                return 200;
            }
        });
        List<RawHttp2> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            RawHttp2 client = RawHttp2.to(server.port());
            for (int stream = 0; stream < STREAMS; stream++) {
                client.write(RawHttp2.get(2 * stream + 1, "/_wait"));
            }
            clients.add(client);
        }
        // Three quarters are for one client.
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> server.running() == 150);
        try (RawHttp2 other = RawHttp2.to(server.port())) {
            other.write(RawHttp2.get(1, "/_ok"));
            assertEquals(1, other.awaitEnds(1));
            released.countDown();
            int refused = 0;
            for (RawHttp2 client : clients) {
                refused += client.awaitEnds(STREAMS);
            }
            assertEquals(150, refused);
            other.write(RawHttp2.get(3, "/_ok"));
            assertEquals(0, other.awaitEnds(1));
        }
        for (RawHttp2 client : clients) {
            client.close();
        }
    }
}
