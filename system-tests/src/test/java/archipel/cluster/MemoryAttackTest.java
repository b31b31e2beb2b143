package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a member of one database can send to fill the memory of a node with 256 MB of heap, several at a time: the node
 * refuses what it cannot do, goes on answering, and is the same process with the same data afterwards.
 */
final class MemoryAttackTest {
    private static final long SEED = 7;
    private static final int AT_ONCE = 6;
    private static final int KEPT_DOCUMENTS = 200;
    private static final int BULK_DOCUMENTS = 160_000;
    private static final int ANSWER_BYTES = 32 << 20;
    private static final String MEMBER = "mallory";

    @TempDir
    private Path directory;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Map<String, String> outcomes = new ConcurrentSkipListMap<>();

    /** @param type the content type */
    private record Attack(
            String method,
            String path,
            String type,
            @Nullable HostileBody body,
            boolean admin) {}

    @Test
    void node_attackedThroughItsMemory_goesOnWithItsData() throws Exception {
        ServerOptions options = ServerOptions.in(directory).withJvm("-Xmx256m");
        try (ServerProcess server = ServerProcess.start(options)) {
            prepare(server);
            long pid = server.pid();
            List<Attack> attacks = attacks();
            Collections.shuffle(attacks, new Random(SEED));
            ConcurrentLinkedQueue<Attack> left = new ConcurrentLinkedQueue<>(attacks);
            List<Thread> attackers = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                attackers.add(Thread.startVirtualThread(() -> {
                    for (Attack attack = left.poll(); attack != null; attack = left.poll()) {
                        run(server, attack);
                    }
                }));
            }
            for (Thread attacker : attackers) {
                attacker.join();
            }
            outcomes.forEach((attack, outcome) -> System.out.println(attack + ": " + outcome));
            assertEquals(200, status(server, "GET", "/_up", null), server::lastLines);
            assertEquals(pid, server.pid());
            assertTrue(get(server, "/kept").contains("\"doc_count\":" + (KEPT_DOCUMENTS + 1) + ","));
            assertEquals(201, status(server, "PUT", "/kept/after", "{}"));
            assertPurged(server);
            assertLargeBulkIsOneBlock(server);
            System.out.println(get(server, "/_up") + ProcessStatus.of(server).residentKib() + " KiB resident");
            assertEquals(ServerProcess.TERMINATED, server.stop());
        }
    }

    private void prepare(ServerProcess server) throws Exception {
        assertEquals(201, status(server, "PUT", "/kept", null));
        assertEquals(201, status(server, "PUT", "/shared", null));
        String user = "{\"name\":\"" + MEMBER + "\",\"password\":\"" + ServerProcess.PASSWORD
                + "\",\"roles\":[],\"type\":\"user\"}";
        assertEquals(201, status(server, "PUT", "/_users/org.couchdb.user:" + MEMBER, user));
        String security = "{\"members\":{\"names\":[\"" + MEMBER + "\"]}}";
        assertEquals(200, status(server, "PUT", "/shared/_security", security));
        StringBuilder docs = new StringBuilder("{\"docs\":[{}");
        docs.append(",{}".repeat(KEPT_DOCUMENTS - 1)).append("]}");
        assertEquals(201, status(server, "POST", "/kept/_bulk_docs", docs.toString()));
        String design = "{\"views\":{\"v\":{\"map\":\"function (doc) { emit(doc._id, null); }\"}}}";
        assertEquals(201, status(server, "PUT", "/shared/_design/d", design));
        String large = "{\"a\":[" + "{},".repeat(1_500_000) + "{}]}";
        for (int i = 0; i < 4; i++) {
            status(server, "PUT", "/shared/large" + i, large);
            assertEquals(201, status(server, "PUT", "/shared/text" + i, "{\"a\":\"" + "x".repeat(6_000_000) + "\"}"));
        }
        String revision = "";
        for (int i = 0; i < 100; i++) {
            revision = put(server, revision, "{\"a\":\"" + "y".repeat(3_000_000) + i + "\"}");
        }
    }

    private String put(ServerProcess server, String revision, String body) throws Exception {
        String query = revision.isEmpty() ? "" : "?rev=" + revision;
        String answer = http.send(
                        server.request("/kept/edited" + query)
                                .header("Content-Type", "application/json")
                                .PUT(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString())
                .body();
        return answer.replaceAll("(?s).*\"rev\":\"([^\"]*)\".*", "$1");
    }

    /** Three hundred megabytes of bodies, on a heap of 256. */
    private void assertPurged(ServerProcess server) throws Exception {
        String rev = get(server, "/kept/edited").replaceAll("(?s).*\"_rev\":\"([^\"]*)\".*", "$1");
        assertEquals(201, status(server, "POST", "/kept/_purge", "{\"edited\":[\"" + rev + "\"]}"));
        assertEquals(404, status(server, "GET", "/kept/edited", null));
    }

    private void assertLargeBulkIsOneBlock(ServerProcess server) throws Exception {
        assertEquals(201, status(server, "PUT", "/bulk", null));
        HostileBody body = bulk();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        body.writeTo(text);
        assertEquals(201, status(server, "POST", "/bulk/_bulk_docs", text.toString(StandardCharsets.UTF_8)));
        String info = get(server, "/bulk");
        assertTrue(info.contains("\"doc_count\":" + BULK_DOCUMENTS + ","), info);
        assertTrue(info.contains("\"block\":{\"number\":1,") || info.contains("\"block\":\"1-"), info);
    }

    private static HostileBody bulk() {
        String unit = "{\"name\":\"somebody\",\"age\":42,\"tags\":[\"a\",\"b\"],\"address\":{\"city\":\"Brest\"}},";
        return new HostileBody("{\"docs\":[", unit, "{}]}", (long) unit.length() * (BULK_DOCUMENTS - 1) + 13, false);
    }

    private static List<Attack> attacks() {
        List<Attack> attacks = new ArrayList<>();
        HostileBody emptyDocuments = HostileBody.of("{\"docs\":[", "{},", "{}]}", 2);
        json(attacks, "/shared/_bulk_docs", emptyDocuments.compressed());
        json(attacks, "/shared/_bulk_docs", emptyDocuments);
        json(
                attacks,
                "/shared/_bulk_docs",
                HostileBody.of("{\"docs\":[", "{},", "{}]}", 110).compressed());
        json(attacks, "/shared/_bulk_docs", bulk());
        json(attacks, "/shared/_bulk_docs", HostileBody.of("{\"docs\":[{\"a\":[", "{},", "{}]}]}", 100));
        json(attacks, "/shared/_bulk_docs", HostileBody.of("{\"docs\":[{", "\"\":0,", "\"a\":0}]}", 120));
        json(attacks, "/shared/_bulk_docs", HostileBody.of("{\"docs\":", "[", "", 60));
        queries(attacks);
        lookUps(attacks);
        byAdmins(attacks);
        documents(attacks);
        readers(attacks);
        return attacks;
    }

    private static void queries(List<Attack> attacks) {
        json(attacks, "/shared/_find", HostileBody.of("{\"selector\":{\"$or\":[", "{},", "{}]}}", 100));
        json(attacks, "/shared/_find", HostileBody.of("{\"selector\":{\"a\":{\"$in\":[", "0,", "0]}}}", 80));
        json(attacks, "/shared/_find", HostileBody.of("{\"selector\":{\"a\":", "1", "}}", 80));
        json(attacks, "/shared/_find", HostileBody.of("{\"selector\":{\"a\":", "[", "", 80));
        json(attacks, "/shared/_find", HostileBody.of("{\"selector\":{\"a\":{\"$in\":[", "1e999999999,", "0]}}}", 1));
        json(
                attacks,
                "/shared/_find",
                HostileBody.of("{\"selector\":{\"a\":{\"$elemMatch\":{\"b\":1}}},\"x\":[", " ", "]}", 1));
        json(attacks, "/shared/_explain", HostileBody.of("{\"selector\":{", "\"\":{},", "\"a\":1}}", 100));
        json(attacks, "/shared/_index", HostileBody.of("{\"index\":{\"fields\":[", "\"a\",", "\"a\"]}}", 100));
        json(attacks, "/shared/_all_docs", HostileBody.of("{\"keys\":[", "\"\",", "\"\"]}", 100));
        json(attacks, "/shared/_all_docs?include_docs=true", HostileBody.of("{\"keys\":[", "\"text1\",", "\"\"]}", 1));
        json(attacks, "/shared/_all_docs/queries", HostileBody.of("{\"queries\":[", "{},", "{}]}", 100));
        json(attacks, "/shared/_design/d/_view/v", HostileBody.of("{\"keys\":[", "[],", "[]]}", 100));
        json(attacks, "/shared/_design/d/_view/v/queries", HostileBody.of("{\"queries\":[", "{},", "{}]}", 100));
    }

    private static void lookUps(List<Attack> attacks) {
        json(attacks, "/shared/_changes?filter=_doc_ids", HostileBody.of("{\"doc_ids\":[", "\"a\",", "\"\"]}", 100));
        json(
                attacks,
                "/shared/_changes?filter=_selector",
                HostileBody.of("{\"selector\":{\"$or\":[", "{},", "{}]}}", 100));
        json(attacks, "/shared/_bulk_get", HostileBody.of("{\"docs\":[", "{},", "{}]}", 100));
        json(attacks, "/shared/_bulk_get", HostileBody.of("{\"docs\":[", "{\"id\":\"text1\"},", "{}]}", 1));
        json(attacks, "/shared/_revs_diff", HostileBody.of("{", "\"a\":[],", "\"b\":[]}", 100));
        json(attacks, "/shared/_revs_diff", HostileBody.of("{\"a\":[", "\"1-a\",", "\"1-b\"]}", 100));
        json(
                attacks,
                "/shared/_missing_revs",
                HostileBody.of("{", "\"a\":[],", "\"b\":[]}", 100).compressed());
        json(attacks, "/shared/_purge", HostileBody.of("{\"a\":[", "\"1-a\",", "\"1-b\"]}", 100));
        json(attacks, "/_session", HostileBody.of("{\"a\":[", "{},", "{}]}", 100));
        json(attacks, "/_dbs_info", HostileBody.of("{\"keys\":[", "\"\",", "\"\"]}", 100));
    }

    private static void byAdmins(List<Attack> attacks) {
        admin(attacks, "POST", "/shared/_fork", HostileBody.of("{\"a\":[", "{},", "{}]}", 100));
        admin(
                attacks,
                "PUT",
                "/shared/_security",
                HostileBody.of("{\"admins\":{\"names\":[", "\"a\",", "\"\"]}}", 100));
        admin(attacks, "PUT", "/shared/_revs_limit", HostileBody.of("[", "{},", "{}]", 100));
        admin(attacks, "PUT", "/_node/_local/_config/a/b", HostileBody.of("[", "{},", "{}]", 100));
        admin(
                attacks,
                "POST",
                "/shared/_bulk_docs",
                HostileBody.of("{\"docs\":[", "{},", "{}]}", 110).compressed());
        admin(attacks, "POST", "/shared/_find", HostileBody.of("{\"selector\":{\"$or\":[", "{},", "{}]}}", 100));
    }

    private static void documents(List<Attack> attacks) {
        String[] documents = {"/shared/x", "/shared/_local/x", "/shared/_design/x"};
        for (String document : documents) {
            put(attacks, document, HostileBody.of("{", "\"\":0,", "\"a\":0}", 130));
            put(
                    attacks,
                    document,
                    HostileBody.of("{\"a\":[", "{},", "{}]}", 120).compressed());
            put(attacks, document, HostileBody.of("", "{\"a\":", "", 60));
            put(attacks, document, HostileBody.of("{\"a\":[", "9".repeat(9_999) + "e99,", "1]}", 60));
        }
        put(attacks, "/shared/y", HostileBody.of("{\"_attachments\":{\"a\":{\"data\":\"", "AAAA", "\"}}}", 110));
        String related = "--b\r\nContent-Type: application/json\r\n\r\n";
        attacks.add(new Attack(
                "PUT",
                "/shared/z",
                "multipart/related; boundary=b",
                HostileBody.of(related + "{\"a\":[", "{},", "{}]}\r\n--b--", 110),
                false));
    }

    private static void readers(List<Attack> attacks) {
        for (int i = 0; i < 12; i++) {
            attacks.add(new Attack("GET", "/shared/text" + i % 4, "", null, false));
            attacks.add(new Attack("GET", "/shared/large" + i % 4, "", null, false));
            attacks.add(new Attack("GET", "/shared/_all_docs?include_docs=true", "", null, false));
            json(
                    attacks,
                    "/shared/_find",
                    HostileBody.of("{\"selector\":{\"a\":{\"$elemMatch\":{\"b\":1}}}}", " ", " ", 0));
        }
    }

    private static void json(List<Attack> attacks, String path, HostileBody body) {
        attacks.add(new Attack("POST", path, "application/json", body, false));
    }

    private static void put(List<Attack> attacks, String path, HostileBody body) {
        attacks.add(new Attack("PUT", path, "application/json", body, false));
    }

    private static void admin(List<Attack> attacks, String method, String path, HostileBody body) {
        attacks.add(new Attack(method, path, "application/json", body, true));
    }

    private void run(ServerProcess server, Attack attack) {
        String outcome;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(120_000);
            outcome = run(socket, attack);
        } catch (IOException e) {
            // A refusal may come, and the connection end, while the body is on its way.
            outcome = e.getMessage();
        }
        HostileBody body = attack.body();
        String what = body == null
                ? ""
                : " " + body.begin()
                        + body.unit().substring(0, Math.min(12, body.unit().length())) + "… " + (body.length() >> 20)
                        + (body.gzip() ? " MiB, compressed" : " MiB");
        outcomes.merge(
                attack.method() + " " + attack.path() + what + (attack.admin() ? " (admin)" : ""),
                outcome,
                (one, other) -> one + ", " + other);
    }

    private static String run(Socket socket, Attack attack) throws IOException {
        String login = (attack.admin() ? ServerProcess.ADMIN : MEMBER) + ":" + ServerProcess.PASSWORD;
        StringBuilder head = new StringBuilder(attack.method()).append(' ').append(attack.path());
        head.append(" HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Basic ")
                .append(Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
        HostileBody body = attack.body();
        byte[] compressed = {};
        if (body != null) {
            head.append("\r\nContent-Type: ").append(attack.type()).append("\r\nContent-Length: ");
            if (body.gzip()) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                body.writeTo(bytes);
                compressed = bytes.toByteArray();
                head.append(compressed.length).append("\r\nContent-Encoding: gzip");
            } else {
                head.append(body.length());
            }
        }
        try {
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
            out.write(head.append("\r\n\r\n").toString().getBytes(StandardCharsets.UTF_8));
            if (body != null && body.gzip()) {
                out.write(compressed);
            } else if (body != null) {
                body.writeTo(out);
            }
            out.flush();
        } catch (IOException e) {
            // The answer may be there all the same.
            socket.shutdownOutput();
        }
        byte[] first = socket.getInputStream().readNBytes(12);
        drain(socket.getInputStream());
        return first.length < 12 ? "closed" : new String(first, 9, 3, StandardCharsets.US_ASCII);
    }

    /** Reads an answer as slowly as makes no difference, and not for ever. */
    private static void drain(InputStream in) throws IOException {
        byte[] buffer = new byte[64 << 10];
        long total = 0;
        for (int read = in.read(buffer); read >= 0 && total < ANSWER_BYTES; read = in.read(buffer)) {
            total += read;
        }
    }

    private int status(ServerProcess server, String method, String path, @Nullable String body) throws Exception {
        return send(server, method, path, body, BodyHandlers.discarding()).statusCode();
    }

    private String get(ServerProcess server, String path) throws Exception {
        return send(server, "GET", path, null, BodyHandlers.ofString()).body();
    }

    private <T> HttpResponse<T> send(
            ServerProcess server, String method, String path, @Nullable String body, HttpResponse.BodyHandler<T> to)
            throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .header("Authorization", ServerProcess.authorization())
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                to);
    }
}
