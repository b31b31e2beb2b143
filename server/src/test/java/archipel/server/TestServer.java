package archipel.server;

import archipel.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node on a free port with quick password hashing, its admin {@code root} with the password {@code relax}. */
public final class TestServer implements AutoCloseable {
    public static final String ROOT = basic("root", "relax");

    private final Server server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestServer(Server server) {
        this.server = server;
    }

    public static TestServer start(Path data) {
        return start(data, Map.of());
    }

    /** @param flags settings by name, over those of every test */
    public static TestServer start(Path data, Map<String, String> flags) {
        return start(data, flags, Map.of());
    }

    /** @param secrets variables of the environment, beside those of every test */
    public static TestServer start(Path data, Map<String, String> flags, Map<String, String> secrets) {
        Map<String, String> all = new HashMap<>(Map.of(
                "port", "0", "data", data.toString(), "durability", "os", "admin", "root", "node_name", "n1@here"));
        all.putAll(flags);
        Map<String, String> environment = new HashMap<>(secrets);
        environment.putAll(Map.of("ARCHIPEL_ADMIN_PASSWORD", "relax", "ARCHIPEL_PBKDF2_ITERATIONS", "10"));
        return new TestServer(Server.start(Settings.of(NodeSettings.ALL, all, environment), (_, _) -> {}));
    }

    public static String basic(String name, String password) {
        String text = name + ":" + password;
        return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    public Server server() {
        return server;
    }

    /** As the admin. */
    public Answer get(String path) throws IOException {
        return send("GET", path, null, "Authorization", ROOT);
    }

    /** As the admin. */
    public Answer put(String path, String body) throws IOException {
        return send("PUT", path, body, "Authorization", ROOT, "Content-Type", "application/json");
    }

    /** As the admin. */
    public Answer post(String path, String body) throws IOException {
        return send("POST", path, body, "Authorization", ROOT, "Content-Type", "application/json");
    }

    /** As the admin. */
    public Answer delete(String path) throws IOException {
        return send("DELETE", path, null, "Authorization", ROOT);
    }

    /** With these headers and no others. */
    public Answer send(String method, String path, @Nullable String body, String... headers) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
        request.method(
                method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body(), response);
        } catch (InterruptedException interrupted) {
            throw new IOException(interrupted);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }

    /** What a server said. */
    public record Answer(int status, String body, HttpResponse<String> response) {
        private static final JsonMapper JSON = new JsonMapper();

        /** A header's first value; empty when absent. */
        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        public JsonNode json() {
            return JSON.readTree(body);
        }

        /** Status and body, to compare in one go. */
        @Override
        public String toString() {
            return status + " " + body.strip();
        }
    }
}
