package archipel.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonBuffer;
import archipel.health.Health;
import archipel.http.RawClient.Answer;
import archipel.origins.CorsSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The base without a node: lines, headers, bodies and connections, over real sockets. */
class HttpServerTest {
    private static final AtomicLong READ = new AtomicLong();
    private static HttpServer server;

    @BeforeAll
    static void start() {
        HttpSettings settings = new HttpSettings() {
            @Override
            public CorsSettings cors() {
                return new CorsSettings(
                        true, List.of("http://page.example"), true, List.of(), List.of(), List.of(), 600);
            }

            @Override
            public int maximumBufferedBytes() {
                return 100_000;
            }
        };
        server = BareServer.start(settings, new Health(), HttpServerTest::endpoints);
    }

    private static void endpoints(Router router) {
        router.server("_echo", Access.ANYONE, "GET,HEAD").get(HttpServerTest::echo);
        router.serverTree("_path", Access.ANYONE, "GET,HEAD,COPY")
                .get(HttpServerTest::path)
                .on(Verb.COPY, HttpServerTest::path);
        router.server("_body", Access.ANYONE, "POST,PUT")
                .post(HttpServerTest::body)
                .put(HttpServerTest::count);
        router.server("_ignore", Access.ANYONE, "POST").post((_, answer) -> answer.ok(200));
        router.server("_stream", Access.ANYONE, "GET").get(HttpServerTest::stream);
        router.server("_broken", Access.ANYONE, "GET").get(HttpServerTest::broken);
        router.server("_secret", Access.ADMIN, "GET").get((_, answer) -> answer.ok(200));
        router.server("_tag", Access.ANYONE, "GET").get((_, answer) -> {
            if (!answer.notModified("\"1-a\"")) {
                answer.ok(200);
            }
        });
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void echo(Request request, archipel.http.Answer answer) throws IOException {
        JsonBuffer json = new JsonBuffer().ascii('[');
        String separator = "";
        for (String name : request.parameters().names()) {
            json.ascii(separator).string(name + "=" + request.parameters().get(name));
            separator = ",";
        }
        answer.json(200, json.ascii(']'));
    }

    private static void path(Request request, archipel.http.Answer answer) throws IOException {
        answer.text(
                200, "text/plain", String.join("|", request.path().segments()).getBytes(StandardCharsets.UTF_8));
    }

    private static void body(Request request, archipel.http.Answer answer) throws IOException {
        byte[] bytes = request.body().bytes();
        answer.text(200, "application/octet-stream", bytes);
    }

    private static void count(Request request, archipel.http.Answer answer) throws IOException {
        READ.set(0);
        var in = request.body().raw();
        byte[] buffer = new byte[100_000];
        long largest = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            READ.addAndGet(read);
            largest = Math.max(largest, read);
        }
        answer.json(
                200,
                new JsonBuffer()
                        .ascii('[')
                        .number(READ.get())
                        .ascii(',')
                        .number(largest)
                        .ascii(']'));
    }

    private static void stream(Request request, archipel.http.Answer answer) throws IOException {
        long rows = request.parameters().nonNegative("rows", 0);
        JsonStream out = answer.stream(200);
        out.buffer().ascii('[');
        for (long i = 0; i < rows; i++) {
            out.buffer().ascii(i == 0 ? "" : ",").number(i);
            out.drain();
        }
        out.buffer().ascii("]\n");
        out.finish();
    }

    private static void broken(Request request, archipel.http.Answer answer) throws IOException {
        JsonStream out = answer.stream(200);
        long rows = request.parameters().nonNegative("rows", 0);
        for (long i = 0; i < rows; i++) {
            out.buffer().ascii("0123456789");
            out.drain();
        }
        throw new IllegalStateException("the secret of the house");
    }

