package archipel.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonBuffer;
import archipel.health.Health;
import archipel.http.RawClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What RFC 9110 and 9112 allow, require and forbid, where clients, proxies and attackers differ. */
@Isolated("Locale and time zone are those of the whole process.")
class HttpRulesTest {
    private static HttpServer server;

    @BeforeAll
    static void start() {
        server = BareServer.start(HttpSettings.DEFAULT, new Health(), router -> {
            router.server("_ok", Access.ANYONE, "GET,POST").get((_, answer) -> answer.ok(200));
            router.server("_body", Access.ANYONE, "POST")
                    .post((request, answer) ->
                            answer.text(200, "text/plain", request.body().bytes()));
            router.server("_stream", Access.ANYONE, "GET").get(HttpRulesTest::stream);
            router.server("_header", Access.ANYONE, "GET")
                    .get((request, answer) ->
                            answer.json(200, new JsonBuffer(16).string(String.valueOf(request.header("If-Match")))));
        });
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void stream(Request request, archipel.http.Answer answer) throws IOException {
        JsonStream out = answer.stream(200);
        for (int i = 0; i < 20_000; i++) {
            out.buffer().ascii("0123456789");
            out.drain();
        }
        out.finish();
    }

    @Test
    void http10_proxiesDefault_isServedAndCloses() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.send("GET /_ok HTTP/1.0\r\n\r\n").read(false);
            assertEquals(200, answer.status());
            assertTrue(client.isClosed());
        }
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /_body HTTP/1.0\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi");
            Answer answer = client.read(false);
            assertEquals("hi", answer.text());
            assertEquals("keep-alive", answer.header("connection").toLowerCase(Locale.ROOT));
            assertEquals(
                    200, client.send("GET /_ok HTTP/1.0\r\n\r\n").read(false).status());
        }
    }

    @Test
    void http10_answerOfUnknownLength_isWholeAndNotChunked() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("GET /_stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            Answer head = client.read(true);
            assertEquals("", head.header("transfer-encoding"));
            assertEquals(200_000, client.rest());
        }
    }

    @Test
    void chunks_trailersAndExtensions_areLegal() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send(chunked("2;a=b\r\nhi\r\n0\r\nExpires: never\r\nX-Digest: 1\r\n\r\n"));
            assertEquals("hi", client.read(false).text());
            assertEquals(200, client.get("/_ok").status());
        }
    }

    @Test
    void chunks_malformed_are400AndClose() throws IOException {
        for (String body : List.of(
                "-2\r\nhi\r\n0\r\n\r\n",
                "+2\r\nhi\r\n0\r\n\r\n",
                "0x2\r\nhi\r\n0\r\n\r\n",
                "2\nhi\n0\n\n",
                "\r\n\r\n",
                "zz\nERROR forged: a line of the log\r\n",
                "2\r\nhiGET /_ok HTTP/1.1\r\nHost: h\r\n\r\n",
                "ffffffffffffffffff\r\nhi\r\n")) {
            try (RawClient client = new RawClient(server.port())) {
                Answer answer = client.send(chunked(body)).read(false);
                assertEquals(400, answer.status(), body);
                assertEquals(
                        "{\"error\":\"bad_request\",\"reason\":\"Malformed HTTP request.\"}\n", answer.text(), body);
                assertTrue(client.isClosed(), body);
            }
        }
    }

    private static String chunked(String body) {
        return "POST /_body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
    }

    @Test
    void heads_thatProxiesReadDifferently_are400AndClose() throws IOException {
        for (String head : List.of(
                "GET /_ok HTTP/1.1\r\n\r\n",
                "GET /_ok HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                "GET /_ok HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET /_ok HTTP/1.1\r\nHost:\r\n\r\n",
                "GET /_ok HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n",
                "GET /_ok HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n",
                "GET /_ok HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n",
                "GET /_ok HTTP/1.1\nHost: h\n\n",
                "POST /_body HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\nhi",
                "POST /_body HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 2\r\n\r\nhi",
                "POST /_body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")) {
            try (RawClient client = new RawClient(server.port())) {
                Answer answer = client.send(head).read(false);
                assertEquals(400, answer.status(), head);
                assertTrue(client.isClosed(), head);
            }
        }
    }

    @Test
    void headerNames_anyCaseAndLocale_areTheSame() throws IOException {
        Locale before = Locale.getDefault();
        try (RawClient client = new RawClient(server.port())) {
            Locale.setDefault(Locale.of("tr", "TR"));
            for (String name : List.of("If-Match", "if-match", "IF-MATCH")) {
                Answer answer = client.send("GET /_header HTTP/1.1\r\nHost: h\r\n" + name + ": \"1-a\"\r\n\r\n")
                        .read(false);
                assertEquals("\"\\\"1-a\\\"\"\n", answer.text());
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void date_anyTimeZone_isGmt() throws IOException {
        TimeZone before = TimeZone.getDefault();
        try (RawClient client = new RawClient(server.port())) {
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kolkata"));
            String date = client.get("/_ok").header("date");
            assertTrue(date.endsWith(" GMT"), date);
            ZonedDateTime time = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME);
            long secondsAgo =
                    java.time.Duration.between(time, ZonedDateTime.now()).toSeconds();
            assertTrue(Math.abs(secondsAgo) < 60, date);
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void tlsHelloOnPlainPort_isExplained() throws IOException {
        byte[] hello = new byte[200];
        hello[0] = 0x16;
        hello[1] = 3;
        hello[2] = 1;
        try (RawClient client = new RawClient(server.port())) {
            Answer answer = client.send(hello).read(false);
            assertEquals(400, answer.status());
            assertTrue(new String(answer.bytes(), StandardCharsets.UTF_8).contains("This port speaks plain HTTP"));
            assertTrue(client.isClosed());
        }
    }
}
