package archipel.replications;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.server.TestServer;
import archipel.testkit.Directories;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * A node that takes part in a replication is put back to an earlier state of its data while the replication runs, which
 * sees no more of it than a broken connection.
 */
class RestoredEndTest {
    private static final int DOCUMENTS = 20;

    /** @param intervalMs between checkpoints: short, so that there are some, or so long that there is none */
    @ParameterizedTest
    @CsvSource({"true, 200", "true, 600000", "false, 200", "false, 600000"})
    void replicate_otherEndPutBack_skipsNothing(boolean restoresSource, int intervalMs, @TempDir Path directory)
            throws IOException {
        Path data = directory.resolve("there");
        Path backup = directory.resolve("backup");
        TestServer there = TestServer.start(data);
        try (TestServer here = TestServer.start(directory.resolve("here"))) {
            Map<String, String> samePort =
                    Map.of("port", Integer.toString(there.server().port()));
            here.put("/db", "");
            there.put("/db", "");
            String remote = "\"http://root:relax@127.0.0.1:" + there.server().port() + "/db\"";
            String ends = restoresSource
                    ? "{\"source\":" + remote + ",\"target\":\"db\""
                    : "{\"source\":\"db\",\"target\":" + remote;
            String id = here.post(
                            "/_replicate", ends + ",\"continuous\":true,\"checkpoint_interval\":" + intervalMs + "}")
                    .json()
                    .get("_local_id")
                    .asString();
            write(restoresSource ? there : here, "a");
            arrives(restoresSource ? here : there, "a");
            checkpointed(here, id, intervalMs);
            Directories.copy(data, backup);
            write(restoresSource ? there : here, "b");
            arrives(restoresSource ? here : there, "b");
            checkpointed(here, id, intervalMs);

            there.close();
            Directories.delete(data);
            Directories.copy(backup, data);
            there = TestServer.start(data, samePort);
            assertEquals(404, there.get("/db/b0").status(), "what came after the backup is gone");
            write(restoresSource ? there : here, "c");
            arrives(restoresSource ? here : there, "a");
            arrives(restoresSource ? here : there, "b");
            arrives(restoresSource ? here : there, "c");
        } finally {
            there.close();
        }
    }

    private static void write(TestServer server, String prefix) throws IOException {
        for (int i = 0; i < DOCUMENTS; i++) {
            assertEquals(201, server.put("/db/" + prefix + i, "{}").status());
        }
    }

    private static void arrives(TestServer server, String prefix) {
        for (int i = 0; i < DOCUMENTS; i++) {
            String path = "/db/" + prefix + i;
            await(path)
                    .atMost(90, TimeUnit.SECONDS)
                    .pollInterval(50, TimeUnit.MILLISECONDS)
                    .until(() -> server.get(path).status() == 200);
        }
    }

    private static void checkpointed(TestServer server, String id, int intervalMs) {
        if (intervalMs > 1_000) {
            return;
        }
        await().atMost(30, TimeUnit.SECONDS).until(() -> {
            for (JsonNode task : server.get("/_active_tasks").json()) {
                if (task.path("replication_id").asString("").equals(id)) {
                    return task.get("checkpointed_source_seq").equals(task.get("source_seq"))
                            && !task.get("source_seq").asString().equals("0");
                }
            }
            return false;
        });
    }
}