    private static Answer get(String target) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            return client.get(target);
        }
    }

    @Test
    void path_encodedSlashesPlusAndNul_staysInItsSegment() throws IOException {
        assertEquals(
                "_path|a/b;x y+z|c\0d|{}",
                get("/_path/a%2Fb;x+y%2Bz/c%00d/%7B%7D").text());
        assertEquals("_path|\uD83D\uDE00", get("/_path/%F0%9F%98%80").text());
        assertEquals("_path|..|x", get("/_path/..//x/").text());
    }

    @Test
    void path_rawBytes_areUtf8() throws IOException {
        String raw = new String("/_path/ü".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertEquals("_path|ü", get(raw).text());
        assertEquals(400, get("/_path/\u00FC").status());
    }

    @Test
    void path_hashOrAbsoluteForm_isTaken() throws IOException {
        assertEquals("_path|a#b", get("/_path/a#b").text());
        assertEquals("_path|a", get("http://h:1/_path/a").text());
        assertEquals("_path|a", get("HTTP://h/_path/a?b#c").text());
    }

    @Test
    void path_badEscape_is400() throws IOException {
        Answer answer = get("/_path/%zz");
        assertEquals(400, answer.status());
        assertEquals("{\"error\":\"bad_request\",\"reason\":\"invalid_url_encoding\"}\n", answer.text());
        assertEquals(400, get("/_path/%C3").status());
        assertEquals(400, get("/_path/%").status());
    }

    @Test
    void query_rawBracketsQuotesAndPlus_isTaken() throws IOException {
        assertEquals(
                "[\"startkey=\\\"a b\\\"\",\"keys=[\\\"b\\\"]\",\"x={}\",\"y=\"]\n",
                get("/_echo?startkey=\"a+b\"&keys=[\"b\"]&x={}&y").text());
        assertEquals(400, get("/_echo?a=%FF").status());
    }

    @Test
    void prologue_malformed_is400AndCloses() throws IOException {
        for (String line : List.of("GARBAGE\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET /\n\n")) {
            try (RawClient client = new RawClient(server.port())) {
                Answer answer = client.send(line).read(false);
                assertEquals(400, answer.status(), line);
                assertEquals("{\"error\":\"bad_request\",\"reason\":\"Malformed HTTP request.\"}\n", answer.text());
                assertTrue(client.isClosed());
            }
        }
        for (String line : List.of("GET /\r\n\r\n", "GET / HTTP/3.7\r\n\r\n")) {
            try (RawClient client = new RawClient(server.port())) {
                assertEquals(505, client.send(line).read(false).status(), line);
            }
        }
        assertEquals(414, get("/" + "x".repeat(70_000)).status());
    }

    @Test
    void headers_malformedOrContradicting_are400AndClose() throws IOException {
        for (String headers : List.of(
                "Transfer-Encoding : chunked\r\n",
                "A: b\r\n folded: c\r\n",
                "no colon\r\n",
                "Content-Length: 1\r\nContent-Length: 2\r\n",
                "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                "Content-Length: -1\r\n",
                "Content-Length: 99999999999999999999\r\n",
                "Transfer-Encoding: chunked, identity\r\n")) {
            try (RawClient client = new RawClient(server.port())) {
                Answer answer = client.send("POST /_ignore HTTP/1.1\r\nHost: h\r\n" + headers + "\r\nx")
                        .read(false);
                assertEquals(400, answer.status(), headers);
                assertTrue(client.isClosed(), headers);
            }
        }
    }

    @Test
    void connection_keepAliveAndPipelining_answersInOrder() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("GET /_path/1 HTTP/1.1\r\nHost: h\r\n\r\n"
                    + "POST /_body HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
                    + "GET /_path/2 HTTP/1.1\r\nHost: h\r\n\r\n");
            assertEquals("_path|1", client.read(false).text());
            assertEquals("hi", client.read(false).text());
            assertEquals("_path|2", client.read(false).text());
        }
    }

    @Test
    void connection_closeAsked_closes() throws IOException {
        for (String target : List.of("/_path/1", "/_stream?rows=9", "/_stream?rows=99999", "/_nothing")) {
            try (RawClient client = new RawClient(server.port())) {
                Answer answer = client.send("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                        .read(false);
                assertEquals("close", answer.header("connection"));
                assertTrue(client.isClosed());
            }
        }
    }

    @Test
    void body_notReadByHandler_leavesTheConnectionUsable() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n" + "x".repeat(5000));
            assertEquals(200, client.read(false).status());
            assertEquals("_path|2", client.get("/_path/2").text());
            client.send("POST /_ignore HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
            assertEquals(200, client.read(false).status());
            assertEquals("_path|3", client.get("/_path/3").text());
        }
    }

    @Test
    void body_largeNotReadByHandler_closes() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 50000000\r\n\r\n");
            assertEquals(200, client.read(false).status());
            assertTrue(client.isClosed());
        }
    }

    @Test
    void body_expectContinue_isAskedForOnlyWhenWanted() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
            assertEquals(100, client.read(false).status());
            client.send("hi");
            assertEquals("hi", client.read(false).text());
            client.send("POST /_nothing HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
            assertEquals(404, client.read(false).status());
            assertTrue(client.isClosed());
        }
    }

    @Test
    void body_endsEarly_isNotAnswered() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\nhi")
                    .endOutput();
            assertTrue(client.isClosed());
        }
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n14\r\nhi")
                    .endOutput();
            assertTrue(client.isClosed());
        }
    }

    @Test
    void body_oneHugeChunk_comesInPieces() throws IOException {
        int size = 3_000_000;
        try (RawClient client = new RawClient(server.port())) {
            client.send("PUT /_body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + Integer.toHexString(size) + ";ext=1\r\n");
            client.send("x".repeat(size)).send("\r\n3\r\nabc\r\n0\r\n\r\n");
            String[] counted = client.read(false).text().split("[\\[,\\]]");
            assertEquals(size + 3, Long.parseLong(counted[1]));
            assertTrue(Long.parseLong(counted[2]) <= 65_536, counted[2]);
            assertEquals("_path|2", client.get("/_path/2").text());
        }
    }

    @Test
    void body_tooLarge_is413() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n" + "x".repeat(100_001));
            Answer answer = client.read(false);
            assertEquals(413, answer.status());
            assertEquals("{\"error\":\"too_large\",\"reason\":\"the request entity is too large\"}\n", answer.text());
        }
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n"
                    + "x".repeat(100_001) + "\r\n0\r\n\r\n");
            assertEquals(413, client.read(false).status());
        }
    }

    @Test
    void body_gzip_isDecoded() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("hello".getBytes(StandardCharsets.UTF_8));
        }
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: " + packed.size()
                            + "\r\n\r\n")
                    .send(packed.toByteArray());
            assertEquals("hello", client.read(false).text());
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd");
            Answer bad = client.read(false);
            assertEquals(400, bad.status());
            assertTrue(bad.text().contains("Request body is not properly gzipped."));
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nabcd");
            assertEquals(415, client.read(false).status());
        }
    }

    @Test
    void answer_head_hasTheHeadersAlone() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer =
                    client.send("HEAD /_path/abc HTTP/1.1\r\nHost: h\r\n\r\n").read(true);
            assertEquals("9", answer.header("content-length"));
            answer = client.send("HEAD /_stream?rows=99999 HTTP/1.1\r\nHost: h\r\n\r\n")
                    .read(true);
            assertEquals("chunked", answer.header("transfer-encoding"));
            assertEquals("", answer.header("content-length"));
            assertEquals("_path|2", client.get("/_path/2").text());
        }
    }

    @Test
    void answer_gzipAccepted_isPacked() throws IOException {
        for (int rows : new int[] {1000, 100_000}) {
            String plain = get("/_stream?rows=" + rows).text();
            try (RawClient client = new RawClient(server.port())) {
                Answer answer = client.send("GET /_stream?rows=" + rows
                                + " HTTP/1.1\r\nHost: h\r\nAccept-Encoding: deflate, gzip;q=0.5\r\n\r\n")
                        .read(false);
                assertEquals("gzip", answer.header("content-encoding"));
                byte[] unpacked = new GZIPInputStream(new ByteArrayInputStream(answer.bytes())).readAllBytes();
                assertArrayEquals(plain.getBytes(StandardCharsets.UTF_8), unpacked);
            }
        }
        assertTrue(get("/_stream?rows=3").headers().containsKey("content-length"));
    }

    @Test
    void answer_handlerFails_is500WithoutSecrets() throws IOException {
        Answer answer = get("/_broken?rows=0");
        assertEquals(500, answer.status());
        assertTrue(answer.text().startsWith("{\"error\":\"internal_server_error\",\"reason\":\"See the node's log.\""));
        assertFalse(answer.text().contains("secret"));
    }

    @Test
    void answer_handlerFailsHalfWay_breaksOff() {
        assertThrows(EOFException.class, () -> get("/_broken?rows=10000"));
    }

    @Test
    void answer_unknownMethodOrRoute_isRefused() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer =
                    client.send("DELETE /_echo HTTP/1.1\r\nHost: h\r\n\r\n").read(false);
            assertEquals(405, answer.status());
            assertEquals("GET,HEAD", answer.header("allow"));
            assertEquals("{\"error\":\"method_not_allowed\",\"reason\":\"Only GET,HEAD allowed\"}\n", answer.text());
            assertEquals(404, client.get("/_echo/x").status());
            assertEquals(
                    "_path|x",
                    client.send("COPY /_path/x HTTP/1.1\r\nHost: h\r\n\r\n")
                            .read(false)
                            .text());
            answer = client.get("/_secret");
            assertEquals(401, answer.status());
            assertEquals("{\"error\":\"unauthorized\",\"reason\":\"You are not a server admin.\"}\n", answer.text());
        }
    }

    @Test
    void answer_etagKnown_is304() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.send("GET /_tag HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"0-b\", W/\"1-a\"\r\n\r\n")
                    .read(false);
            assertEquals(304, answer.status());
            assertEquals("\"1-a\"", answer.header("etag"));
            assertEquals(200, client.get("/_tag").status());
        }
    }

    @Test
    void options_ofTheWholeNode_namesTheMethods() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").read(false);
            assertEquals(204, answer.status());
            assertEquals("COPY, DELETE, GET, HEAD, OPTIONS, POST, PUT", answer.header("allow"));
        }
    }

    @Test
    void version_notSpoken_saysSo() throws IOException {
        for (String version : new String[] {"HTTP/2.0", "HTTP/1.2", "HTTP/3.0"}) {
            try (RawClient client = new RawClient(server.port())) {
                Answer answer =
                        client.send("GET / " + version + "\r\nHost: h\r\n\r\n").read(false);
                assertTrue(
                        answer.text().contains("\"HTTP version not supported; use HTTP/1.1 or HTTP/2.\""),
                        version + ": " + answer.status() + " " + answer.text());
            }
        }
    }

    @Test
    void cors_listedOrigin_isLetIn() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.send("OPTIONS /db/doc HTTP/1.1\r\nHost: h\r\nOrigin: http://page.example\r\n"
                            + "Access-Control-Request-Method: PUT\r\n"
                            + "Access-Control-Request-Headers: Content-Type\r\n\r\n")
                    .read(false);
            assertEquals(204, answer.status());
            assertEquals("http://page.example", answer.header("access-control-allow-origin"));
            assertEquals("Content-Type", answer.header("access-control-allow-headers"));
            assertEquals("true", answer.header("access-control-allow-credentials"));
            answer = client.send("GET /_nothing HTTP/1.1\r\nHost: h\r\nOrigin: http://page.example\r\n\r\n")
                    .read(false);
            assertEquals(404, answer.status());
            assertEquals("http://page.example", answer.header("access-control-allow-origin"));
            assertTrue(answer.header("access-control-expose-headers").contains("etag"));
            answer = client.send("GET /_echo HTTP/1.1\r\nHost: h\r\nOrigin: http://other.example\r\n\r\n")
                    .read(false);
            assertEquals(200, answer.status());
            assertEquals("", answer.header("access-control-allow-origin"));
        }
    }

    @Test
    void http2_upgradedConnection_servesManyAtOnce() throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            URI uri = URI.create("http://127.0.0.1:" + server.port() + "/_path/a%2Fb");
            assertEquals(
                    HttpClient.Version.HTTP_2,
                    client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                            .version());
            for (int i = 0; i < 20; i++) {
                HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/_body"))
                        .POST(BodyPublishers.ofString("body " + i + "x".repeat(i * 1000)))
                        .build();
                answers.add(client.sendAsync(request, BodyHandlers.ofString()));
            }
            for (int i = 0; i < 20; i++) {
                assertEquals(
                        "body " + i + "x".repeat(i * 1000), answers.get(i).get().body());
            }
            HttpResponse<String> streamed = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/_stream?rows=50000"))
                            .build(),
                    BodyHandlers.ofString());
            assertEquals(get("/_stream?rows=50000").text(), streamed.body());
            HttpResponse<String> missing = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/_nothing"))
                            .build(),
                    BodyHandlers.ofString());
            assertEquals(404, missing.statusCode());
        }
    }

    @Test
    void body_tooLargeAndStillComing_theAnswerArrives() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\n");
            client.send("x".repeat(3_000_000));
            assertEquals(413, client.read(false).status());
        }
    }

    @Test
    void body_refusedAtOnceAndLarge_theClientCanSendItAllAndReadTheAnswer() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_none HTTP/1.1\r\nHost: h\r\nContent-Length: 48000000\r\n\r\n");
            byte[] piece = new byte[1_000_000];
            for (int i = 0; i < 48; i++) {
                client.send(piece);
            }
            assertEquals(404, client.read(false).status());
        }
    }
}
