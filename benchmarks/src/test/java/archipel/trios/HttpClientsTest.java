package archipel.trios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.load.BulkRequest;
import archipel.load.Documents;
import archipel.rawhttp.HttpTarget;
import archipel.report.Round;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpClientsTest {
    private static final Duration SHORT = Duration.ofMillis(50);

    private final List<HttpServer> servers = new ArrayList<>();
    private final List<Set<String>> paths = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicLong next = new AtomicLong();
    private volatile int status = 201;
    private volatile int answerBytes = 20;
    private volatile boolean chunked;

    @BeforeEach
    void start() throws IOException {
        for (int i = 0; i < Contender.MEMBERS; i++) {
            Set<String> asked = ConcurrentHashMap.newKeySet();
            paths.add(asked);
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
            server.setExecutor(threads);
            server.createContext("/", exchange -> answer(exchange, asked));
            server.start();
            servers.add(server);
        }
    }

    private void answer(HttpExchange exchange, Set<String> asked) throws IOException {
        int received = exchange.getRequestBody().readAllBytes().length;
        String path = exchange.getRequestURI().getPath();
        asked.add(path);
        boolean whole = path.endsWith("/_bulk_docs")
                ? received > BulkRequest.DOCUMENTS * Documents.BODY_BYTES
                : received == Documents.BODY_BYTES;
        exchange.sendResponseHeaders(whole ? status : 400, chunked ? 0 : answerBytes);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(new byte[answerBytes]);
        }
    }

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
        threads.shutdownNow();
    }

    private HttpClients clients() throws IOException {
        return new HttpClients(
                servers.stream()
                        .map(server -> HttpTarget.parse(
                                "http://127.0.0.1:" + server.getAddress().getPort()))
                        .toList(),
                "load");
    }

    private Round run(Operation operation, int outstanding) throws IOException {
        try (HttpClients clients = clients()) {
            return AsyncLoop.run(clients, List.of(), operation, outstanding, next::getAndIncrement, SHORT);
        }
    }

    private long asked() {
        return paths.stream().mapToLong(Set::size).sum();
    }

    @Test
    void run_manyOutstanding_writesEachValueOnceAtAllMembers() throws IOException {
        Round round = run(Operation.WRITE, 16);

        assertEquals(next.get(), round.latencies().getTotalCount());
        assertEquals(next.get(), asked());
        assertTrue(paths.stream().noneMatch(Set::isEmpty));
    }

    @Test
    void run_oneOutstanding_goesRound() throws IOException {
        run(Operation.WRITE, 1);

        assertTrue(paths.stream().noneMatch(Set::isEmpty));
        assertEquals(next.get(), asked());
    }

    @Test
    void run_longRequestsAndAnswers_areWhole() throws IOException {
        answerBytes = 200_000;

        assertTrue(run(Operation.BULK, 4).units() >= 4.0 * BulkRequest.DOCUMENTS);
    }

    @Test
    void run_chunkedAnswers_endWithTheirLastChunk() throws IOException {
        chunked = true;
        answerBytes = 100_000;

        long ended = run(Operation.WRITE, 16).latencies().getTotalCount();

        assertEquals(ended, asked());
    }

    @Test
    void run_anotherStatus_fails() {
        status = 503;

        IOException failure = assertThrows(IOException.class, () -> run(Operation.WRITE, 16));

        assertTrue(failure.getMessage().contains("503"), failure.getMessage());
    }

    @Test
    void fill_someValues_writesTheFirstNumbers() throws IOException {
        try (HttpClients clients = clients()) {
            AsyncLoop.fill(clients, 100);
        }

        assertEquals(100, asked());
        assertTrue(paths.stream().anyMatch(asked -> asked.contains("/load/" + Documents.id(HttpClients.SERIES, 99))));
    }
}
