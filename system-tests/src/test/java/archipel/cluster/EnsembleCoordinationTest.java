package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Locks, fences and topics over HTTP, on members that are paused and killed. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EnsembleCoordinationTest {
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        client.close();
    }

    private EnsembleProcesses begin() throws IOException {
        EnsembleProcesses ensemble = EnsembleProcesses.start(directory, 3, options -> options.withJvm("-Xmx256m"));
        // Members raise the format together once all have said that they know it.
        Awaitility.await()
                .atMost(MOST)
                .ignoreExceptions()
                .until(() -> ensemble.names().stream()
                        .map(ensemble::member)
                        .map(node -> send(node, "POST", "/_locks/first", "{\"owner\":\"x\",\"request\":\"one\"}"))
                        .allMatch(answer -> answer.statusCode() == 200));
        return ensemble;
    }

    private static HttpRequest request(ServerProcess node, String method, String path, String body, String... headers) {
        HttpRequest.Builder request = node.request(path)
                .header("Content-Type", "application/json")
                .timeout(MOST)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    private HttpResponse<String> send(ServerProcess node, String method, String path, String body, String... headers) {
        return sending(node, method, path, body, headers).join();
    }

    private CompletableFuture<HttpResponse<String>> sending(
            ServerProcess node, String method, String path, String body, String... headers) {
        return client.sendAsync(request(node, method, path, body, headers), BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> taking(ServerProcess node, String lock, long ttlMs, long waitMs) {
        String body = "{\"owner\":\"%s\",\"ttl\":%d,\"wait\":%d}".formatted(node.port(), ttlMs, waitMs);
        return sending(node, "POST", "/_locks/" + lock, body);
    }

    private HttpResponse<String> take(ServerProcess node, String lock, long ttlMs, long waitMs) {
        return taking(node, lock, ttlMs, waitMs).join();
    }

    private static long token(HttpResponse<String> answer) {
        assertEquals(200, answer.statusCode(), answer::body);
        return JSON.readTree(answer.body()).path("token").longValue();
    }

    private JsonNode lock(ServerProcess node, String lock) {
        HttpResponse<String> answer = send(node, "GET", "/_locks/" + lock, "");
        assertEquals(200, answer.statusCode(), answer::body);
        return JSON.readTree(answer.body());
    }

    private String leader(EnsembleProcesses ensemble) {
        JsonNode status = JSON.readTree(
                send(ensemble.member("a"), "GET", "/_ensemble", "").body());
        return status.path("groups").get(0).path("leader").asString();
    }

    @Test
    void lock_leaderIsKilled_isHeldAndWaitersGoOn() throws IOException {
        try (EnsembleProcesses ensemble = begin()) {
            String leader = leader(ensemble);
            List<ServerProcess> rest = ensemble.names().stream()
                    .filter(name -> !name.equals(leader))
                    .map(ensemble::member)
                    .toList();
            long held = token(take(rest.get(0), "job", 60_000, 0));
            assertEquals(held, lock(rest.get(1), "job").path("token").longValue());
            CompletableFuture<HttpResponse<String>> waiting = taking(rest.get(1), "job", 60_000, 60_000);
            Awaitility.await()
                    .atMost(MOST)
                    .until(() -> lock(rest.get(0), "job").path("queue").size() == 1);

            ensemble.member(leader).kill();

            Awaitility.await().atMost(MOST).ignoreExceptions().untilAsserted(() -> {
                for (ServerProcess node : rest) {
                    assertEquals(held, lock(node, "job").path("token").longValue());
                    assertEquals(1, lock(node, "job").path("queue").size());
                }
            });
            assertEquals(
                    200,
                    send(rest.get(0), "DELETE", "/_locks/job?token=" + held, "").statusCode());
            assertTrue(token(waiting.join()) > held);
        }
    }

    @Test
    void write_underALockWhileItsNodeIsPaused_isRefusedOnceItIsNot() throws IOException, InterruptedException {
        try (EnsembleProcesses ensemble = begin()) {
            ServerProcess paused = ensemble.other(leader(ensemble));
            ServerProcess other = ensemble.names().stream()
                    .map(ensemble::member)
                    .filter(node -> node != paused)
                    .findFirst()
                    .orElseThrow();
            assertEquals(201, send(other, "PUT", "/db", "").statusCode());
            long first = token(take(paused, "job", 1_000, 0));
            paused.signal("STOP");
            try {
                CompletableFuture<HttpResponse<String>> stale =
                        sending(paused, "PUT", "/db/stale", "{}", "Archipel-Fence", "job=" + first);
                long second = token(take(other, "job", 60_000, 60_000));
                assertTrue(second > first);
                assertEquals(
                        201,
                        send(other, "PUT", "/db/good", "{}", "Archipel-Fence", "job=" + second)
                                .statusCode());
                paused.signal("CONT");
                HttpResponse<String> refused = stale.join();
                assertEquals(412, refused.statusCode(), refused::body);
                assertTrue(refused.body().contains("\"error\":\"fenced\""), refused::body);
                assertEquals(404, send(other, "GET", "/db/stale", "").statusCode());
            } finally {
                paused.signal("CONT");
            }
        }
    }

    private void publish(List<ServerProcess> nodes, int number) {
        Awaitility.await().atMost(MOST).ignoreExceptions().until(() -> {
            for (ServerProcess node : nodes) {
                int status = send(
                                node,
                                "POST",
                                "/_topics/news",
                                "{ \"n\": " + number + " }",
                                "Idempotency-Key",
                                "n" + number)
                        .statusCode();
                if (status == 200 || status == 201) {
                    return true;
                }
            }
            return false;
        });
    }

    /** Reads until it has that many, or the node is gone. @return the id of the last message */
    private String subscribe(ServerProcess node, String last, int most, List<String> received) {
        HttpRequest request = request(node, "GET", "/_topics/news?feed=eventsource&since=0", "", "Last-Event-ID", last);
        String id = last;
        try {
            HttpResponse<InputStream> feed = client.send(request, BodyHandlers.ofInputStream());
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(feed.body(), StandardCharsets.UTF_8))) {
                String data = "";
                for (String line = lines.readLine(); line != null && received.size() < most; line = lines.readLine()) {
                    if (line.startsWith("data: ")) {
                        data = line.substring(6);
                    } else if (line.startsWith("id: ")) {
                        received.add(data);
                        id = line.substring(4);
                    }
                }
            }
        } catch (IOException | InterruptedException gone) {
            return id;
        }
        return id;
    }

    @Test
    void topic_subscribersNodeIsKilled_nothingIsLostOrRepeated() throws Exception {
        try (EnsembleProcesses ensemble = begin()) {
            ServerProcess killed = ensemble.member(leader(ensemble));
            List<ServerProcess> rest = ensemble.names().stream()
                    .map(ensemble::member)
                    .filter(node -> node != killed)
                    .toList();
            publish(rest, 0);
            FutureTask<Boolean> publishing = new FutureTask<>(() -> {
                IntStream.range(1, 200).forEach(number -> publish(rest, number));
                return true;
            });
            Thread.ofVirtual().start(publishing);
            List<String> received = new CopyOnWriteArrayList<>();
            Thread.ofVirtual().start(() -> {
                Awaitility.await().atMost(MOST).until(() -> received.size() >= 50);
                killed.kill();
            });
            String last = subscribe(killed, "0", 200, received);
            while (received.size() < 200) {
                last = subscribe(rest.get(1), last, 200, received);
            }
            assertTrue(publishing.get());
            assertEquals(
                    IntStream.range(0, 200).mapToObj("{\"n\":%d}"::formatted).toList(), received);
        }
    }
}
