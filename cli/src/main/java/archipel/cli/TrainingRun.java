package archipel.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A typical short life of a node, for the JVM to learn from at build time: it keeps the classes loaded here, and what
 * was hot, in a cache that later starts read (see {@code launcher/build.bash}). What is not done here works just the
 * same, only colder.
 */
public final class TrainingRun {
    private static final String PASSWORD = "training";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern URL = Pattern.compile("serves (http://\\S+)");
    private static final List<String> MEMBERS = List.of("a", "b", "c");
    private static final int CREATED = 201;
    private static final int CLIENTS = 16;
    private static final int READS = 4;
    private static final int BULK_DOCUMENTS = 250;
    private static final int QUERIES = 60;
    private static final String TEXT = "the sea is never far ".repeat(30);

    /** Long enough for what each request runs through to be hot, and short beside the build. */
    private static final Duration WRITES = Duration.ofSeconds(9);

    private static final Duration READING = Duration.ofSeconds(4);
    private static final Duration BULKS = Duration.ofSeconds(3);
    private static final Duration LISTINGS = Duration.ofSeconds(2);
    private static final Duration COPIES = Duration.ofSeconds(6);
    private static final Duration TOGETHER = Duration.ofSeconds(14);
    private static final Duration TREE = Duration.ofSeconds(12);

    /** Bulks that are replicated. */
    private static final int COPIED_BULKS = 20;

    /** The nodes of an ensemble, or one on its own. */
    private final List<URI> urls;

    private final URI url;
    private final int part;

    private TrainingRun(List<URI> urls, int part) {
        this.urls = urls;
        this.url = urls.getFirst();
        this.part = part;
    }

