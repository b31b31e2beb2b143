package archipel.witness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** An HTTP proxy in front of one node, which does to requests and answers what a {@link Mutation} says. */
final class MutantProxy implements AutoCloseable {
    /** What the node is told of a request's headers, beside who asks. */
    private static final String[] PASSED = {"If-None-Match", "Archipel-Min-Block"};

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Endpoint node;
    private final Mutation mutation;

    /** @param node with a name and password, which the proxy's own URL does not need */
    MutantProxy(URI node, Mutation mutation) throws IOException {
        this.node = new Endpoint(node);
        this.mutation = mutation;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void handle(HttpExchange exchange) {
        try (exchange) {
            answer(exchange, mutation.pass(passing(exchange), this::send));
        } catch (IOException _) {
            // The node is away: the connection ends without an answer.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static Mutation.Passing passing(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String query = exchange.getRequestURI().getRawQuery();
        Map<String, String> headers = new TreeMap<>();
        for (String name : PASSED) {
            String value = exchange.getRequestHeaders().getFirst(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        return new Mutation.Passing(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getRawPath(),
                query == null ? "" : query,
                body.length == 0 ? null : new String(body, StandardCharsets.UTF_8),
                headers);
    }

    private Answer send(Mutation.Passing request) throws IOException, InterruptedException {
        String path = request.path() + (request.query().isEmpty() ? "" : "?" + request.query());
        return node.send(request.method(), path, request.body(), request.headers());
    }

    private static void answer(HttpExchange exchange, Answer answer) throws IOException {
        header(
                exchange,
                "Archipel-Block",
                answer.block() == null ? null : answer.block().toString());
        header(exchange, "ETag", answer.etag());
        boolean empty = answer.body().length == 0 || answer.status() == 304;
        exchange.sendResponseHeaders(answer.status(), empty ? -1 : answer.body().length);
        if (!empty) {
            exchange.getResponseBody().write(answer.body());
        }
    }

    private static void header(HttpExchange exchange, String name, @Nullable String value) {
        if (value != null) {
            exchange.getResponseHeaders().set(name, value);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
        node.close();
    }
}
