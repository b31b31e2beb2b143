package archipel.rawhttp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpConnectionTest {
    private HttpServer server;
    private HttpTarget target;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        target = HttpTarget.parse(
                "http://user:word@127.0.0.1:" + server.getAddress().getPort());
        server.createContext("/", exchange -> {
            byte[] received = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            String text = exchange.getRequestMethod() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + exchange.getRemoteAddress().getPort() + " " + received.length;
            byte[] body = path.equals("/long") ? "0123456789".repeat(100_000).getBytes() : text.getBytes();
            int status = path.startsWith("/status/") ? Integer.parseInt(path.substring(8)) : 200;
            boolean chunked = "chunked".equals(exchange.getRequestURI().getQuery());
            exchange.sendResponseHeaders(status, status == 204 ? -1 : chunked ? 0 : body.length);
            if (status != 204) {
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(body);
                }
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static String exchange(HttpConnection connection, int status, byte[] request) throws IOException {
        BodyCollector body = new BodyCollector();
        assertEquals(status, connection.exchange(ByteBuffer.wrap(request), body));
        return body.text();
    }

    @Test
    void exchange_bodyWithLength_isReadWholeOnOneConnection() throws IOException {
        try (HttpConnection connection = target.connect()) {
            String first = exchange(connection, 200, target.request("GET", "/a"));
            String second = exchange(connection, 200, target.request("PUT", "/a", new byte[777]));

            assertTrue(first.startsWith("GET Basic dXNlcjp3b3Jk "), first);
            assertTrue(second.startsWith("PUT Basic dXNlcjp3b3Jk "), second);
            assertTrue(second.endsWith(" 777"), second);
            assertEquals(first.split(" ")[3], second.split(" ")[3], "the client's port");
        }
    }

    @Test
    void exchange_chunkedBodies_areReadWholeOnOneConnection() throws IOException {
        try (HttpConnection connection = HttpConnection.open(target.address(), 700)) {
            for (int i = 0; i < 3; i++) {
                String body = exchange(connection, 200, target.request("GET", "/long?chunked"));
                assertEquals("0123456789".repeat(100_000), body);
            }
            assertFalse(connection.isClosing());
        }
    }

    @Test
    void exchange_longBodyWithLength_isReadWhole() throws IOException {
        MarkerCounter counter = new MarkerCounter("9012");
        try (HttpConnection connection = target.connect()) {
            assertEquals(200, connection.exchange(ByteBuffer.wrap(target.request("GET", "/long")), counter));
        }
        assertEquals(1_000_000, counter.bytes());
        assertEquals(99_999, counter.count());
    }

    @Test
    void exchange_errorStatusAndNoContent_areReportedAndTheConnectionGoesOn() throws IOException {
        try (HttpConnection connection = target.connect()) {
            assertTrue(exchange(connection, 409, target.request("GET", "/status/409"))
                    .startsWith("GET"));
            assertEquals("", exchange(connection, 204, target.request("GET", "/status/204")));
            assertTrue(exchange(connection, 500, target.request("GET", "/status/500?chunked"))
                    .startsWith("GET"));
            assertTrue(exchange(connection, 200, target.request("GET", "/")).startsWith("GET"));
        }
    }

    @Test
    void call_unexpectedStatus_failsWithTheAnswer() {
        UnexpectedAnswerException failed = assertThrows(
                UnexpectedAnswerException.class, () -> target.call(201, "PUT", "/status/412", new byte[5]));
        assertTrue(failed.getMessage().contains("PUT /status/412: 412 instead of 201: PUT Basic"), failed.getMessage());
    }

    /** Answers each connection with fixed bytes, in slices as small as can be, and closes it. */
    private static ServerSocket fixed(String answer) throws IOException {
        ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            try (listener;
                    Socket socket = listener.accept()) {
                socket.setTcpNoDelay(true);
                socket.getInputStream().read(new byte[4096]);
                for (byte next : answer.getBytes(StandardCharsets.ISO_8859_1)) {
                    socket.getOutputStream().write(next);
                    socket.getOutputStream().flush();
                }
            } catch (IOException closed) {
                throw new IllegalStateException(closed);
            }
        });
        return listener;
    }

    private static String answerTo(String answer) throws IOException {
        try (ServerSocket listener = fixed(answer);
                HttpConnection connection = HttpConnection.open(listener.getLocalSocketAddress())) {
            return exchange(connection, 200, "GET / HTTP/1.1\r\n\r\n".getBytes());
        }
    }

    @Test
    void exchange_interimAnswerOddCaseAndTrailers_isUnderstood() throws IOException {
        String answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTRANSFER-encoding:chunked\r\nX: y\r\n\r\n"
                + "4;x=y\r\nabcd\r\nA\r\n0123456789\r\n0\r\nTrailer: z\r\n\r\n";
        assertEquals("abcd0123456789", answerTo(answer));
    }

    @Test
    void exchange_bodyUntilTheConnectionEnds_isReadWhole() throws IOException {
        assertEquals("to the end", answerTo("HTTP/1.0 200 OK\r\n\r\nto the end"));
    }

    @Test
    void exchange_bodyCutShort_fails() {
        assertThrows(EOFException.class, () -> answerTo("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234"));
        assertThrows(
                EOFException.class, () -> answerTo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n1234"));
        assertThrows(EOFException.class, () -> answerTo("HTTP/1.1 200 OK\r\nContent-"));
    }

    @Test
    void exchange_notHttp_fails() {
        assertThrows(IOException.class, () -> answerTo("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
        assertThrows(
                IOException.class, () -> answerTo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n"));
    }

    @Test
    void readSome_feedThatGoesOn_givesEachPartAsItComes() throws IOException {
        try (ServerSocket listener = fixed(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst\n\r\n7\r\nsecond\n\r\n");
                HttpConnection connection = HttpConnection.open(listener.getLocalSocketAddress())) {
            connection.send(ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes()));
            assertEquals(200, connection.readHead());
            BodyCollector body = new BodyCollector();
            while (body.size() < 6) {
                assertTrue(connection.readSome(body));
            }
            assertTrue(body.text().startsWith("first\n"), body.text());
            assertThrows(EOFException.class, () -> {
                while (connection.readSome(body)) {
                    continue;
                }
            });
            assertEquals("first\nsecond\n", body.text());
        }
    }

    @Test
    void readSome_chunkWithoutItsEnd_isGivenAtOnce() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HttpConnection connection = HttpConnection.open(listener.getLocalSocketAddress());
                Socket server = listener.accept()) {
            server.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst\n".getBytes());
            assertEquals(200, connection.readHead());
            BodyCollector body = new BodyCollector();
            assertTimeoutPreemptively(Duration.ofSeconds(10), () -> connection.readSome(body));
            assertEquals("first\n", body.text());
        }
    }
}
