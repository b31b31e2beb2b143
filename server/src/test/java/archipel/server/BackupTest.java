package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Backups by request, and where they may go. */
class BackupTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void backup_whereItMay_addsOneEachTime(@TempDir Path directory) throws IOException {
        Path allowed = directory.resolve("backups");
        try (TestServer server =
                TestServer.start(directory.resolve("data"), Map.of("backup_directory", allowed.toString()))) {
            server.put("/db", "");
            server.put("/db/a", "{}");
            JsonNode first = last(server.post("/_backup", "{\"directory\":\"nightly\"}"));
            assertEquals(1, first.get("backup").asInt());
            assertTrue(first.get("new_bytes").asLong() > 0);
            assertEquals(
                    allowed.resolve("nightly").toString(),
                    first.get("directory").asString());
            assertTrue(Files.isDirectory(allowed.resolve("nightly")));
            assertEquals(
                    2,
                    last(server.post("/_backup", "{\"directory\":\"nightly\"}"))
                            .get("backup")
                            .asInt());
            Path taken = Files.createDirectories(allowed.resolve("taken"));
            Files.writeString(taken.resolve("mine"), "x");
            assertEquals(
                    400, server.post("/_backup", "{\"directory\":\"taken\"}").status());
            for (String elsewhere : new String[] {"..", "../data", "/etc", "a/../../b", "\\u0000"}) {
                Answer refused = server.post("/_backup", "{\"directory\":\"" + elsewhere + "\"}");
                assertEquals(403, refused.status(), elsewhere);
            }
            assertEquals(400, server.post("/_backup", "{\"directory\":7}").status());
            assertEquals(
                    401,
                    server.send("POST", "/_backup", "{}", "Content-Type", "application/json")
                            .status());
        }
    }

    @Test
    void backup_whereNoneIsAllowed_isRefused(@TempDir Path directory) throws IOException {
        try (TestServer server = TestServer.start(directory.resolve("data"))) {
            assertEquals(403, server.post("/_backup", "{\"directory\":\"x\"}").status());
            assertFalse(Files.exists(Path.of("x")));
        }
    }

    @Test
    void backup_whileOthersAreUnderWay_waitsAndSaysSo(@TempDir Path directory) throws Exception {
        Path backups = directory.resolve("backups");
        Map<String, String> settings = Map.of("backup_directory", backups.toString());
        try (TestServer server = TestServer.start(directory.resolve("data"), settings)) {
            CountDownLatch held = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            // Holds the node's one place for a copy until it may go.
            Thread holder = Thread.ofPlatform()
                    .start(() -> server.server().node().backup(backups, (bytes, of) -> {
                        held.countDown();
                        await(go);
                    }));
            await(held);
            List<CompletableFuture<Answer>> posts = List.of(posted(server), posted(server));
            try {
                assertFalse(holder.join(Duration.ofMillis(2500))
                        || CompletableFuture.anyOf(posts.toArray(n -> new CompletableFuture<?>[n]))
                                .isDone());
            } finally {
                go.countDown();
            }
            holder.join();
            List<String> bodies = new ArrayList<>();
            for (CompletableFuture<Answer> post : posts) {
                JsonNode last = last(post.get());
                assertTrue(last.get("ok").asBoolean(), last.toString());
                bodies.add(post.get().body());
            }
            assertTrue(bodies.stream().anyMatch(body -> body.startsWith("{\"waiting\":true}\n")), bodies.toString());
            // More than a second after it came, the first of the two had something to tell too.
            assertTrue(
                    bodies.stream().anyMatch(body -> body.matches("(?s)\\{\"new_bytes\":(\\d+),\"of\":\\1}\n.*")),
                    bodies.toString());
        }
    }

    private static CompletableFuture<Answer> posted(TestServer server) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(server.post("/_backup", "{}"));
            } catch (IOException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static JsonNode last(Answer answer) {
        assertEquals(200, answer.status(), answer.body());
        return JSON.readTree(
                answer.body().substring(answer.body().stripTrailing().lastIndexOf('\n') + 1));
    }
}
