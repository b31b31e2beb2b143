package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.NodeOpenException;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starting and stopping. */
class ServerTest {
    @TempDir
    Path directory = Path.of("");

    @Test
    void start_firstTime_makesSystemDatabasesAndAnAdmin() {
        Map<String, String> made = new ConcurrentHashMap<>();
        String uuid;
        try (Server server = start(made, Map.of())) {
            assertEquals(List.of("_replicator", "_users"), server.node().databaseNames());
            uuid = server.node().uuid();
        }
        assertEquals(List.of("admin"), List.copyOf(made.keySet()), "stopping waits until the password is stored");
        String password = made.getOrDefault("admin", "");
        try (Server server = start(made, Map.of())) {
            assertEquals(uuid, server.node().uuid());
            assertFalse(server.node().facts().toString().contains(password));
            assertEquals(1, made.size());
        }
    }

    @Test
    void start_portInUse_saysWhatToDo() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            AddressException refused = assertThrows(
                    AddressException.class,
                    () -> start(none(), Map.of("port", Integer.toString(taken.getLocalPort()))));
            assertMessage(refused, "127.0.0.1:" + taken.getLocalPort(), "another process listens there", "--port");
        }
        start(none(), Map.of()).close(); // the data directory was let go
    }

    @Test
    void start_firstThatCannotListen_leavesNoData() throws IOException {
        Path data = directory.resolve("never");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, String> flags = Map.of("port", Integer.toString(taken.getLocalPort()), "data", data.toString());
            assertThrows(AddressException.class, () -> start(none(), flags));
        }
        Path missing = directory.resolve("none.pem");
        Map<String, String> tls =
                Map.of("tls_cert", missing.toString(), "tls_key", missing.toString(), "data", data.toString());
        assertMessage(assertThrows(SettingException.class, () -> start(none(), tls)), "none.pem");
        assertFalse(Files.exists(data));
    }

    @Test
    void start_portOfTheTreeInUse_leavesNothingThatListens() throws IOException {
        Path never = directory.resolve("never");
        String port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = Integer.toString(free.getLocalPort());
        }
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String tree = Integer.toString(taken.getLocalPort());
            Map<String, String> flags = Map.of("port", port, "coordination_port", tree);
            Map<String, String> first = Map.of("coordination_port", tree, "data", never.toString());
            assertMessage(assertThrows(AddressException.class, () -> start(none(), first)), tree);
            assertFalse(Files.exists(never));

            start(none(), Map.of()).close();
            assertMessage(assertThrows(AddressException.class, () -> start(none(), flags)), tree);
            start(none(), Map.of("port", port)).close();
        }
    }

    @Test
    void start_settingsOfTheTreeThatDoNotGoTogether_sayWhatIsMissing() {
        assertRefused("tls_cert", "coordination_client_ca", "ca.pem");
        assertRefused("coordination_client_ca", "coordination_require_certificate", "true");
        assertRefused("no such", "coordination_commands", "srvr, no such");
    }

    private void assertRefused(String part, String setting, String value) {
        Map<String, String> flags = Map.of("coordination_port", "1", setting, value);
        assertMessage(assertThrows(SettingException.class, () -> start(none(), flags)), part);
    }

    @Test
    void start_addressThatIsNotOurs_saysWhatToDo() {
        assertMessage(
                assertThrows(AddressException.class, () -> start(none(), Map.of("host", "192.0.2.1"))),
                "192.0.2.1:0",
                "--host");
        assertMessage(
                assertThrows(AddressException.class, () -> start(none(), Map.of("host", "no-such-host.invalid"))),
                "no-such-host.invalid",
                "--host");
    }

    @Test
    void start_dataInUseOrForeign_saysWhatToDo() throws IOException {
        Server first = start(none(), Map.of());
        assertMessage(assertThrows(NodeOpenException.class, () -> start(none(), Map.of())), "in use");
        first.close();
        Path foreign = Files.createDirectory(directory.resolve("foreign"));
        Files.writeString(foreign.resolve("letter.txt"), "Dear");
        assertMessage(
                assertThrows(NodeOpenException.class, () -> start(none(), Map.of("data", foreign.toString()))),
                "letter.txt");
    }

    @Test
    void url_namesTheAddress() {
        try (Server server = start(none(), Map.of("host", "::1"))) {
            assertEquals("http://[::1]:" + server.port() + "/", server.url());
            assertNotEquals(0, server.port());
        }
    }

    @Test
    void close_feedOpen_endsItWithItsLastLine() throws Exception {
        Server server = start(none(), Map.of("default_security", "everyone"));
        server.node().create("db");
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(server.url() + "db/_changes?feed=continuous&heartbeat=60000"))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            var answer = client.sendAsync(request, BodyHandlers.ofInputStream()).get(10, TimeUnit.SECONDS);
            assertEquals('\n', answer.body().read(), "the feed waits");
            server.close();
            String rest = new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(rest.strip().startsWith("{\"last_seq\":\"0"), rest);
        }
    }

    @Test
    void close_twice_doesNothingMore() {
        Server server = start(none(), Map.of());
        server.close();
        server.close();
        assertTrue(server.node().isClosing());
    }

    private static Map<String, String> none() {
        return new ConcurrentHashMap<>();
    }

    private Server start(Map<String, String> made, Map<String, String> flags) {
        Map<String, String> all = new HashMap<>(
                Map.of("port", "0", "data", directory.resolve("data").toString(), "pbkdf2_iterations", "10"));
        all.putAll(flags);
        return Server.start(Settings.of(NodeSettings.ALL, all, Map.of()), made::put);
    }

    private static void assertMessage(RuntimeException refused, String... words) {
        for (String word : words) {
            assertTrue(
                    String.valueOf(refused.getMessage()).contains(word), refused.getMessage() + " should say " + word);
        }
    }
}
