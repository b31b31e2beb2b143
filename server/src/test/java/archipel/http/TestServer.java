package archipel.http;

import archipel.access.ConflictResolver;
import archipel.access.DatabaseGate;
import archipel.access.WriteGate;
import archipel.access.WriteLimits;
import archipel.auth.Authenticator.Authentication;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.engine.NodeOptions.Durability;
import archipel.functions.Functions;
import archipel.memory.MemoryBudget;
import archipel.merge.MergePlanner;
import archipel.server.NodeSettings;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A node with some endpoints behind a real socket, and a client of it. Users are taken at their word: the user {@code
 * admin} is a server admin, every other name a user without roles.
 */
public final class TestServer implements AutoCloseable {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Node node;
    private final HttpServer server;
    private String user = "admin";

    public TestServer(Path directory, BiConsumer<Router, HttpServices> endpoints) {
        this(directory, SecurityObject.EVERYONE, DocumentGuard.OPEN, endpoints);
    }

    /** @param security what holds for a database whose security object was never set */
    public TestServer(
            Path directory, SecurityObject security, DocumentGuard guard, BiConsumer<Router, HttpServices> endpoints) {
        this(directory, security, guard, new Functions(new ToyEngine()), endpoints);
    }

    /** @param functions those of design documents */
    public TestServer(
            Path directory,
            SecurityObject security,
            DocumentGuard guard,
            Functions functions,
            BiConsumer<Router, HttpServices> endpoints) {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(Durability.OS));
        DatabaseAccess access = new DatabaseAccess(() -> security);
        WriteGate writes = new WriteGate(Identities.FIXED, access, guard, functions, WriteLimits.NONE);
        HttpServices services = new HttpServices(
                node,
                credentials -> authenticate(credentials.authorization()),
                Identities.FIXED,
                access,
                guard,
                writes,
                new ConflictResolver(writes, () -> MergePlanner.Bounds.NONE),
                new DatabaseGate(node, access, writes, Settings.defaults(NodeSettings.ALL), () -> JsonLimits.DEFAULT),
                HttpSettings.DEFAULT,
                RequestMetrics.NONE,
                functions,
                new MemoryBudget(MemoryBudget.Limits.DEFAULT));
        Router router = new Router();
        endpoints.accept(router, services);
        server = HttpServer.start("127.0.0.1", 0, services, router, node.health());
    }

    private static Authentication authenticate(@Nullable String authorization) {
        if (authorization == null) {
            return Authentication.ANONYMOUS;
        }
        String pair = new String(
                Base64.getDecoder().decode(authorization.substring("Basic ".length())), StandardCharsets.UTF_8);
        String name = pair.substring(0, pair.indexOf(':'));
        return new Authentication(
                new UserContext(name, name.equals("admin") ? List.of(UserContext.ADMIN_ROLE) : List.of(), "default"),
                null);
    }

    public Node node() {
        return node;
    }

    public HttpServer server() {
        return server;
    }

    /** Who asks from now on; empty for nobody. */
    public TestServer as(String name) {
        user = name;
        return this;
    }

    public Answer get(String target) {
        return call("GET", target, null);
    }

    public Answer head(String target) {
        return call("HEAD", target, null);
    }

    public Answer put(String target, String body) {
        return call("PUT", target, body);
    }

    public Answer post(String target, String json, String... headers) {
        return call("POST", target, json, headers);
    }

    public Answer delete(String target) {
        return call("DELETE", target, null);
    }

    /** @param headers names and values in turn; a POST without any is sent as {@code application/json} */
    public Answer call(String method, String target, String body, String... headers) {
        HttpResponse<byte[]> response = send(method, target, body, BodyHandlers.ofByteArray(), headers);
        return new Answer(response, new String(response.body(), StandardCharsets.UTF_8));
    }

    /** The body as it comes, for feeds. */
    public HttpResponse<InputStream> open(String method, String target, String body, String... headers) {
        return send(method, target, body, BodyHandlers.ofInputStream(), headers);
    }

    private <T> HttpResponse<T> send(
            String method, String target, String body, BodyHandler<T> handler, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + target))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!user.isEmpty()) {
            String pair = Base64.getEncoder().encodeToString((user + ":").getBytes(StandardCharsets.UTF_8));
            request.setHeader("Authorization", "Basic " + pair);
        }
        if (method.equals("POST")) {
            request.setHeader("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            return CLIENT.send(request.build(), handler);
        } catch (IOException e) {
            throw new AssertionError("no answer to " + method + " " + target, e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        server.close();
        node.close();
    }

    /** What came back. */
    public record Answer(HttpResponse<byte[]> response, String text) {
        public int status() {
            return response.statusCode();
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        public JsonNode json() {
            return JsonTree.parse(text, JsonLimits.STORED);
        }

        /** Status, error and reason on a line. */
        public String refusal() {
            JsonNode json = json();
            return status() + " " + json.get("error").asString() + ": "
                    + json.get("reason").asString();
        }
    }
}
