package archipel.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.engine.Database;
import archipel.http.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Feeds over a socket while the database changes under them. */
@Timeout(120)
class LiveFeedTest {
    @TempDir
    private Path directory;

    private TestServer server;
    private Database database;

    @BeforeEach
    void start() {
        server = new TestServer(directory, FeedEndpoints::register);
        database = server.node().create("db");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void continuous_writes_arriveOneByOneUntilTheDatabaseGoes() throws IOException {
        BufferedReader feed = open("/db/_changes?feed=continuous&heartbeat=60000");
        assertEquals("", feed.readLine());
        for (String id : List.of("a", "b")) {
            put(id);
            String row = feed.readLine();
            assertTrue(row.matches("\\{\"seq\":\"\\d-[0-9a-f]{8}\",\"id\":\"" + id + "\",\"changes\":\\[.*]}"), row);
        }
        String last = database.state().head().lastSequence().toString();
        server.node().delete("db");
        assertEquals("{\"last_seq\":\"" + last + "\",\"pending\":0}", feed.readLine());
        assertNull(feed.readLine());
    }

    @Test
    void continuous_limit_endsWhenItIsReached() throws IOException {
        BufferedReader feed = open("/db/_changes?feed=continuous&limit=2&heartbeat=true");
        put("a");
        put("b");
        put("c");
        String all = String.join("\n", feed.lines().toList());
        assertTrue(all.contains("\"id\":\"b\"") && !all.contains("\"id\":\"c\""), all);
        assertTrue(all.contains("\"last_seq\":\"2-"), all);
    }

    @Test
    void continuous_heartbeats_goOnWhileNothingIsShown() throws IOException {
        BufferedReader feed = open("/db/_changes?feed=continuous&heartbeat=20&filter=_design");
        for (int i = 0; i < 5; i++) {
            put("x" + i);
            assertEquals("", feed.readLine());
        }
        put("_design/d");
        String row = feed.readLine();
        while (row.isEmpty()) {
            row = feed.readLine();
        }
        assertTrue(row.contains("\"id\":\"_design/d\""), row);
    }

    @Test
    void longpoll_write_completesIt() throws IOException {
        BufferedReader feed = open("/db/_changes?feed=longpoll&since=now");
        assertEquals("{\"results\":[", feed.readLine());
        put("a");
        assertTrue(feed.readLine().contains("\"id\":\"a\""));
        assertEquals("],", feed.readLine());
        assertTrue(feed.readLine().startsWith("\"last_seq\":\"1-"));
        assertNull(feed.readLine());
    }

    @Test
    void longpoll_server_stops_endsWhole() throws IOException {
        BufferedReader feed = open("/db/_changes?feed=longpoll");
        assertEquals("{\"results\":[", feed.readLine());
        server.server().close();
        assertEquals("", feed.readLine());
        assertEquals("],", feed.readLine());
        assertEquals("\"last_seq\":\"0\",\"pending\":0}", feed.readLine());
        assertNull(feed.readLine());
    }

    @Test
    void eventSource_heartbeatsAndRows_areEvents() throws IOException {
        BufferedReader feed = open("/db/_changes?feed=eventsource&heartbeat=20");
        assertEquals("", feed.readLine());
        assertEquals("event: heartbeat", feed.readLine());
        assertEquals("data: ", feed.readLine());
        put("a");
        String line = feed.readLine();
        while (!line.startsWith("data: {")) {
            line = feed.readLine();
        }
        assertTrue(line.contains("\"id\":\"a\""), line);
        assertTrue(feed.readLine().matches("id: \"1-[0-9a-f]{8}\""));
    }

    @Test
    void dbUpdates_continuous_tellsOfEveryDatabase() throws IOException {
        BufferedReader feed = open("/_db_updates?feed=continuous&since=now&heartbeat=60000");
        assertEquals("", feed.readLine());
        server.node().create("other");
        assertTrue(feed.readLine().startsWith("{\"db_name\":\"other\",\"type\":\"created\",\"seq\":\""));
        put("a");
        assertTrue(feed.readLine().startsWith("{\"db_name\":\"db\",\"type\":\"updated\",\"seq\":\""));
        server.node().delete("other");
        assertTrue(feed.readLine().startsWith("{\"db_name\":\"other\",\"type\":\"deleted\",\"seq\":\""));
    }

    private BufferedReader open(String target) {
        HttpResponse<InputStream> response = server.open("GET", target, null);
        assertEquals(200, response.statusCode());
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    private void put(String id) {
        byte[] json = "{}".getBytes(StandardCharsets.UTF_8);
        DocumentEdit edit = new DocumentEdit.Update(
                id, null, false, new DocumentBody(json, List.of()), CanonicalJson.digest(json, 0, json.length));
        database.write(List.of(edit), false);
    }
}
