package archipel.documents;

import archipel.access.ConflictResolver;
import archipel.access.DatabaseGate;
import archipel.access.WriteGate;
import archipel.access.WriteLimits;
import archipel.auth.Authenticator;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.document.JsonLimits;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.functions.Functions;
import archipel.http.Access;
import archipel.http.DatabaseRequest;
import archipel.http.HttpServer;
import archipel.http.HttpServices;
import archipel.http.HttpSettings;
import archipel.http.JsonStream;
import archipel.http.RawClient;
import archipel.http.RawClient.Answer;
import archipel.http.RequestMetrics;
import archipel.http.Router;
import archipel.http.ToyEngine;
import archipel.memory.MemoryBudget;
import archipel.merge.MergePlanner;
import archipel.server.NodeSettings;
import archipel.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** A node with the endpoints of documents and one database, {@code db}, that everybody may use. */
final class TestNode implements AutoCloseable {
    private final Node node;
    private final HttpServer server;
    private final AtomicInteger ids = new AtomicInteger();

    TestNode(Path directory) {
        this(directory, HttpSettings.DEFAULT, DocumentGuard.OPEN);
    }

    TestNode(Path directory, HttpSettings settings, DocumentGuard guard) {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        node.create("db");
        DatabaseAccess access = new DatabaseAccess(() -> SecurityObject.EVERYONE);
        Functions functions = new Functions(new ToyEngine());
        WriteGate writes = new WriteGate(Identities.FIXED, access, guard, functions, WriteLimits.NONE);
        HttpServices services = new HttpServices(
                node,
                credentials -> Authenticator.Authentication.ANONYMOUS,
                Identities.FIXED,
                access,
                guard,
                writes,
                new ConflictResolver(writes, () -> MergePlanner.Bounds.NONE),
                new DatabaseGate(node, access, writes, Settings.defaults(NodeSettings.ALL), () -> JsonLimits.DEFAULT),
                settings,
                RequestMetrics.NONE,
                functions,
                new MemoryBudget(MemoryBudget.Limits.DEFAULT));
        Router router = new Router();
        DocumentEndpoints.register(router, services, this::newId);
        router.database("", Access.MEMBER, "DELETE,GET,HEAD,POST")
                .post(DocumentEndpoints.creation(services, this::newId));
        router.database("_wait", Access.MEMBER, "GET").get(TestNode::feed);
        server = HttpServer.start("127.0.0.1", 0, services, router, node.health());
    }

    private String newId() {
        return "made-" + ids.incrementAndGet();
    }

    /** A feed that says hello, waits, and says goodbye. */
    private static void feed(DatabaseRequest request, archipel.http.Answer answer) throws IOException {
        JsonStream out = answer.feed(200, "application/json");
        out.buffer().ascii("hello\n");
        out.flush();
        request.awaitChange(Long.MAX_VALUE - 1, Duration.ofMinutes(1));
        out.buffer().ascii(answer.client().isStopping() ? "stopping\n" : "time is up\n");
        out.finish();
    }

    /** Stops listening, and ends what is under way. */
    void stop() {
        server.close();
    }

    int port() {
        return server.port();
    }

    Node node() {
        return node;
    }

    Database database() {
        return node.database("db");
    }

    /** One request on a connection of its own; headers as {@code Name: value}. */
    Answer request(String method, String target, byte[] body, String... headers) throws IOException {
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: h\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        if (body.length > 0 || method.equals("PUT") || method.equals("POST")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        message.writeBytes(body);
        try (RawClient client = new RawClient(port())) {
            return client.send(message.toByteArray()).read(method.equals("HEAD"));
        }
    }

    Answer request(String method, String target, String body, String... headers) throws IOException {
        return request(method, target, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    /** As a client that takes JSON alone. */
    Answer get(String target) throws IOException {
        return request("GET", target, "", "Accept: application/json");
    }

    Answer put(String target, String json, String... headers) throws IOException {
        return request("PUT", target, json, headers);
    }

    /** Of a write that has to succeed. */
    String revision(Answer answer) {
        String text = answer.text();
        int at = text.indexOf("\"rev\":\"");
        if (at < 0) {
            throw new AssertionError(answer.status() + " " + text);
        }
        return text.substring(at + 7, text.indexOf('"', at + 7));
    }

    @Override
    public void close() {
        server.close();
        node.close();
    }
}
