package archipel.load;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Just enough of CouchDB's API for the workloads: it keeps documents in memory and understands none of them. */
final class CountingServer implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("\"_id\":\"([0-9a-f]+)\"");
    private final Map<String, Map<String, byte[]>> databases = new ConcurrentSkipListMap<>();
    private final List<OutputStream> feeds = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private volatile boolean refusing;
    private volatile boolean losing;

    CountingServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<String> databases() {
        return List.copyOf(databases.keySet());
    }

    /** From now on no document is accepted. */
    void refuseDocuments() {
        refusing = true;
    }

    /** From now on documents are acknowledged and forgotten. */
    void loseDocuments() {
        losing = true;
        databases.values().forEach(Map::clear);
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String[] path = exchange.getRequestURI().getPath().substring(1).split("/", 2);
        String rest = path.length > 1 ? path[1] : "";
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        Map<String, byte[]> documents = databases.getOrDefault(path[0], Map.of());
        switch (exchange.getRequestMethod() + " " + (rest.startsWith("_") ? rest : rest.isEmpty() ? "/" : "document")) {
            case "PUT /" -> {
                databases.put(path[0], new ConcurrentSkipListMap<>());
                answer(exchange, 201, "{\"ok\":true}");
            }
            case "DELETE /" -> {
                databases.remove(path[0]);
                answer(exchange, 200, "{\"ok\":true}");
            }
            case "GET /" -> answer(exchange, 200, "{\"doc_count\":" + documents.size() + "}");
            case "GET document" -> answer(exchange, 200, documents.get(rest));
            case "PUT document" -> put(exchange, documents, rest, query, body);
            case "POST _bulk_docs" -> bulk(exchange, documents, new String(body, StandardCharsets.US_ASCII));
            case "GET _all_docs" -> answer(exchange, 200, rows(documents, "{\"value\":{\"rev\":\"1-0\"}}"));
            case "GET _changes" -> changes(exchange, documents, query);
            default -> answer(exchange, 500, "{\"error\":\"what\"}");
        }
    }

    private void put(HttpExchange exchange, Map<String, byte[]> documents, String id, String query, byte[] body)
            throws IOException {
        if (refusing) {
            answer(exchange, 500, "{\"error\":\"refused\"}");
            return;
        }
        store(documents, id, id.endsWith("data.bin") ? body : withId(id, body));
        int generation = query.startsWith("rev=") ? Integer.parseInt(query.substring(4, query.indexOf('-'))) + 1 : 1;
        answer(exchange, 201, "{\"ok\":true,\"id\":\"" + id + "\",\"rev\":\"" + generation + "-0\"}");
        synchronized (feeds) {
            for (OutputStream feed : feeds) {
                feed.write("{\"seq\":1,\"changes\":[{\"rev\":\"1-0\"}]}\n".getBytes());
                feed.flush();
            }
        }
    }

    private static byte[] withId(String id, byte[] body) {
        return ("{\"_id\":\"" + id + "\"," + new String(body, 1, body.length - 1)).getBytes();
    }

    private void store(Map<String, byte[]> documents, String id, byte[] body) {
        if (!losing) {
            documents.put(id, body);
        }
    }

    private void bulk(HttpExchange exchange, Map<String, byte[]> documents, String json) throws IOException {
        Matcher matcher = ID.matcher(json);
        StringBuilder results = new StringBuilder("[");
        while (matcher.find()) {
            int end = json.indexOf("\"}", matcher.end());
            store(
                    documents,
                    matcher.group(1),
                    json.substring(matcher.start() - 1, end + 2).getBytes());
            results.append("{\"ok\":true,\"rev\":\"1-0\"},");
        }
        answer(exchange, 201, results.append("]").toString());
    }

    private void changes(HttpExchange exchange, Map<String, byte[]> documents, String query) throws IOException {
        if (query.contains("continuous")) {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().flush();
            synchronized (feeds) {
                feeds.add(exchange.getResponseBody());
            }
        } else {
            answer(exchange, 200, rows(documents, "{\"changes\":[{\"rev\":\"1-0\"}]}"));
        }
    }

    private static String rows(Map<String, byte[]> documents, String row) {
        return documents.keySet().stream().map(id -> row).collect(Collectors.joining(",\n"));
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        answer(exchange, status, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
