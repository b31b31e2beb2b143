package archipel.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.remote.RemoteClient.Trust;
import archipel.remote.RemoteException.Kind;
import archipel.settings.Network;
import archipel.settings.SettingType.Networks;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("The heap is that of the whole process.")
class RemoteClientTest {
    private static final Duration SHORT = Duration.ofMillis(400);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<Integer> clientPorts = ConcurrentHashMap.newKeySet();
    private HttpServer server;
    private RemoteClient client;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(threads);
        server.start();
        client = client(List.of());
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
        threads.close();
    }

    private static RemoteClient client(List<Network> denied) {
        return new RemoteClient(new DeniedAddresses(() -> denied), 10, Trust.SYSTEM);
    }

    private void answers(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            clientPorts.add(exchange.getRemoteAddress().getPort());
            try (exchange) {
                handler.handle(exchange);
            }
        });
    }

    private RemoteAddress address(String path) {
        return at(server.getAddress().getPort(), path);
    }

    private static RemoteAddress at(int port, String path) {
        return RemoteAddress.parse("http://me:pass%20word@127.0.0.1:" + port + path, null, Map.of("X-Own", "1"));
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Test
    void send_credentialsHeadersAndQuery_arriveAsGiven() throws Exception {
        answers("/db/", exchange -> {
            String seen = exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + exchange.getRequestHeaders().getFirst("X-Own") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            send(exchange, 201, seen);
        });
        RemoteRequest request = RemoteRequest.post("_x", "{}".getBytes(UTF_8)).query("a b", "ü&");
        for (int i = 0; i < 3; i++) {
            try (RemoteAnswer answer = client.send(address("/db"), request)) {
                assertEquals(201, answer.status());
                assertEquals(
                        "POST /db/_x?a%20b=%C3%BC%26 Basic bWU6cGFzcyB3b3Jk 1 {}",
                        new String(answer.bytes(1000), UTF_8));
            }
        }
        assertEquals(1, clientPorts.size(), "the connection is used again");
    }

    @Test
    void send_redirect_isNotFollowed() throws Exception {
        answers("/from", exchange -> {
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:1/");
            send(exchange, 302, "");
        });
        try (RemoteAnswer answer = client.send(address("/from"), RemoteRequest.get(""))) {
            assertEquals(302, answer.status());
        }
    }

    @Test
    void send_deniedAddress_neverConnects() throws Exception {
        answers("/", exchange -> send(exchange, 200, "secret"));
        List<Network> loopback = new Networks().parse("127.0.0.0/8, ::1");
        try (RemoteClient careful = client(loopback)) {
            int port = server.getAddress().getPort();
            for (String host : List.of(
                    "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]")) {
                RemoteAddress address = RemoteAddress.parse("http://" + host + ":" + port + "/", null, Map.of());
                RemoteException refused =
                        assertThrows(RemoteException.class, () -> careful.send(address, RemoteRequest.get("")), host);
                assertEquals(Kind.DENIED, refused.kind(), host);
                assertFalse(refused.kind().isPassing());
            }
        }
        assertEquals(Set.of(), clientPorts);
    }

    @Test
    void send_nobodyThere_saysWhy() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        RemoteException refused =
                assertThrows(RemoteException.class, () -> client.send(at(free, "/db"), RemoteRequest.get("x")));
        assertEquals(Kind.REFUSED, refused.kind());
        assertTrue(refused.getMessage().startsWith("GET http://127.0.0.1:" + free + "/db/x"), refused.getMessage());
        RemoteAddress unknown = RemoteAddress.parse("http://no-such-name.invalid/", null, Map.of());
        assertEquals(
                Kind.UNRESOLVED,
                assertThrows(RemoteException.class, () -> client.send(unknown, RemoteRequest.get("")))
                        .kind());
    }

    @Test
    void body_connectionEndsEarly_isNoEnd() throws Exception {
        try (Raw raw = new Raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true);
                RemoteAnswer answer = client.send(at(raw.port(), "/"), RemoteRequest.get(""))) {
            RemoteException cut = assertThrows(RemoteException.class, () -> answer.bytes(1000));
            assertEquals(Kind.CUT, cut.kind());
        }
        try (Raw raw = new Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", true);
                RemoteAnswer answer = client.send(at(raw.port(), "/"), RemoteRequest.get(""))) {
            assertEquals(
                    Kind.CUT,
                    assertThrows(RemoteException.class, () -> answer.bytes(1000))
                            .kind());
        }
    }

    @Test
    void silence_beforeOrWithinAnAnswer_isATimeout() throws Exception {
        try (Raw raw = new Raw("", false)) {
            assertEquals(
                    Kind.TIMEOUT,
                    assertThrows(
                                    RemoteException.class,
                                    () -> client.send(
                                            at(raw.port(), "/"),
                                            RemoteRequest.get("").idle(SHORT)))
                            .kind());
        }
        try (Raw raw = new Raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false);
                RemoteAnswer answer =
                        client.send(at(raw.port(), "/"), RemoteRequest.get("").idle(SHORT))) {
            assertEquals(
                    Kind.TIMEOUT,
                    assertThrows(RemoteException.class, () -> answer.bytes(1000))
                            .kind());
        }
    }

    /** It is busy writing what came before; the other side has done nothing wrong. */
    @Test
    void body_slowReader_losesNoConnection() throws Exception {
        int size = 4 << 20;
        answers("/", exchange -> {
            exchange.sendResponseHeaders(200, size);
            byte[] piece = new byte[64 << 10];
            for (int sent = 0; sent < size; sent += piece.length) {
                exchange.getResponseBody().write(piece);
            }
        });
        try (RemoteAnswer answer =
                client.send(address("/"), RemoteRequest.get("").idle(SHORT))) {
            InputStream body = answer.body();
            long read = body.readNBytes(1000).length;
            for (int pause = 0; pause < 3; pause++) {
                Awaitility.await().pollDelay(SHORT.multipliedBy(2)).until(() -> true);
                read += body.readNBytes(100_000).length;
            }
            assertEquals(size, read + body.readAllBytes().length);
        }
    }

    @Test
    void close_byAnotherThread_endsWhoReads() throws Exception {
        try (Raw raw = new Raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false)) {
            RemoteAnswer answer = client.send(at(raw.port(), "/"), RemoteRequest.get(""));
            assertEquals(4, answer.body().readNBytes(4).length);
            Thread closing = Thread.ofVirtual().start(() -> {
                Awaitility.await().pollDelay(200, TimeUnit.MILLISECONDS).until(() -> true);
                answer.close();
            });
            assertEquals(
                    Kind.STOPPED,
                    assertThrows(RemoteException.class, () -> answer.body().read())
                            .kind());
            closing.join();
        }
    }

    @Test
    void send_streamedBody_isNeverHeld() throws Exception {
        long size = 300L << 20;
        answers("/", exchange -> {
            long length = Long.parseLong(exchange.getRequestHeaders().getFirst("Content-Length"));
            byte[] piece = new byte[64 << 10];
            long count = 0;
            for (int read = exchange.getRequestBody().read(piece);
                    read >= 0;
                    read = exchange.getRequestBody().read(piece)) {
                count += read;
            }
            send(exchange, 200, length + " " + count);
        });
        RemoteRequest request =
                RemoteRequest.of("PUT", "x").body(new RemoteRequest.Streamed("a/b", size, out -> write(out, size)));
        long before = used();
        try (RemoteAnswer answer = client.send(address("/"), request)) {
            assertEquals(size + " " + size, new String(answer.bytes(100), UTF_8));
        }
        assertTrue(used() - before < 200L << 20, "held " + (used() - before));
    }

    private static void write(OutputStream out, long size) throws IOException {
        byte[] piece = new byte[64 << 10];
        for (long left = size; left > 0; left -= piece.length) {
            out.write(piece);
        }
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** What was not made to its end must not arrive as if it had been. */
    @Test
    void send_bodyThatFails_doesNotArriveAsAWhole() throws Exception {
        Set<String> arrived = ConcurrentHashMap.newKeySet();
        answers("/", exchange -> {
            arrived.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            send(exchange, 200, "");
        });
        for (long length : List.of(-1L, 1000L)) {
            RemoteRequest request = RemoteRequest.of("PUT", "x").body(new RemoteRequest.Streamed("a/b", length, out -> {
                out.write("half".getBytes(UTF_8));
                out.flush();
                throw new IOException("the source broke");
            }));
            assertThrows(IOException.class, () -> client.send(address("/"), request));
        }
        assertEquals(Set.of(), arrived);
    }

    @Test
    void parse_credentials_areTakenInCouchDbsOrderAndNeverShown() {
        Login given = new Login("given", "s1");
        Map<String, String> header = Map.of("authorization", new Login("header", "s3").header());
        String url = "http://url:s2@host/db";
        assertEquals(given, RemoteAddress.parse(url, given, header).login());
        assertEquals("url", RemoteAddress.parse(url, null, header).login().user());
        RemoteAddress ofHeader = RemoteAddress.parse("http://host/db", null, header);
        assertEquals("header", ofHeader.login().user());
        assertEquals(Map.of(), ofHeader.headers());
        RemoteAddress address = RemoteAddress.parse(url, given, header);
        assertEquals("http://host/db/", address.toString());
        for (String secret : List.of("s1", "s2", "s3")) {
            assertFalse((address + " " + address.login() + address.shown()).contains(secret));
        }
        for (String wrong : List.of("ftp://host/x", "http:///x", "http://a b/", "x", "http://h:99999/")) {
            IllegalArgumentException refused = assertThrows(
                    IllegalArgumentException.class, () -> RemoteAddress.parse(wrong, null, Map.of()), wrong);
            assertFalse(String.valueOf(refused.getMessage()).contains(wrong));
        }
    }

    /** A server that sends some bytes to each connection, whatever it is asked, and closes it or does nothing more. */
    private static final class Raw implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        private final Set<Socket> open = ConcurrentHashMap.newKeySet();

        Raw(String bytes, boolean close) throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!listening.isClosed()) {
                    try {
                        Socket socket = listening.accept();
                        open.add(socket);
                        socket.getInputStream().read(new byte[8192]);
                        socket.getOutputStream().write(bytes.getBytes(UTF_8));
                        socket.getOutputStream().flush();
                        if (close) {
                            socket.close();
                        }
                    } catch (IOException closed) {
                        return;
                    }
                }
            });
        }

        int port() {
            return listening.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            listening.close();
            for (Socket socket : open) {
                socket.close();
            }
        }
    }
}