    /** @param arguments an empty directory for the nodes' data */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        run(arguments[0] + "/alone", 1);
        runEnsemble(arguments[0], 1);
    }

    /**
     * The same life in less time.
     *
     * @param directory empty
     * @param part as many times shorter
     */
    static void run(String directory, int part) throws IOException, InterruptedException {
        try (Started node = new Started(directory)) {
            new TrainingRun(List.of(node.url()), part).work();
        }
    }

    /**
     * That of three members of an ensemble. In one process: what one of them learns is what all of them do.
     *
     * @param directory empty
     * @param part as many times shorter
     */
    static void runEnsemble(String directory, int part) throws IOException, InterruptedException {
        List<String> members = new ArrayList<>();
        for (String name : MEMBERS) {
            members.add(name + "=127.0.0.1:" + freePort());
        }
        String ensemble = String.join(",", members);
        List<Started> nodes = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        try {
            for (String name : MEMBERS) {
                ports.add(freePort());
                nodes.add(new Started(
                        directory + "/" + name,
                        "--ensemble",
                        ensemble,
                        "--ensemble-name",
                        name,
                        "--coordination-port",
                        ports.getLast().toString()));
            }
            List<URI> urls = new ArrayList<>();
            for (Started node : nodes) {
                urls.add(node.url());
            }
            TrainingRun run = new TrainingRun(urls, part);
            run.workTogether();
            run.workAtTheTree(ports);
        } finally {
            nodes.forEach(Started::close);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** A node in this process. */
    private static final class Started implements AutoCloseable {
        private final StringWriter printed = new StringWriter();
        private final Thread thread;

        Started(String directory, String... more) {
            List<String> command = new ArrayList<>(List.of("serve", "--port", "0", "--data", directory));
            command.addAll(List.of(more));
            thread = Thread.ofPlatform()
                    .start(() -> Main.run(
                            command.toArray(String[]::new),
                            Map.of("ARCHIPEL_ADMIN_PASSWORD", PASSWORD),
                            new PrintWriter(printed, true),
                            new PrintWriter(System.err, true)));
        }

        URI url() throws InterruptedException {
            for (long waited = 0; waited < PATIENCE.toMillis(); waited += 10) {
                Matcher line = URL.matcher(printed.toString());
                if (line.find()) {
                    return URI.create(line.group(1));
                }
                if (thread.join(Duration.ofMillis(10))) {
                    break;
                }
            }
            throw new IllegalStateException("the node did not start");
        }

        /** The process would go on with it. */
        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join(PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void work() throws IOException, InterruptedException {
        exchange("GET", "/", "");
        exchange("GET", "/_up", "");
        exchange("PUT", "/training", "");
        load();
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
        replicate();
        exchange("POST", "/_session", "{\"name\":\"admin\",\"password\":\"" + PASSWORD + "\"}");
        exchange("GET", "/_session", "");
        exchange("GET", "/missing/document", "");
        exchange("DELETE", "/training", "");
    }

    /** Writes and reads at all members, so that each learns what leaders do, and those who follow them. */
    private void workTogether() throws IOException, InterruptedException {
        for (int attempt = 0; attempt < PATIENCE.toSeconds() && status("PUT", "/training") != CREATED; attempt++) {
            TimeUnit.MILLISECONDS.sleep(500);
        }
        together(TOGETHER, (connection, number) -> {
            String path = "/training/island-" + number;
            connection.exchange("PUT", path, document("", number));
            for (int read = 0; read < 2; read++) {
                connection.exchange("GET", path, "");
                connection.exchange("GET", path + "?consistency=any", "");
            }
        });
        together(BULKS, (connection, number) -> connection.exchange("POST", "/training/_bulk_docs", bulk(number)));
        exchange("GET", "/_ensemble", "");
        exchange("GET", "/training/_changes?since=0&limit=50&include_docs=true", "");
    }

    private void workAtTheTree(List<Integer> ports) throws InterruptedException {
        byte[] data = document("", 0).getBytes(StandardCharsets.UTF_8);
        clients(CLIENTS, TREE, (first, numbers) -> {
            try (TreeClient client = new TreeClient(ports.get(first % ports.size()))) {
                for (int number = numbers.next(); number >= 0; number = numbers.next()) {
                    String path = "/training-" + number;
                    client.create(path, data, number % 2 == 0);
                    client.getData(path, true);
                    client.setData(path, data);
                    client.sync(path);
                    client.exists(path, false);
                    client.getChildren(path);
                    if (number % 4 == 0) {
                        client.delete(path);
                    }
                }
            }
        });
    }

    private int status(String method, String path) throws IOException {
        try (Connection connection = new Connection(url)) {
            return connection.exchange(method, path, "");
        }
    }

    /**
     * What a node under load does most. Methods have to be called thousands of times here: only of those that the
     * JVM's best compiler would have taken does the cache keep enough for them to be compiled at once in later starts.
     */
    private void load() throws InterruptedException {
        together(WRITES, (connection, number) -> {
            String path = "/training/island-" + number;
            connection.exchange("PUT", path, document("", number));
            String revision = connection.revision();
            if (number % 2 == 0 && revision != null) {
                connection.exchange("PUT", path, document("\"_rev\":\"" + revision + "\",", number));
            }
            for (int read = 0; read < READS; read++) {
                connection.exchange("GET", path, "");
            }
        });
        together(READING, (connection, number) -> connection.exchange("GET", "/training/island-" + number, ""));
        together(BULKS, (connection, number) -> connection.exchange("POST", "/training/_bulk_docs", bulk(number)));
        together(LISTINGS, (connection, number) -> {
            String whole = number % CLIENTS == 0 ? "" : "&limit=1000";
            connection.exchange("GET", "/training/_all_docs?include_docs=true" + whole, "");
            connection.exchange("GET", "/training/_changes?since=0" + whole, "");
        });
    }

    /** From this node to itself, over HTTP, so that it learns both sides. */
    private void replicate() throws IOException, InterruptedException {
        exchange("PUT", "/source", "");
        for (int i = 0; i < COPIED_BULKS; i++) {
            exchange("POST", "/source/_bulk_docs", bulk(i));
        }
        String from = url.toString().replace("http://", "http://admin:" + PASSWORD + "@") + "/source";
        together(1, COPIES, (connection, number) -> {
            String copy = "copy-" + number;
            connection.exchange(
                    "POST",
                    "/_replicate",
                    "{\"source\":\"" + from + "\",\"target\":\"" + copy + "\",\"create_target\":true}");
            connection.exchange("DELETE", "/" + copy, "");
        });
        exchange("DELETE", "/source", "");
    }

    /**
     * Without JavaScript: with it a first view of 20,000 documents took 1.1 s and not 1.6, but the cache was twice as
     * large, and since each start loads all of its classes, each node took 30 MiB more.
     */
    private void query() throws IOException {
        try (Connection connection = new Connection(url)) {
            for (String fields : new String[] {"\"area\",\"name\"", "\"name\"", "\"number\""}) {
                connection.exchange("POST", "/training/_index", "{\"index\":{\"fields\":[" + fields + "]}}");
                connection.exchange("POST", "/training/_find", "{\"selector\":{\"name\":\"x\",\"number\":1}}");
            }
            for (int i = 0; i < QUERIES; i++) {
                connection.exchange("PUT", "/training/islet-" + i, "{\"name\":\"Molène\",\"area\":0.7" + i + "}");
                connection.exchange(
                        "POST", "/training/_find", "{\"selector\":{\"area\":{\"$gte\":0.7" + i + "}},\"limit\":10}");
            }
            connection.exchange(
                    "POST",
                    "/training/_find",
                    "{\"selector\":{\"inhabited\":true,\"name\":{\"$regex\":\"^O\"}},\"limit\":100}");
        }
    }

    private static String document(String first, int number) {
        return "{" + first + "\"name\":\"Île de Sein\",\"area\":0.58,\"inhabited\":true,\"tags\":[\"low\"," + number
                + "],\"number\":" + number + ",\"text\":\"" + TEXT + "\"}";
    }

    private static String bulk(int round) {
        StringBuilder request = new StringBuilder("{\"docs\":[");
        for (int i = 0; i < BULK_DOCUMENTS; i++) {
            int number = round * BULK_DOCUMENTS + i;
            request.append(i == 0 ? "" : ",").append(document("\"_id\":\"isle-" + number + "\",", number));
        }
        return request.append("]}").toString();
    }

    private void together(Duration time, Client client) throws InterruptedException {
        together(CLIENTS, time, client);
    }

    /** Several clients at a time, each on one connection, over and over with numbers of its own. */
    private void together(int clients, Duration time, Client client) throws InterruptedException {
        clients(clients, time, (first, numbers) -> {
            try (Connection connection = new Connection(urls.get(first % urls.size()))) {
                for (int number = numbers.next(); number >= 0; number = numbers.next()) {
                    client.run(connection, number);
                }
            }
        });
    }

    private void clients(int clients, Duration time, Work work) throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            int first = i;
            AtomicInteger next = new AtomicInteger(first);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    work.run(first, () -> over.getCount() > 0 ? next.getAndAdd(clients) : -1);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }
        boolean _ = over.await(time.toMillis() / part, TimeUnit.MILLISECONDS);
        over.countDown();
        for (Thread thread : threads) {
            thread.join(PATIENCE);
        }
    }

    /** One request on a connection of its own. */
    private void exchange(String method, String path, String body) throws IOException {
        try (Connection connection = new Connection(url)) {
            connection.exchange(method, path, body);
        }
    }

    /** What a client does, of those that work at a time. */
    private interface Work {
        void run(int client, Numbers numbers) throws IOException;
    }

    /** Those that are a client's own; less than 0 once the time is over. */
    private interface Numbers {
        int next();
    }

    private interface Client {
        void run(Connection connection, int number) throws IOException;
    }

    /** To the node, for requests one after another; what the answers say does not matter here. */
    private static final class Connection implements AutoCloseable {
        private static final String CREDENTIALS =
                Base64.getEncoder().encodeToString(("admin:" + PASSWORD).getBytes(StandardCharsets.UTF_8));

        private final URI url;
        private final Socket socket;
        private final BufferedInputStream in;
        private @Nullable String tag;

        private Connection(URI url) throws IOException {
            this.url = url;
            socket = new Socket(InetAddress.getByName(url.getHost()), url.getPort());
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
        }

        /** @return the answer's status */
        private int exchange(String method, String path, String body) throws IOException {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            String head = method + " " + path + " HTTP/1.1\r\nHost: " + url.getAuthority()
                    + "\r\nAccept-Encoding: gzip\r\nContent-Type: application/json\r\nAuthorization: Basic "
                    + CREDENTIALS + "\r\nContent-Length: " + bytes.length + "\r\n\r\n";
            ByteArrayOutputStream request = new ByteArrayOutputStream(head.length() + bytes.length);
            request.writeBytes(head.getBytes(StandardCharsets.UTF_8));
            request.writeBytes(bytes);
            request.writeTo(socket.getOutputStream());
            long length = 0;
            tag = null;
            int status = Integer.parseInt(line().split(" ")[1]);
            for (String line = line(); !line.isEmpty(); line = line()) {
                String header = line.toLowerCase(Locale.ROOT);
                if (header.startsWith("content-length:")) {
                    length = Long.parseLong(
                            header.substring("content-length:".length()).strip());
                } else if (header.startsWith("transfer-encoding:")) {
                    length = -1;
                } else if (header.startsWith("etag:")) {
                    tag = header.substring("etag:".length()).strip();
                }
            }
            if (length >= 0) {
                in.skipNBytes(length);
                return status;
            }
            for (int chunk = chunkLength(); chunk > 0; chunk = chunkLength()) {
                in.skipNBytes(chunk + 2);
            }
            in.skipNBytes(2);
            return status;
        }

        /** Of the document that the newest answer is about; null where it was refused. */
        private @Nullable String revision() {
            return tag == null ? null : tag.replace("\"", "");
        }

        private int chunkLength() throws IOException {
            return Integer.parseInt(line(), 16);
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new EOFException("the node closed the connection");
                }
                if (next != '\r') {
                    line.append((char) next);
                }
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
