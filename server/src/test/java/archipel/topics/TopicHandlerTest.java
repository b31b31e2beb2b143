package archipel.topics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer;
import archipel.server.TestServer.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(120)
class TopicHandlerTest {
    private static final String ALICE = TestServer.basic("alice", "a");

    @TempDir
    private static Path data;

    private static TestServer server;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(data, Map.of("max_message_size", "100"));
        String user = "{\"name\":\"alice\",\"password\":\"a\",\"type\":\"user\",\"roles\":[]}";
        assertEquals(201, server.put("/_users/org.couchdb.user:alice", user).status());
    }

    @AfterAll
    static void stop() {
        CLIENT.close();
        server.close();
    }

    private static Answer publish(String topic, String message, String... more) throws IOException {
        List<String> headers = new ArrayList<>(List.of("Authorization", ALICE, "Content-Type", "application/json"));
        headers.addAll(List.of(more));
        return server.send("POST", "/_topics/" + topic, message, headers.toArray(String[]::new));
    }

    private static Answer get(String path) throws IOException {
        return list(server, path, "Authorization", ALICE);
    }

    private static Answer list(TestServer to, String path, String... headers) throws IOException {
        List<String> all = new ArrayList<>(List.of("Accept", "application/json"));
        all.addAll(List.of(headers));
        return to.send("GET", "/_topics/" + path, null, all.toArray(String[]::new));
    }

    private static HttpResponse<InputStream> open(TestServer to, String user, String path, String... headers)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + to.server().port() + "/_topics/" + path))
                .header("Authorization", user);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static BufferedReader open(String path, String... headers) throws IOException {
        HttpResponse<InputStream> response = open(server, ALICE, path, headers);
        assertEquals(200, response.statusCode());
        assertEquals(
                "text/event-stream",
                response.headers().firstValue("Content-Type").orElse(""));
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    private static void assertEvent(BufferedReader feed, String data, long id) throws IOException {
        String line = feed.readLine();
        while (line != null && line.isEmpty()) {
            line = feed.readLine();
        }
        assertEquals("data: " + data, line);
        assertEquals("id: " + id, feed.readLine());
    }

    @Test
    void get_aTopicThatIsNotThereYet_getsWhatIsPublished() throws Exception {
        try (BufferedReader feed = open("early")) {
            publish("early", "1");
            assertEvent(feed, "1", 1);
        }
        assertEquals(
                200,
                server.send("HEAD", "/_topics/early", null, "Authorization", ALICE)
                        .status());
    }

    @Test
    void post_messages_areDeliveredInOrderAsTheyWerePublished() throws Exception {
        assertEquals(
                "201 {\"ok\":true,\"topic\":\"news/local\",\"id\":1}",
                publish("news/local", "{ \"a\" :\n[1.50, 1e400, 12345678901234567890 ],\"é\":\"\\n \"}")
                        .toString());
        BufferedReader feed = open("news/local");
        assertEvent(feed, "{\"a\":[1.50,1e400,12345678901234567890],\"é\":\"\\n \"}", 1);
        publish("news/local", "7");
        assertEvent(feed, "7", 2);
        publish("news/local", "\"text\"");
        assertEvent(feed, "\"text\"", 3);
        JsonNode list = get("news/local").json();
        assertEquals(3, list.path("results").size());
        assertEquals(3, list.path("last_seq").longValue());
        assertEquals(7, list.path("results").get(1).path("message").intValue());
        assertEquals(10_000, list.path("retention").path("messages").intValue());
        feed.close();
    }

    @Test
    void get_since_goesOnWhereItIsTold() throws Exception {
        for (int i = 1; i <= 5; i++) {
            publish("since", Integer.toString(i));
        }
        assertEquals(2, get("since?since=3").json().path("results").size());
        assertEquals(1, get("since?since=3&limit=1").json().path("results").size());
        assertEquals(0, get("since?since=now").json().path("results").size());
        // As a browser does: the URL of its beginning, and where it has come to.
        try (BufferedReader feed = open("since?since=1", "Accept", "text/event-stream", "Last-Event-ID", "4")) {
            assertEvent(feed, "5", 5);
        }
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"The topic has no message 9 yet; its newest is 5.\"}",
                get("since?since=9").toString());
        assertEquals(400, get("since?since=x").status());
    }

    @Test
    void post_sameKey_publishesOnce() throws IOException {
        assertEquals(
                1,
                publish("keys", "1", "Idempotency-Key", "a").json().path("id").intValue());
        assertEquals(
                2,
                publish("keys", "2", "Idempotency-Key", "b").json().path("id").intValue());
        assertEquals(
                "200 {\"ok\":true,\"topic\":\"keys\",\"id\":1,\"repeated\":true}",
                publish("keys", "1", "Idempotency-Key", "a").toString());
        assertEquals(
                400, publish("keys", "1", "Idempotency-Key", "x".repeat(257)).status());
        assertEquals(2, get("keys").json().path("last").intValue());
    }

    @Test
    void get_whatIsNotKeptAnyMore_isToldAsMissed() throws Exception {
        assertEquals(
                "201 {\"ok\":true,\"name\":\"short\",\"retention\":{\"messages\":2,\"bytes\":1000,\"age\":604800000}}",
                server.put("/_topics/short", "{\"retention\":{\"messages\":2,\"bytes\":1000}}")
                        .toString());
        for (int i = 1; i <= 5; i++) {
            publish("short", Integer.toString(i));
        }
        // Whoever names no position gets what there is.
        assertEquals(2, get("short").json().path("results").size());
        JsonNode rows = get("short?since=1").json().path("results");
        assertEquals("{\"missed\":{\"from\":2,\"to\":3}}", rows.get(0).toString());
        assertEquals(4, rows.get(1).path("id").intValue());
        try (BufferedReader feed = open("short?since=0")) {
            assertEquals("event: missed", feed.readLine());
            assertEvent(feed, "{\"from\":1,\"to\":3}", 3);
            assertEvent(feed, "4", 4);
            assertEvent(feed, "5", 5);
        }
    }

    @Test
    void put_retention_isForAdminsOnceTheTopicIsThere() throws IOException {
        String retention = "{\"retention\":{\"messages\":1}}";
        assertEquals(
                201,
                server.send("PUT", "/_topics/kept", "", "Authorization", ALICE).status());
        Answer refused = server.send(
                "PUT", "/_topics/kept", retention, "Authorization", ALICE, "Content-Type", "application/json");
        assertEquals(403, refused.status());
        publish("kept", "1");
        publish("kept", "2");
        assertEquals(200, server.put("/_topics/kept", retention).status());
        publish("kept", "3");
        assertEquals(1, get("kept").json().path("results").size());
        for (String wrong : List.of("{\"messages\":0}", "{\"bytes\":-1}", "{\"age\":\"1\"}", "{\"bytes\":1e20}")) {
            assertEquals(
                    400,
                    server.put("/_topics/kept", "{\"retention\":" + wrong + "}").status());
        }
        assertEquals(
                401,
                server.send("DELETE", "/_topics/kept", null, "Authorization", ALICE)
                        .status());
    }

    @Test
    void delete_aTopic_endsItsFeedsAndNumbersGoOn(@TempDir Path other) throws IOException {
        try (TestServer alone = TestServer.start(other)) {
            for (int i = 1; i <= 2; i++) {
                assertEquals(
                        i, alone.post("/_topics/gone", "1").json().path("id").intValue());
            }
            HttpResponse<InputStream> feed = open(alone, TestServer.ROOT, "gone?feed=continuous&since=now");
            assertEquals(
                    "200 {\"ok\":true,\"messages\":2}",
                    alone.delete("/_topics/gone").toString());
            String end = new String(feed.body().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(end.contains("\"last_seq\":2"), end);
            assertEquals(404, alone.get("/_topics/gone?feed=normal").status());
            int id = alone.post("/_topics/gone", "3").json().path("id").intValue();
            assertEquals(3, id);
            // Who goes on from a message of the former topic misses nothing of the new one.
            JsonNode rows =
                    alone.get("/_topics/gone?feed=normal&since=2").json().path("results");
            assertEquals(1, rows.size());
            assertEquals(id, rows.get(0).path("id").intValue());
            assertEquals(1, alone.get("/_topics").json().path("topics").size());
        }
    }

    private static double memory(TestServer of) throws IOException {
        Matcher used = Pattern.compile("(?m)^\\w*request_memory_bytes (\\S+)")
                .matcher(of.get("/_node/_local/_prometheus").body());
        assertTrue(used.find());
        return Double.parseDouble(used.group(1));
    }

    @Test
    void get_subscribersThatDoNotRead_holdLittleAndAreCounted(@TempDir Path other) throws Exception {
        int subscribers = 8;
        try (TestServer alone = TestServer.start(other)) {
            String message = "\"" + "x".repeat(10_000) + "\"";
            for (int i = 0; i < 1_000; i++) {
                assertEquals(201, alone.post("/_topics/large", message).status());
            }
            List<Socket> stuck = new ArrayList<>();
            try {
                for (int i = 0; i < subscribers; i++) {
                    Socket socket = new Socket();
                    stuck.add(socket);
                    socket.setReceiveBufferSize(4_096);
                    socket.connect(
                            new InetSocketAddress("127.0.0.1", alone.server().port()));
                    String head =
                            "GET /_topics/large HTTP/1.1\r\nHost: x\r\nAuthorization: " + TestServer.ROOT + "\r\n\r\n";
                    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                }
                Awaitility.await().until(() -> memory(alone) > subscribers * (64L << 10));
                assertTrue(memory(alone) < subscribers * (1L << 20));
            } finally {
                for (Socket socket : stuck) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void requests_malformed_areRefused() throws IOException {
        assertEquals(404, get("nothing").status());
        assertEquals(400, publish("bad", "{").status());
        assertEquals(413, publish("bad", "\"" + "x".repeat(100) + "\"").status());
        assertEquals(400, publish("x".repeat(257), "1").status());
        assertEquals(400, publish("a%00", "1").status());
        assertEquals(401, server.send("GET", "/_topics", null).status());
        assertEquals(
                405,
                server.send("POST", "/_topics", "1", "Authorization", ALICE, "Content-Type", "application/json")
                        .status());
        assertEquals(404, server.delete("/_topics/bad").status());
    }
}
