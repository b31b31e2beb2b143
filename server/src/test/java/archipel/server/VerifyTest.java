package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chain of an open node, computed again. What damage is found in is the engine's to test. */
class VerifyTest {
    @Test
    void verify_ofWhatIsWhole_endsWithTheHead(@TempDir Path directory) throws IOException {
        try (TestServer server = TestServer.start(directory)) {
            server.put("/db", "");
            server.put("/db/a", "{\"n\":1}");
            server.post("/db/_bulk_docs", "{\"docs\":[{},{},{}]}");
            String head = server.get("/db").header("Archipel-Block");
            for (Answer answer : new Answer[] {server.get("/db/_verify"), server.post("/db/_verify", "")}) {
                assertEquals(200, answer.status());
                String last =
                        answer.body().substring(answer.body().stripTrailing().lastIndexOf('\n') + 1);
                assertEquals(
                        "{\"ok\":true,\"complete\":true,\"blocks\":3,\"changes\":4,\"unproven\":0,\"head\":\"" + head
                                + "\"}\n",
                        last);
                assertEquals(head, answer.header("Archipel-Block"));
            }
            server.put("/db/_security", "{\"admins\":{\"roles\":[]},\"members\":{\"roles\":[]}}");
            assertEquals(401, server.send("GET", "/db/_verify", null).status());
            assertTrue(server.get("/nowhere/_verify").toString().startsWith("404"));
        }
    }
}
