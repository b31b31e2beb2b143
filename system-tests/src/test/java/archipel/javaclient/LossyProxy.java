package archipel.javaclient;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Predicate;

/** Stands before a node, passes requests on, and loses some of the answers. */
final class LossyProxy implements AutoCloseable {
    private static final Set<String> NOT_PASSED =
            Set.of("connection", "content-length", "host", "transfer-encoding", "upgrade", "http2-settings");

    private final String node;
    private final HttpServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile Predicate<String> loses = request -> false;
    private volatile Function<HttpExchange, Optional<String>> refusals = exchange -> Optional.empty();
    private int losses;

    /** @param node its URL */
    LossyProxy(String node) throws IOException {
        this.node = node;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::pass);
        server.start();
    }

    /** With the admin's name and password. */
    String url(String login) {
        return "http://" + login + "@127.0.0.1:" + server.getAddress().getPort();
    }

    /** Which answers are lost, by the method of the request and its path. */
    void lose(Predicate<String> which) {
        loses = which;
    }

    /** Loses the answer to the next request that begins so. */
    void loseNext(String request) {
        boolean[] lost = {false};
        loses = one -> {
            boolean now = !lost[0] && one.startsWith(request);
            lost[0] |= now;
            return now;
        };
    }

    /** Has something else answer requests whose path begins so. */
    void serve(String path, HttpHandler handler) {
        server.createContext(path, handler);
    }

    /** Answers a request itself where that gives a refusal. */
    void refuse(Function<HttpExchange, Optional<String>> which) {
        refusals = which;
    }

    synchronized int losses() {
        return losses;
    }

    private void pass(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        byte[] body = exchange.getRequestBody().readAllBytes();
        Optional<String> refusal = refusals.apply(exchange);
        if (refusal.isPresent()) {
            byte[] json = refusal.get().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(412, json.length);
            exchange.getResponseBody().write(json);
            exchange.close();
            return;
        }
        HttpRequest.Builder passed = HttpRequest.newBuilder(URI.create(node + exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!NOT_PASSED.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> passed.header(name, value));
            }
        });
        try (exchange) {
            HttpResponse<InputStream> answer = client.send(passed.build(), BodyHandlers.ofInputStream());
            if (loses.test(request)) {
                answer.body().readAllBytes();
                synchronized (this) {
                    losses++;
                }
                return;
            }
            answer.headers().map().forEach((name, values) -> {
                if (!NOT_PASSED.contains(name) && !name.startsWith(":")) {
                    exchange.getResponseHeaders().put(name, values);
                }
            });
            exchange.sendResponseHeaders(answer.statusCode(), 0);
            try (InputStream from = answer.body();
                    OutputStream to = exchange.getResponseBody()) {
                from.transferTo(to);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        client.shutdownNow();
    }
}
