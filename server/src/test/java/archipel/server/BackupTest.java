package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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

    private static JsonNode last(Answer answer) {
        assertEquals(200, answer.status(), answer.body());
        return JSON.readTree(
                answer.body().substring(answer.body().stripTrailing().lastIndexOf('\n') + 1));
    }
}
