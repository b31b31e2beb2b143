package archipel.conformance;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.EnsembleProcesses;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Replications of an ensemble of three, whose members are killed: its own, those of PouchDB, and those of the mesh. */
final class EnsembleReplicationTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration MOST = Duration.ofSeconds(90);
    private static final int ROUNDS = Integer.getInteger("owners.killed", 1);
    private static final int PER_ROUND = 300;
    private static final int AT_ONCE = 30;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<AutoCloseable> running = new ArrayList<>();
    private EnsembleProcesses ensemble;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        ensemble = EnsembleProcesses.start(
                directory.resolve("ensemble"), 3, options -> options.with("replicator_startup_jitter", "0"));
        running.add(ensemble);
        await().atMost(MOST)
                .until(() -> send("GET", ensemble.member("a")::request, "/_all_dbs", "")
                        .toString()
                        .contains("_replicator"));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : running.reversed()) {
            one.close();
        }
        client.close();
    }

    /** Who is asked. */
    private interface Place {
        HttpRequest.Builder request(String path);
    }

    private JsonNode send(String method, Place at, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = at.request(path)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .timeout(Duration.ofSeconds(30))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        return JSON.readTree(answer.body());
    }

    private void write(Place at, String database, String prefix, int from, int count) throws Exception {
        String documents = String.join(
                ",",
                IntStream.range(from, from + count)
                        .mapToObj(i -> "{\"_id\":\"" + prefix + i + "\",\"n\":" + i + "}")
                        .toList());
        // What was written and not answered is a conflict the second time.
        await().atMost(MOST)
                .ignoreExceptions()
                .until(() -> send("POST", at, database + "/_bulk_docs", "{\"docs\":[" + documents + "]}")
                        .isArray());
    }

    private long count(Place at, String database) throws IOException, InterruptedException {
        return send("GET", at, database, "").path("doc_count").asLong(-1);
    }

    private String owner(Place at) throws IOException, InterruptedException {
        return send("GET", at, "/_scheduler/docs/_replicator/in", "")
                .path("node")
                .asString("");
    }

    private static final class Taking {
        private long worst;

        void of(long beganNs) {
            worst = Math.max(worst, (System.nanoTime() - beganNs) / 1_000_000);
        }
    }

    private void replicate(Place at, String id, String source, String target) throws Exception {
        JsonNode made = send(
                "PUT",
                at,
                "/_replicator/" + id,
                "{\"source\":\"" + source + "\",\"target\":\"" + target
                        + "\",\"continuous\":true,\"create_target\":true,\"checkpoint_interval\":500}");
        assertTrue(made.path("ok").asBoolean(), made.toString());
    }

    @Test
    void replicatorDocuments_ownerKilled_anotherMemberGoesOnFromTheCheckpoint() throws Exception {
        ServerProcess outside = ServerProcess.start(ServerOptions.in(directory.resolve("outside")));
        running.add(outside);
        PouchServer pouch = PouchServer.inMemory(directory.resolve("pouch"));
        running.add(pouch);
        Place pouched = path -> HttpRequest.newBuilder(URI.create(pouch.url() + path));
        send("PUT", outside::request, "/in", "");
        send("PUT", pouched, "/pouch", "");
        Place a = ensemble.member("a")::request;
        send("PUT", a, "/leaving", "");
        replicate(a, "in", outside.adminUrl() + "/in", "landed");
        replicate(a, "pouch", pouch.url() + "/pouch", "poured");
        replicate(a, "out", "leaving", outside.adminUrl() + "/out");
        replicate(a, "own", ensemble.member("a").adminUrl() + "/leaving", "copied");
        Taking taking = new Taking();
        for (int round = 0; round < ROUNDS; round++) {
            Place any = ensemble.other("a")::request;
            String owner = await().atMost(MOST).ignoreExceptions().until(() -> owner(any), name -> !name.isEmpty());
            int from = round * PER_ROUND;
            Place survivor = ensemble.other(owner)::request;
            for (int at = 0; at < PER_ROUND; at += AT_ONCE) {
                if (at == PER_ROUND / 2) {
                    long landed = PER_ROUND / 4L + from;
                    await().atMost(MOST).ignoreExceptions().until(() -> count(survivor, "/landed") >= landed);
                    ensemble.member(owner).kill();
                }
                write(outside::request, "/in", "in", from + at, AT_ONCE);
                write(pouched, "/pouch", "pouch", from + at, AT_ONCE);
                write(survivor, "/leaving", "out", from + at, AT_ONCE);
            }
            long written = System.nanoTime();
            int all = from + PER_ROUND;
            await().atMost(MOST).ignoreExceptions().untilAsserted(() -> {
                assertEquals(all, count(survivor, "/landed"));
                assertEquals(all, count(survivor, "/poured"));
                assertEquals(all, count(outside::request, "/out"));
            });
            taking.of(written);
            assertNotEquals(owner, owner(survivor));
            ensemble.member(owner).restart();
            await().atMost(MOST).ignoreExceptions().until(() -> count(survivor, "/copied") == all);
        }
        System.out.println("EnsembleReplicationTest: all arrived at most " + taking.worst + " ms after the last write");
        assertEach("in", outside::request, "/in");
        assertEach("out", outside::request, "/out");
    }

    /** What the checkpoint says: no session began anew, and none read what was copied before. */
    private void assertEach(String id, Place at, String database) throws Exception {
        JsonNode checkpoint = null;
        for (JsonNode row :
                send("GET", at, database + "/_local_docs?include_docs=true", "").path("rows")) {
            checkpoint = row.path("doc");
        }
        assertTrue(checkpoint != null && checkpoint.has("history"), id + ": " + checkpoint);
        System.out.println("EnsembleReplicationTest: " + id + ": "
                + checkpoint.path("history").path(0));
        JsonNode history = checkpoint.path("history");
        assertTrue(history.size() > 1, history.toString());
        for (int i = 0; i < history.size() - 1; i++) {
            long start = number(history.get(i).path("start_last_seq"));
            long before = number(history.get(i + 1).path("start_last_seq"));
            assertTrue(start > 0 && start > before, history.toString());
        }
        JsonNode newest = history.get(0);
        int all = ROUNDS * PER_ROUND;
        int again = ROUNDS * 2 * AT_ONCE;
        assertTrue(newest.path("docs_read").asInt() <= all, newest.toString());
        assertTrue(newest.path("missing_checked").asInt() <= all + again, newest.toString());
    }

    private static long number(JsonNode seq) {
        String text = seq.asString("0");
        return Long.parseLong(text.contains("-") ? text.substring(0, text.indexOf('-')) : text);
    }

    @Test
    void pouchdb_memberKilled_resumesAtAnotherOne() throws Exception {
        int documents = 300;
        try (NodeScript script = NodeScript.start(
                directory,
                "ensemble.mjs",
                ensemble.member("a").adminUrl(),
                ensemble.member("b").adminUrl(),
                directory.toString(),
                Integer.toString(documents))) {
            script.hear("kill", MOST);
            ensemble.member("a").kill();
            script.tell("killed");
            JsonNode result = script.hear("result", MOST);
            System.out.println("PouchDB and an ensemble: " + result);
            JsonNode after = result.path("after");
            assertEquals(2 * documents + 10, result.path("now").asInt());
            assertNotEquals("0", after.path("firstSince").asString("0"));
            assertTrue(after.path("compared").asInt() <= 20, after.toString());
            assertTrue(after.path("written").asInt() <= 10, after.toString());
            assertTrue(after.path("read").asInt() <= 10, after.toString());
            script.end(MOST);
        }
    }

    private void join(ServerProcess node, ServerProcess with) throws Exception {
        JsonNode invitation = send("POST", with::request, "/_peers/_invite", "{}");
        JsonNode joined = send(
                "POST",
                node::request,
                "/_peers",
                "{\"url\":\"" + invitation.path("url").asString() + "\"}");
        assertTrue(joined.has("id"), joined.toString());
    }

    @Test
    void peer_joinedMemberKilled_goesOnWithAnotherThatWasJoined() throws Exception {
        ServerProcess outside = ServerProcess.start(ServerOptions.in(directory.resolve("outside")));
        running.add(outside);
        Place a = ensemble.member("a")::request;
        Place c = ensemble.member("c")::request;
        join(outside, ensemble.member("a"));
        send("PUT", outside::request, "/islands", "");
        write(outside::request, "/islands", "outside", 0, 200);
        await().atMost(MOST).ignoreExceptions().until(() -> count(c, "/islands") == 200);
        write(c, "/islands", "ensemble", 0, 200);
        await().atMost(MOST).ignoreExceptions().until(() -> count(outside::request, "/islands") == 400);
        join(outside, ensemble.member("b"));
        await().atMost(MOST).ignoreExceptions().until(() -> connected(outside) == 2);
        ensemble.member("a").kill();
        long written = System.nanoTime();
        write(c, "/islands", "late", 0, 50);
        write(outside::request, "/islands", "later", 0, 50);
        await().atMost(MOST).ignoreExceptions().untilAsserted(() -> {
            assertEquals(500, count(outside::request, "/islands"));
            assertEquals(500, count(c, "/islands"));
        });
        System.out.println("EnsembleReplicationTest: the mesh went on within "
                + (System.nanoTime() - written) / 1_000_000 + " ms");
        JsonNode peers = send("GET", ensemble.member("b")::request, "/_peers", "");
        System.out.println("EnsembleReplicationTest: " + peers);
        for (JsonNode peer : peers.path("peers")) {
            if (peer.path("state").asString().equals("connected")) {
                assertEquals("{}", peer.path("errors").toString(), peers.toString());
            }
        }
        ensemble.member("a").restart();
        await().atMost(MOST).ignoreExceptions().until(() -> connected(outside) == 2 && count(a, "/islands") == 500);
    }

    private long connected(ServerProcess node) throws IOException, InterruptedException {
        long connected = 0;
        for (JsonNode peer : send("GET", node::request, "/_peers", "").path("peers")) {
            connected += peer.path("state").asString().equals("connected") ? 1 : 0;
        }
        return connected;
    }
}
