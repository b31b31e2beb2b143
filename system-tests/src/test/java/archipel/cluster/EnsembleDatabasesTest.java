package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which databases the members of an ensemble have: those of all, and those of one alone. */
final class EnsembleDatabasesTest {
    private static final Duration MOST = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        client.close();
    }

    private HttpResponse<String> send(ServerProcess node, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request = node.request(path)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    private void assertStatus(int status, ServerProcess node, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = send(node, method, path, body);
        assertEquals(status, answer.statusCode(), () -> method + " " + path + ": " + answer.body());
    }

    private String get(ServerProcess node, String path) throws IOException, InterruptedException {
        return send(node, "GET", path, "").body();
    }

    /** A member may not have heard of that when it is asked. */
    @Test
    void database_madeAgainThroughAnotherMember_isTheNewOneOnAll() throws IOException, InterruptedException {
        try (EnsembleProcesses ensemble =
                EnsembleProcesses.start(directory, 3, options -> options.withJvm("-Xmx256m"))) {
            for (int round = 0; round < 40; round++) {
                ServerProcess maker = ensemble.member(ensemble.names().get(round % 3));
                if (round > 0) {
                    // Which the maker may not have heard of yet.
                    ServerProcess other = ensemble.member(ensemble.names().get((round + 1) % 3));
                    assertStatus(200, other, "DELETE", "/islands", "");
                }
                assertStatus(201, maker, "PUT", "/islands", "");
                String document = "/islands/round" + round;
                assertStatus(201, maker, "PUT", document, "{}");
                for (String name : ensemble.names()) {
                    assertStatus(200, ensemble.member(name), "GET", document, "");
                }
                writeAtOnce(ensemble, maker);
            }
        }
    }

    // Who is told that it has to send a request again has written nothing.
    private void writeAtOnce(EnsembleProcesses ensemble, ServerProcess maker) throws IOException, InterruptedException {
        assertStatus(200, maker, "DELETE", "/islands", "");
        assertStatus(201, maker, "PUT", "/islands", "");
        for (String name : ensemble.names()) {
            HttpResponse<String> answer = send(ensemble.member(name), "PUT", "/islands/" + name, "{}");
            if (answer.statusCode() == 503) {
                assertTrue(answer.body().contains("made again"), answer.body());
                assertStatus(201, ensemble.member(name), "PUT", "/islands/" + name, "{}");
            } else {
                assertEquals(201, answer.statusCode(), answer::body);
            }
        }
    }

    @Test
    void local_overHttp_isOneMembersAlone() throws IOException, InterruptedException {
        try (EnsembleProcesses ensemble =
                EnsembleProcesses.start(directory, 3, options -> options.withJvm("-Xmx256m"))) {
            ServerProcess a = ensemble.member("a");
            ServerProcess b = ensemble.member("b");
            ServerProcess c = ensemble.member("c");
            assertMembersWaitForEachOther();
            assertStatus(400, a, "PUT", "/notes?ensemble=maybe", "");
            assertStatus(201, a, "PUT", "/notes?ensemble=false", "");
            assertStatus(412, a, "PUT", "/notes?ensemble=false", "");
            assertStatus(412, a, "PUT", "/notes", "");
            assertStatus(400, a, "PUT", "/_replicator?ensemble=false", "");
            assertStatus(201, b, "PUT", "/islands", "");
            assertStatus(201, a, "PUT", "/notes/one", "{\"n\":1}");
            assertTrue(get(a, "/notes").contains("\"ensemble\":false"), get(a, "/notes"));
            assertFalse(get(a, "/islands").contains("\"ensemble\""));
            assertEquals(
                    "[\"_replicator\",\"_users\",\"islands\",\"notes\"]",
                    get(a, "/_all_dbs").strip());
            assertEquals(
                    "[\"_replicator\",\"_users\",\"islands\"]",
                    get(b, "/_all_dbs").strip());
            assertTrue(get(a, "/_dbs_info").contains("\"key\":\"notes\""));
            assertFalse(get(c, "/_dbs_info").contains("notes"));
            assertStatus(404, b, "GET", "/notes/one", "");
            assertStatus(404, a, "GET", "/islands?ensemble=false", "");
            // Into the ensemble, and from it.
            String replicate = "{\"source\":\"notes\",\"target\":\"islands\"}";
            assertStatus(200, a, "POST", "/_replicate", replicate);
            assertStatus(200, c, "GET", "/islands/one", "");
            // With all that was acknowledged, through whichever member.
            for (int i = 0; i < 10; i++) {
                assertStatus(201, b, "PUT", "/islands/two" + i, "{\"n\":2}");
                assertStatus(200, a, "POST", "/_replicate", "{\"source\":\"islands\",\"target\":\"notes\"}");
                assertStatus(200, a, "GET", "/notes/two" + i, "");
            }

            withoutMajority(a, b, c);
            // What the ensemble has of that name later takes the name.
            Awaitility.await().atMost(MOST).untilAsserted(() -> assertStatus(201, b, "PUT", "/notes", ""));
            Awaitility.await().atMost(MOST).until(() -> !get(a, "/notes").contains("\"ensemble\":false"));
            assertStatus(404, a, "GET", "/notes/three", "");
            assertStatus(200, a, "GET", "/notes/three?ensemble=false", "");
            assertStatus(200, a, "DELETE", "/notes?ensemble=false", "");
            assertStatus(404, a, "GET", "/notes?ensemble=false", "");
            assertStatus(200, a, "GET", "/notes", "");
        }
    }

    // Those that start first have nobody to lead, which is no trouble yet.
    private void assertMembersWaitForEachOther() throws IOException {
        for (String name : new String[] {"a", "b", "c"}) {
            String log = Files.readString(directory.resolve(name).resolve("server.log"));
            assertFalse(log.contains("ERROR"), log);
        }
    }

    private void withoutMajority(ServerProcess a, ServerProcess b, ServerProcess c)
            throws IOException, InterruptedException {
        b.kill();
        c.kill();
        Awaitility.await().atMost(MOST).until(() -> get(a, "/_ensemble").contains("\"state\":\"no leader\""));
        assertStatus(201, a, "PUT", "/notes/three", "{\"n\":3}");
        assertStatus(200, a, "GET", "/notes/three", "");
        String changes = get(a, "/notes/_changes");
        assertTrue(changes.contains("\"three\""), changes);
        assertStatus(200, a, "PUT", "/notes/_security", "{\"members\":{\"roles\":[\"_admin\"]}}");
        assertStatus(201, a, "PUT", "/more?ensemble=false", "");
        String blocks = get(a, "/notes/_blocks");
        String shared = get(a, "/islands/_blocks?consistency=any");
        a.kill();
        a.launchAgain();
        Awaitility.await()
                .atMost(MOST)
                .ignoreExceptions()
                .untilAsserted(() -> assertStatus(200, a, "GET", "/notes/three", ""));
        assertEquals(blocks, get(a, "/notes/_blocks"));
        // It has shown these, and there is nobody who could give it them again.
        assertEquals(shared, get(a, "/islands/_blocks?consistency=any"));
        assertStatus(200, a, "DELETE", "/more", "");
        b.launchAgain();
        c.launchAgain();
        b.awaitServing();
        c.awaitServing();
        a.awaitServing();
    }
}
