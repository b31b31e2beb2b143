package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.testkit.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A node with 256 MB of heap, to be attacked, and what is to be seen of it from outside: whether it serves, what it
 * holds. Addresses of the loopback network are clients of their own, since none of them is a trusted proxy.
 */
final class SmallNode implements AutoCloseable {
    static final String HEAP = "-Xmx256m";
    private static final long MOST_HEAP_BYTES = 128 << 20;
    /** Files that the store or the JVM may have opened meanwhile. */
    private static final int MORE_DESCRIPTORS = 40;

    private static final Duration MOST = Duration.ofSeconds(30);
    private static final Duration MOST_TO_RECOVER = Duration.ofSeconds(60);
    private static final JsonMapper JSON = new JsonMapper();

    private final ServerProcess process;
    private final @Nullable SSLContext tls;
    private final long pid;
    private final int descriptors;

    private SmallNode(ServerProcess process, @Nullable SSLContext tls) throws IOException {
        this.process = process;
        this.tls = tls;
        this.pid = process.pid();
        assertEquals(201, asAdmin("PUT", "/calm", "").status());
        this.descriptors = descriptors();
    }

    /** As the launcher would run it, but with cheap password hashes. */
    static ServerOptions options(Path directory) {
        return ServerOptions.in(directory)
                .withJvm(HEAP)
                .withJvm("-XX:MaxDirectMemorySize=128m")
                .with("trusted_proxies", "192.0.2.1");
    }

    /** Starts one with an empty database {@code /calm}. */
    static SmallNode start(ServerOptions options) throws IOException {
        return new SmallNode(ServerProcess.start(options), null);
    }

    /** The same, over TLS. */
    static SmallNode startWithTls(ServerOptions options) throws IOException, GeneralSecurityException {
        Path directory = Objects.requireNonNull(options.data().getParent());
        Files.createDirectories(directory);
        TestCertificate pem = new TestCertificate(directory);
        SSLContext trusting = TestCertificate.trusting(pem.make("EC"));
        ServerOptions secure =
                options.with("tls_cert", pem.certificate.toString()).with("tls_key", pem.key.toString());
        return new SmallNode(ServerProcess.start(secure), trusting);
    }

    /** @param body the text of it */
    record Answer(int status, String body) {
        JsonNode json() {
            return JSON.readTree(body);
        }
    }

    /** A connection in clear text from that address. */
    Socket connect(String from) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), process.port(), InetAddress.getByName(from), 0);
    }

    /** A connection from that address on which a client can speak, over TLS where the node does. */
    Socket open(String from, String... protocols) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(Math.toIntExact(MOST.toMillis()));
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), process.port()),
                Math.toIntExact(MOST.toMillis()));
        if (tls == null) {
            return socket;
        }
        SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(socket, "127.0.0.1", process.port(), true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return secure;
    }

    /** A request on a connection of its own. @param login name and password with a colon between; null for nobody's */
    Answer send(String from, String method, String path, @Nullable String login, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + (login == null ? "" : "Authorization: " + basic(login) + "\r\n")
                + (method.equals("GET")
                        ? ""
                        : "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n")
                + "\r\n" + body;
        try (RawConnection connection = RawConnection.over(open(from), MOST)) {
            connection.send(head.getBytes(StandardCharsets.UTF_8));
            String answer = connection.head();
            return new Answer(Integer.parseInt(answer.substring(9, 12)), connection.body(answer));
        }
    }

    /** A request of the admin's from 127.0.0.1. */
    Answer asAdmin(String method, String path, String body) throws IOException {
        return send("127.0.0.1", method, path, ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD, body);
    }

    static String basic(String login) {
        return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    }

    /** A value of the node's own metrics, such as {@code connections_open}. */
    long metric(String name) throws IOException {
        String text = asAdmin("GET", "/_node/_local/_prometheus", "").body();
        Matcher line = Pattern.compile("(?m)^archipel_" + name + "(?:_total)?(?:\\{[^}]*\\})? ([0-9.E]+)$")
                .matcher(text);
        assertTrue(line.find(), () -> name + " is not in " + text);
        return (long) Double.parseDouble(line.group(1));
    }

    /** The labels of what {@code /_up} says is wrong. */
    List<String> problems() throws IOException {
        JsonNode problems = send("127.0.0.1", "GET", "/_up", null, "").json().get("problems");
        return problems == null
                ? List.of()
                : problems.valueStream()
                        .map(problem -> problem.get("problem").asString())
                        .toList();
    }

    /** Files and sockets that the process has open. */
    int descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return (int) open.count();
        }
    }

    /** What the heap holds after a collection, bytes. */
    long heapBytes() throws IOException, InterruptedException {
        Command.run(
                "jcmd",
                Path.of("/"),
                Duration.ofSeconds(60),
                Map.of(),
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(process.pid()),
                "GC.run");
        return asAdmin("GET", "/_node/_local/_system", "")
                .json()
                .at("/memory/processes_used")
                .asLong();
    }

    ServerProcess process() {
        return process;
    }

    /** Fails unless it answers, writes, and is the process that was started. */
    void assertServes() throws IOException {
        Answer up = send("127.0.0.1", "GET", "/_up", null, "");
        assertEquals(200, up.status(), up.body());
        Answer made = asAdmin("POST", "/calm", "{\"after\":true}");
        assertEquals(201, made.status(), () -> made.body() + process.lastLines());
        String id = made.json().get("id").asString();
        assertEquals(200, asAdmin("GET", "/calm/" + id, "").status());
        assertEquals(pid, process.pid());
        assertEquals(0, process.countLines("OutOfMemoryError"), process::lastLines);
    }

    /** Waits until it has nothing left of an attack, whose clients may still be connected. */
    void awaitRecovered(int connections) throws IOException, InterruptedException {
        Awaitility.await()
                .atMost(MOST_TO_RECOVER)
                .pollInterval(Duration.ofMillis(250))
                .ignoreExceptions()
                .until(() -> descriptors() <= descriptors + connections + MORE_DESCRIPTORS
                        && metric("requests_running") <= 1
                        && metric("request_memory_bytes") <= 64 << 10
                        && problems().isEmpty());
        assertServes();
        long heap = heapBytes();
        System.out.println(heap / (1 << 20) + " MiB of heap after it, " + descriptors() + " descriptors (" + descriptors
                + " before)");
        assertTrue(heap < MOST_HEAP_BYTES, () -> heap + " bytes of heap are held after the attack");
    }

    @Override
    public void close() {
        process.close();
    }
}
