package archipel.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A typical short life of a node, for the JVM to learn from at build time: it keeps the classes loaded here, and what
 * was hot, in a cache that later starts read (see {@code launcher/build.bash}). What is not done here works just the
 * same, only colder.
 */
public final class TrainingRun {
    private static final String PASSWORD = "training";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern URL = Pattern.compile("serves (http://\\S+)");
    private static final int ROUNDS = 400;
    private static final int BULK_ROUNDS = 20;
    private static final int BULK_DOCUMENTS = 250;
    private static final int QUERY_ROUNDS = 60;

    private final URI url;

    private TrainingRun(URI url) {
        this.url = url;
    }

    /** @param arguments an empty directory for the node's data */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        StringWriter printed = new StringWriter();
        Map<String, String> environment = Map.of("ARCHIPEL_ADMIN_PASSWORD", PASSWORD);
        Thread node = Thread.ofPlatform()
                .start(() -> Main.run(
                        new String[] {"serve", "--port", "0", "--data", arguments[0]},
                        environment,
                        new PrintWriter(printed, true),
                        new PrintWriter(System.err, true)));
        new TrainingRun(url(printed, node)).work();
        node.interrupt();
        node.join(PATIENCE);
    }

    private static URI url(StringWriter printed, Thread node) throws InterruptedException {
        for (long waited = 0; waited < PATIENCE.toMillis(); waited += 10) {
            Matcher line = URL.matcher(printed.toString());
            if (line.find()) {
                return URI.create(line.group(1));
            }
            if (node.join(Duration.ofMillis(10))) {
                break;
            }
        }
        throw new IllegalStateException("the node did not start");
    }

    private void work() throws IOException {
        exchange("GET", "/", "");
        exchange("GET", "/_up", "");
        exchange("PUT", "/training", "");
        for (int i = 0; i < ROUNDS; i++) {
            exchange(
                    "PUT",
                    "/training/island-" + i,
                    "{\"name\":\"Ouessant\",\"area\":15.58,\"tags\":[\"wind\"," + i + "]}");
            exchange("GET", "/training/island-" + i, "");
        }
        for (int i = 0; i < BULK_ROUNDS; i++) {
            exchange("POST", "/training/_bulk_docs", bulk(i));
        }
        exchange("GET", "/training/_all_docs?include_docs=true", "");
        exchange("GET", "/training/_changes?since=0", "");
        exchange(
                "POST",
                "/training/_bulk_docs",
                "{\"docs\":[{\"_id\":\"a\",\"sea\":\"Iroise\"},{\"_id\":\"b\"},{\"n\":1}]}");
        exchange("GET", "/training/_all_docs?include_docs=true&limit=50", "");
        exchange("GET", "/training/_changes?since=0&limit=50&include_docs=true", "");
        exchange("POST", "/training/_revs_diff", "{\"a\":[\"1-00000000000000000000000000000000\"]}");
        exchange("POST", "/training/_bulk_get?revs=true", "{\"docs\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
        exchange("PUT", "/training/_local/checkpoint", "{\"seq\":1}");
        exchange("PUT", "/training/photo/a.txt", "bytes");
        exchange("GET", "/training/photo/a.txt", "");
        exchange("GET", "/training", "");
        query();
        exchange("POST", "/_session", "{\"name\":\"admin\",\"password\":\"" + PASSWORD + "\"}");
        exchange("GET", "/_session", "");
        exchange("GET", "/missing/document", "");
        exchange("DELETE", "/training", "");
    }

    /**
     * Without JavaScript: with it a first view of 20,000 documents took 1.1 s and not 1.6, but the cache was twice as
     * large, and since each start loads all of its classes, each node took 30 MiB more.
     */
    private void query() throws IOException {
        exchange("POST", "/training/_index", "{\"index\":{\"fields\":[\"area\",\"name\"]}}");
        for (int i = 0; i < QUERY_ROUNDS; i++) {
            exchange("PUT", "/training/islet-" + i, "{\"name\":\"Molène\",\"area\":0.7" + i + "}");
            exchange("POST", "/training/_find", "{\"selector\":{\"area\":{\"$gte\":0.7" + i + "}},\"limit\":10}");
        }
        exchange("POST", "/training/_find", "{\"selector\":{\"inhabited\":true,\"name\":{\"$regex\":\"^O\"}}}");
    }

    private static String bulk(int round) {
        StringBuilder request = new StringBuilder("{\"docs\":[");
        for (int i = 0; i < BULK_DOCUMENTS; i++) {
            request.append(i == 0 ? "" : ",")
                    .append("{\"_id\":\"isle-")
                    .append(round * BULK_DOCUMENTS + i)
                    .append("\",\"name\":\"Île de Sein\",\"area\":0.58,\"inhabited\":true,\"tags\":[\"low\",")
                    .append(i)
                    .append("],\"text\":\"")
                    .append("the sea is never far ".repeat(30))
                    .append("\"}");
        }
        return request.append("]}").toString();
    }

    /** One request on a connection of its own; what the answer says does not matter here. */
    private void exchange(String method, String path, String body) throws IOException {
        String credentials = Base64.getEncoder().encodeToString(("admin:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.1\r\nHost: " + url.getAuthority()
                + "\r\nConnection: close\r\nAccept-Encoding: gzip\r\nContent-Type: application/json"
                + "\r\nAuthorization: Basic "
                + credentials + "\r\nContent-Length: " + bytes.length + "\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getByName(url.getHost()), url.getPort())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(bytes);
            InputStream answer = socket.getInputStream();
            answer.transferTo(OutputStream.nullOutputStream());
        }
    }
}
