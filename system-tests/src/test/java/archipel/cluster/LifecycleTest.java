package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Checker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a server process starts, refuses to, ends, and comes back. */
final class LifecycleTest {
    private static final Duration MOST = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    @Test
    void start_portInUse_saysWhichAndEnds() throws IOException, InterruptedException {
        ServerOptions options = ServerOptions.in(directory);
        try (ServerSocket taken = new ServerSocket(LoopbackPort.free(), 1, InetAddress.getLoopbackAddress())) {
            String said = assertEndsAlone(second(options), taken.getLocalPort(), 4);
            assertTrue(said.contains("127.0.0.1:" + taken.getLocalPort()), said);
            assertTrue(said.contains("in use"), said);
            assertTrue(said.contains("--port"), said);
        }
        try (ServerProcess after = ServerProcess.start(options)) {
            assertEquals(ServerProcess.TERMINATED, after.stop(), "the data directory is as good as new");
        }
    }

    @Test
    void start_dataInUse_leavesTheOtherAlone() throws IOException, InterruptedException {
        ServerOptions options = ServerOptions.in(directory);
        try (ServerProcess first = ServerProcess.start(options)) {
            String said = assertEndsAlone(second(options), LoopbackPort.free(), 3);
            assertTrue(said.contains(first.data().toString()), said);
            assertEquals(201, put(first, "/still-there", "").statusCode());
        }
    }

    @Test
    void start_fewDescriptors_saysSoInASentenceOrServes() throws IOException, InterruptedException {
        for (int limit : new int[] {20, 40, 70, 90, 255}) {
            Path log = directory.resolve(limit + ".log");
            ServerOptions options = ServerOptions.in(directory).withLog(log).withOpenFiles(limit);
            String said = assertEndsAlone(options, LoopbackPort.free(), 6);
            assertEquals(
                    "archipel: this process may open " + limit
                            + " files only, and needs 256; raise the limit (ulimit -n,"
                            + " or LimitNOFILE= where systemd starts it)\n",
                    said);
        }
        try (ServerProcess enough =
                ServerProcess.start(ServerOptions.in(directory).withOpenFiles(256))) {
            assertEquals(201, put(enough, "/tasks", "").statusCode());
            assertEquals(201, put(enough, "/tasks/one", "{}").statusCode());
        }
    }

    private ServerOptions second(ServerOptions options) {
        return options.withLog(directory.resolve("second.log"));
    }

    /** What it said, after it ended with that status. */
    private String assertEndsAlone(ServerOptions options, int port, int status)
            throws IOException, InterruptedException {
        Process process = ServerProcess.launch(options, port);
        assertTrue(process.waitFor(MOST.toSeconds(), TimeUnit.SECONDS), "it did not end");
        String said = Files.readString(options.log());
        assertEquals(status, process.exitValue(), said);
        assertTrue(!said.contains("\tat "), "a stack trace says nothing to a user:\n" + said);
        return said;
    }

    @Test
    void terminate_openFeeds_endAsIfTheyHadTimedOut() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory))) {
            put(server, "/tasks", "");
            put(server, "/tasks/one", "{}");
            try (RawConnection continuous = feed(server, "feed=continuous&since=0&heartbeat=60000");
                    RawConnection longpoll = feed(server, "feed=longpoll&since=now");
                    RawConnection events = feed(server, "feed=eventsource&since=0")) {
                assertTrue(continuous.chunk().contains("\"id\":\"one\""));
                server.terminate();
                String last = continuous.chunks().stripTrailing();
                assertTrue(last.startsWith("{\"last_seq\":\"1-"), last);
                assertTrue(last.endsWith("\"pending\":0}"), last);
                String answer = longpoll.chunks();
                assertTrue(
                        answer.matches("\\{\"results\":\\[\\s*\\],\\s*\"last_seq\":\"1-.*\"pending\":0\\}\\s*"),
                        answer);
                assertTrue(events.chunks().contains("\"id\":\"one\""));
                assertTrue(continuous.isAtEnd() && longpoll.isAtEnd() && events.isAtEnd());
            }
            assertEquals(ServerProcess.TERMINATED, server.awaitEnd());
            assertEquals(List.of(), Checker.check(server.data()));
        }
    }

    private static RawConnection feed(ServerProcess server, String query) throws IOException {
        RawConnection feed = RawConnection.to(server, MOST)
                .request("GET", "/tasks/_changes?" + query, "Accept-Encoding: identity\r\n");
        String head = feed.head();
        assertTrue(head.startsWith("HTTP/1.1 200"), head);
        assertTrue(head.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked"), head);
        return feed;
    }

    @Test
    void terminate_halfAnUpload_isTakenToItsEnd() throws IOException, InterruptedException {
        byte[] half = new byte[400_000];
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory))) {
            put(server, "/tasks", "");
            try (RawConnection upload = RawConnection.to(server, MOST)) {
                String headers = "Content-Length: " + 2 * half.length + "\r\nExpect: 100-continue\r\n";
                String invited =
                        upload.request("PUT", "/tasks/film/scene", headers).head();
                assertTrue(invited.startsWith("HTTP/1.1 100"), invited);
                upload.send(half);
                server.terminate();
                awaitStopping(server);
                String head = upload.send(half).head();
                assertTrue(head.startsWith("HTTP/1.1 201"), head);
            }
            assertEquals(ServerProcess.TERMINATED, server.awaitEnd());
            server.restart();
            assertEquals(2 * half.length, get(server, "/tasks/film/scene").length());
        }
    }

    /** Waits until it says that it stops. */
    private static void awaitStopping(ServerProcess server) {
        Awaitility.await()
                .atMost(MOST)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> server.lastLines().contains("Stopping"));
    }

    @Test
    void restart_afterOrderlyEndAndKill_keepsDataAndSessions() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory))) {
            put(server, "/tasks", "");
            put(server, "/tasks/one", "{\"title\":\"first\"}");
            String cookie = logIn(server);
            assertEquals(ServerProcess.TERMINATED, server.stop());
            server.restart();
            assertEquals(200, withCookie(server, cookie).statusCode());
            put(server, "/tasks/two", "{\"title\":\"second\"}");
            server.kill();
            server.restart();
            HttpResponse<String> answer = withCookie(server, cookie);
            assertEquals(200, answer.statusCode());
            assertTrue(answer.body().contains("\"first\"") && answer.body().contains("\"second\""), answer.body());
            assertEquals(List.of(), stopped(server));
        }
    }

    private static List<String> stopped(ServerProcess server) {
        server.stop();
        return Checker.check(server.data());
    }

    private static String logIn(ServerProcess server) throws IOException, InterruptedException {
        String body = "name=" + ServerProcess.ADMIN + "&password=" + ServerProcess.PASSWORD;
        HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(server.url() + "/_session"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body)));
        assertEquals(200, answer.statusCode(), answer.body());
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        return cookie.substring(0, cookie.indexOf(';'));
    }

    private static HttpResponse<String> withCookie(ServerProcess server, String cookie)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(server.url() + "/tasks/_all_docs?include_docs=true"))
                .header("Cookie", cookie));
    }

    private static HttpResponse<String> put(ServerProcess server, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = send(server.request(path).PUT(BodyPublishers.ofString(body)));
        assertEquals(201, answer.statusCode(), answer.body());
        return answer;
    }

    private static String get(ServerProcess server, String path) throws IOException, InterruptedException {
        return send(server.request(path)).body();
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.timeout(MOST).build(), BodyHandlers.ofString());
        }
    }
}
