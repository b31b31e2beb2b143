package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** The lines for requests and for what admins change. */
@Isolated("The log is that of the whole process.")
class AccessLogTest {
    private static final String SETTING = "/_node/_local/_config/log/access";

    @TempDir
    static Path directory = Path.of("");

    private static TestServer server;

    private final ListAppender<ILoggingEvent> access = new ListAppender<>();
    private final ListAppender<ILoggingEvent> admin = new ListAppender<>();

    @BeforeAll
    static void start() {
        server = TestServer.start(
                directory.resolve("data"),
                Map.of("backup_directory", directory.resolve("backups").toString()));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void listen() {
        logger("archipel.access").setLevel(Level.INFO);
        logger("archipel.admin").setLevel(Level.INFO);
        access.start();
        admin.start();
        logger("archipel.access").addAppender(access);
        logger("archipel.admin").addAppender(admin);
    }

    @AfterEach
    void leave() throws IOException {
        server.delete(SETTING);
        logger("archipel.access").detachAppender(access);
        logger("archipel.admin").detachAppender(admin);
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    @Test
    void access_notAskedFor_logsNothing() throws IOException {
        server.get("/_up");
        assertEquals(List.of(), lines(access));
    }

    @Test
    void access_askedFor_namesUserStatusBytesAndBlock() throws IOException {
        server.put("/islands", "");
        server.put(SETTING, "\"true\"");
        TestServer.Answer written = server.put("/islands/ouessant", "{\"a\":1}");
        String block = written.header("Archipel-Block");
        assertEquals("\"root\" PUT /islands/ouessant 201", awaited("PUT /islands/ouessant", 3));
        assertTrue(last("PUT /islands/").endsWith(written.body().length() + "B " + block), last("PUT /islands/"));
        server.send("GET", "/islands/none?x=1", null);
        assertEquals("- GET /islands/none?x=1 401", awaited("GET /islands/none", 3));
        server.send("HEAD", "/_up", null);
        assertEquals("- HEAD /_up 200", awaited("HEAD /_up", 3));
        assertTrue(last("HEAD /_up").endsWith(" 0B -"), last("HEAD /_up"));
    }

    @Test
    void access_streamAndFeed_countTheirBytes() throws IOException {
        server.put("/feeds", "");
        server.put("/feeds/a", "{}");
        server.put(SETTING, "\"true\"");
        for (String path : new String[] {"/feeds/_all_docs", "/feeds/_changes?feed=continuous&timeout=1"}) {
            int bytes = server.get(path).body().length();
            awaited("GET " + path, 3);
            assertTrue(last("GET " + path).contains(" " + bytes + "B "), last("GET " + path));
        }
    }

    @Test
    void access_malformedPath_isLoggedAsItCame() throws IOException {
        server.put(SETTING, "\"true\"");
        assertEquals(400, raw("GET /a%zz HTTP/1.1\r\nHost: x\r\n\r\n"));
        assertEquals("- GET /a%zz 400", awaited("GET /a%zz", 3));
    }

    private static int raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.server().port())) {
            socket.setSoTimeout((int) Duration.ofSeconds(60).toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            byte[] head = socket.getInputStream().readNBytes(12);
            return Integer.parseInt(new String(head, 9, 3, StandardCharsets.US_ASCII));
        }
    }

    @Test
    void admin_changes_areLogged() throws IOException {
        server.put("/logged", "");
        server.put("/logged/_security", "{}");
        server.put("/logged/_revs_limit", "10");
        assertEquals(200, server.put("/logged/_horizon", "{\"blocks\":5}").status());
        server.post("/logged/_restart_time", "");
        String revision = server.put("/logged/a", "{}").json().get("rev").asString();
        server.post("/logged/_purge", "{\"a\":[\"" + revision + "\"]}");
        server.delete("/logged/_fences");
        server.post("/logged/_compact", "");
        server.post("/logged/_view_cleanup", "");
        server.post("/logged/_fork", "{\"target\":\"copied\"}");
        server.put("/_node/_local/_config/admins/second", "\"secret\"");
        server.put("/_node/_local/_config/made/up", "\"secret\"");
        server.delete("/_node/_local/_config/made/up");
        server.delete("/_node/_local/_config/admins/second");
        server.post("/_node/_local/_config/_reload", "");
        server.post("/_backup", "{}");
        server.delete("/logged");
        List<String> actions = lines(admin).stream()
                .map(line -> line.replace(" by \"root\" from 127.0.0.1", ""))
                .toList();
        assertEquals(
                List.of(
                        "database_created \"logged\"",
                        "security_changed \"logged\"",
                        "revs_limit_changed \"logged\"",
                        "horizon_changed \"logged\"",
                        "block_time_restarted \"logged\"",
                        "documents_purged \"logged\"",
                        "fences_forgotten \"logged\"",
                        "compaction_started \"logged\"",
                        "indexes_cleaned_up \"logged\"",
                        "database_created \"copied\"",
                        "admin_changed \"second\"",
                        "setting_changed \"made/up\"",
                        "setting_removed \"made/up\"",
                        "admin_removed \"second\"",
                        "settings_reloaded \"\"",
                        "backup_taken \"" + directory.resolve("backups") + "\"",
                        "database_dropped \"logged\""),
                actions);
        assertFalse(lines(admin).toString().contains("secret"));
    }

    @Test
    void admin_whatIsRefused_isNotLogged() throws IOException {
        server.send("PUT", "/nobodys", "");
        server.delete("/no_such_database");
        server.put("/_bad_name", "");
        assertEquals(List.of(), lines(admin));
    }

    @Test
    void admin_nameWithQuote_staysOneWord() throws IOException {
        server.put("/_node/_local/_config/x/a%0Ab%22c", "\"v\"");
        assertTrue(
                lines(admin).getFirst().startsWith("setting_changed \"x/a\nb?c\" by"),
                lines(admin).getFirst());
    }

    private static List<String> lines(ListAppender<ILoggingEvent> log) {
        return List.copyOf(log.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private String last(String part) {
        return lines(access).stream().filter(has(part)).toList().getLast();
    }

    private static Predicate<String> has(String part) {
        return line -> line.contains(part + ' ') || line.contains(part);
    }

    /** The line of a request, which is written after its answer: the words after the client's address. */
    private String awaited(String part, int words) {
        long deadline = System.currentTimeMillis() + 60_000;
        while (lines(access).stream().noneMatch(has(part)) && System.currentTimeMillis() < deadline) {
            Thread.onSpinWait();
        }
        String[] all = last(part).split(" ");
        assertEquals("127.0.0.1", all[0]);
        return String.join(" ", List.of(all).subList(1, words + 2));
    }
}
