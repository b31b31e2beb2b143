package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code [chttpd] decode_plus_to_space}. */
class PlusInPathTest {
    @TempDir
    Path directory;

    private static TestServer started(Path data, Map<String, String> flags) throws IOException {
        TestServer server = TestServer.start(data, flags);
        server.put("/db", "");
        server.put("/db/a%20b", "{\"of\":\"space\"}");
        server.put("/db/a%2Bb", "{\"of\":\"plus\"}");
        server.put("/db/_local/a%20b", "{\"of\":\"space\"}");
        server.put("/db/_local/a%2Bb", "{\"of\":\"plus\"}");
        server.send("PUT", "/db/files/a%20b", "space", "Authorization", TestServer.ROOT, "Content-Type", "text/plain");
        String rev = server.get("/db/files").json().get("_rev").asString();
        server.send(
                "PUT",
                "/db/files/a%2Bb?rev=" + rev,
                "plus",
                "Authorization",
                TestServer.ROOT,
                "Content-Type",
                "text/plain");
        return server;
    }

    private static void assertReads(String expected, TestServer server) throws IOException {
        assertEquals(expected, server.get("/db/a+b").json().get("of").asString());
        assertEquals("plus", server.get("/db/a%2bb").json().get("of").asString());
        assertEquals(expected, server.get("/db/_local/a+b").json().get("of").asString());
        assertEquals(expected, server.get("/db/files/a+b").body());
        assertEquals(
                201,
                server.send("COPY", "/db/a+b", null, "Authorization", TestServer.ROOT, "Destination", "the+copy")
                        .status());
        String copy = expected.equals("space") ? "/db/the%20copy" : "/db/the%2Bcopy";
        assertEquals(expected, server.get(copy).json().get("of").asString());
    }

    @Test
    void plus_byDefault_isASpace() throws IOException {
        try (TestServer server = started(directory.resolve("a"), Map.of())) {
            assertReads("space", server);
            assertEquals(400, server.put("/d+b", "").status());
            assertEquals(201, server.put("/d%2Bb", "").status());
            TestServer.Answer made = server.put("/db/x+y", "{}");
            assertEquals("x y", made.json().get("id").asString());
        }
    }

    @Test
    void plus_turnedOff_standsForItself_atOnce() throws IOException {
        try (TestServer server = started(directory.resolve("b"), Map.of("decode_plus_to_space", "false"))) {
            assertReads("plus", server);
            assertEquals(201, server.put("/d+b", "").status());
        }
        try (TestServer server = started(directory.resolve("c"), Map.of())) {
            assertEquals("space", server.get("/db/a+b").json().get("of").asString());
            server.put("/_node/_local/_config/chttpd/decode_plus_to_space", "\"false\"");
            assertEquals("plus", server.get("/db/a+b").json().get("of").asString());
        }
    }
}
