package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.http.RawClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Feeds whose filter takes longer than anybody waits, and their clients. */
@Timeout(120)
class SlowFilterTest {
    private static final String HEAD = "Host: h\r\nAuthorization: " + TestServer.basic("root", "relax") + "\r\n\r\n";

    @TempDir
    private Path data;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(data, Map.of("script_time_ms", "600000"));
        server.put("/db", "");
        // Each look at the clock allocates something, of which a call may not have any amount.
        server.put("/db/_design/d", """
                {"filters":{"endless":"function(){ for(;;); }",
                    "slow":"function(){ const begin = Date.now(); while (Date.now() - begin < 1500) { \
                        for (let i = 0; i < 20000; i++); } return true; }"},
                 "views":{"endless":{"map":"function(){ for(;;); }"}}}""");
        server.put("/db/a", "{}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Socket open(String target) throws IOException {
        Socket socket = new Socket("127.0.0.1", server.server().port());
        socket.getOutputStream()
                .write(("GET " + target + " HTTP/1.1\r\n" + HEAD).getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private int running() throws IOException {
        return server.get("/_node/_local/_stats/archipel/requests_running/value")
                .json()
                .asInt();
    }

    /** Returns once so many requests are being answered; without the one that asks. */
    private void awaitRunning(int wanted) throws IOException {
        while (running() - 1 != wanted) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"filter=d/endless", "filter=_view&view=d/endless"})
    void continuous_filterRunsOrWaits_sendsHeartbeats(String filter) throws IOException {
        List<Socket> feeds = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            feeds.add(open("/db/_changes?feed=continuous&heartbeat=50&" + filter));
        }
        for (Socket feed : feeds) {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(feed.getInputStream(), StandardCharsets.ISO_8859_1));
            assertEquals("HTTP/1.1 200 OK", lines.readLine());
            for (int beats = 0; beats < 3; ) {
                beats += lines.readLine().equals("1") ? 1 : 0;
            }
            feed.close();
        }
        awaitRunning(0);
        assertEquals(
                1,
                server.get("/db/_changes?filter=d/slow&limit=1")
                        .json()
                        .get("results")
                        .size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/db/_changes?filter=d/endless",
                "/db/_changes?feed=longpoll&filter=d/endless",
                "/db/_changes?feed=continuous&filter=_view&view=d/endless"
            })
    void get_clientGone_ends(String target) throws IOException {
        List<Socket> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            clients.add(open(target));
        }
        awaitRunning(8);
        for (Socket client : clients) {
            client.close();
        }
        awaitRunning(0);
    }

    @Test
    void get_viewWhoseClientIsGone_ends(@TempDir Path other) throws IOException {
        server.close();
        // The node stops only after its builds.
        server = TestServer.start(other, Map.of("script_time_ms", "10000"));
        server.put("/db", "");
        server.put("/db/a", "{}");
        server.put("/db/_design/d", "{\"views\":{\"v\":{\"map\":\"function(){ for(;;); }\"}}}");
        Socket client = open("/db/_design/d/_view/v");
        awaitRunning(1);
        client.close();
        awaitRunning(0);
        assertEquals(
                "indexer",
                server.get("/_active_tasks").json().path(0).path("type").asString(),
                "the build goes on without it");
    }

    @Test
    void get_streamOfHttp2Cancelled_ends() throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            String root = "http://127.0.0.1:" + server.server().port();
            // Upgrades the connection.
            assertEquals(
                    HttpClient.Version.HTTP_2,
                    client.send(
                                    HttpRequest.newBuilder(URI.create(root + "/_up"))
                                            .build(),
                                    BodyHandlers.discarding())
                            .version());
            HttpRequest request = HttpRequest.newBuilder(URI.create(root + "/db/_changes?filter=d/endless"))
                    .header("Authorization", TestServer.basic("root", "relax"))
                    .build();
            var feed = client.sendAsync(request, BodyHandlers.discarding());
            awaitRunning(1);
            feed.cancel(true);
            awaitRunning(0);
        }
    }

    @Test
    void get_nextRequestComesMeanwhile_isAnsweredAfterwards() throws IOException {
        try (RawClient client = new RawClient(server.server().port())) {
            client.send("GET /db/_changes?filter=d/slow&limit=2 HTTP/1.1\r\n" + HEAD);
            awaitRunning(1);
            client.send("GET /db/a HTTP/1.1\r\n" + HEAD);
            assertEquals(200, client.read(false).status());
            assertEquals(200, client.read(false).status());
        }
    }
}
