package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.access.DatabaseGate;
import archipel.access.WriteGate;
import archipel.access.WriteLimits;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.document.JsonLimits;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.functions.Functions;
import archipel.http.ToyEngine;
import archipel.server.TestServer.Answer;
import archipel.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts whose own writes fail, as they do on a full disk. */
class FullDiskStartTest {
    @TempDir
    private Path directory;

    @Test
    void start_secretsCannotBeWritten_sessionsWorkUntilTheNextStart() throws IOException {
        TestServer.start(directory).close();
        Files.delete(directory.resolve("secrets"));
        // The file that would take the place of the other cannot be made.
        Files.createDirectories(directory.resolve("secrets.new/x"));
        try (TestServer server = TestServer.start(directory)) {
            Answer login = server.send(
                    "POST",
                    "/_session",
                    "{\"name\":\"root\",\"password\":\"relax\"}",
                    "Content-Type",
                    "application/json");
            assertEquals(200, login.status());
            String cookie = login.header("Set-Cookie").replaceAll(";.*", "");
            assertTrue(server.send("GET", "/_session", null, "Cookie", cookie)
                    .body()
                    .contains("\"name\":\"root\""));
            assertFalse(Files.exists(directory.resolve("secrets")));
        }
    }

    @Test
    void makeSystemDatabases_nothingCanBeWritten_isNoFailure() {
        Node node = Node.open(directory, NodeOptions.DEFAULT);
        node.close();
        DatabaseAccess access = new DatabaseAccess(() -> SecurityObject.ADMIN_ONLY);
        Functions functions = new Functions(new ToyEngine());
        WriteGate writes = new WriteGate(Identities.FIXED, access, DocumentGuard.OPEN, functions, WriteLimits.NONE);
        Server.makeSystemDatabases(
                new DatabaseGate(node, access, writes, Settings.defaults(NodeSettings.ALL), () -> JsonLimits.DEFAULT));
        assertEquals(0, node.databaseNames().size());
    }

    @Test
    void start_adminDeletedAuthDesign_doesNotBringItBack() throws IOException {
        try (TestServer server = TestServer.start(directory)) {
            String revision = server.get("/_users/_design/_auth").header("ETag").replace("\"", "");
            assertEquals(
                    200, server.delete("/_users/_design/_auth?rev=" + revision).status());
        }
        try (TestServer server = TestServer.start(directory)) {
            assertEquals(404, server.get("/_users/_design/_auth").status());
        }
    }
}
