package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.node.Login;
import archipel.server.NodeSettings;
import archipel.server.Server;
import archipel.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A node that serves in this process, on a free port; its admin is {@code root} with a password of some length. */
final class RunningNode implements AutoCloseable {
    static final String PASSWORD = "relax & be #1";
    static final Map<String, String> ENVIRONMENT = Map.of("ARCHIPEL_ADMIN_PASSWORD", PASSWORD);

    private final Server server;
    private final HttpClient http = HttpClient.newHttpClient();

    private RunningNode(Server server) {
        this.server = server;
    }

    /** @param settings by name, besides those of every test */
    static RunningNode start(Path data, Map<String, String> settings) {
        Map<String, String> all =
                new HashMap<>(Map.of("port", "0", "data", data.toString(), "durability", "os", "admin", "root"));
        all.putAll(settings);
        Map<String, String> environment =
                Map.of("ARCHIPEL_ADMIN_PASSWORD", PASSWORD, "ARCHIPEL_PBKDF2_ITERATIONS", "10");
        return new RunningNode(Server.start(Settings.of(NodeSettings.ALL, all, environment), (_, _) -> {}));
    }

    /** Without a slash at its end. */
    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    /** With these before the host. */
    String urlWith(String userInfo) {
        return "http://" + userInfo + "@127.0.0.1:" + server.port();
    }

    void put(String path, String body) throws IOException, InterruptedException {
        put(path, body, 201);
    }

    void put(String path, String body, int status) throws IOException, InterruptedException {
        assertEquals(status, send("PUT", path, body), path);
    }

    void post(String path, String body) throws IOException, InterruptedException {
        assertEquals(201, send("POST", path, body), path);
    }

    private int send(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url() + path))
                .header("Authorization", new Login("root", PASSWORD).basic())
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build();
        return http.send(request, BodyHandlers.ofString()).statusCode();
    }

    /** What is at that path, for the admin. */
    String get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url() + path))
                .header("Authorization", new Login("root", PASSWORD).basic())
                .build();
        return http.send(request, BodyHandlers.ofString()).body();
    }

    /** Of the admin's commands about this node. */
    Map<String, String> environment() {
        return Map.of("ARCHIPEL_URL", url(), "ARCHIPEL_ADMIN", "root", "ARCHIPEL_ADMIN_PASSWORD", PASSWORD);
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        http.close();
        server.close();
    }
}
