package archipel.peers;

import archipel.identity.NodeIdentity;
import archipel.identity.NodeTls;
import archipel.remote.DeniedAddresses;
import archipel.remote.RemoteAddress;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteClient;
import archipel.remote.RemoteRequest;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** A member that has its key and nothing else of a node: it answers whatever a test wants. */
final class HostilePeer implements AutoCloseable {
    private final NodeIdentity identity = NodeIdentity.make();
    private final HttpsServer server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, String> contentTypes = new ConcurrentHashMap<>();

    /** What is sent to whoever asks for a path. */
    @FunctionalInterface
    interface Answer {
        void write(OutputStream out) throws IOException;

        static Answer of(String text) {
            return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    HostilePeer() throws IOException {
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        SSLContext context = NodeTls.answering(identity);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters both = context.getDefaultSSLParameters();
                both.setNeedClientAuth(true);
                parameters.setSSLParameters(both);
            }
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        answers.put("/_mesh/gossip", Answer.of("{\"members\":[]}"));
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            Answer answer = answers.get(path);
            exchange.getResponseHeaders().set("Content-Type", contentTypes.getOrDefault(path, "application/json"));
            exchange.sendResponseHeaders(answer == null ? 404 : 200, 0);
            if (answer != null) {
                answer.write(exchange.getResponseBody());
            }
        } catch (IOException gone) {
            // Who asked has heard enough.
        }
    }

    NodeIdentity identity() {
        return identity;
    }

    String id() {
        return identity.fingerprint();
    }

    /** A member's record, with which it may do what it likes before it is sent. */
    String record(long version) {
        return record(version, List.of("http://127.0.0.1:" + server.getAddress().getPort() + "/"));
    }

    /** One that answers somewhere else. */
    String record(long version, List<String> addresses) {
        Base64.Encoder base64 = Base64.getEncoder();
        byte[] signed =
                ("archipel-node\n" + version + "\n" + String.join("\n", addresses)).getBytes(StandardCharsets.UTF_8);
        return "{\"id\":\"" + id() + "\",\"epoch\":1,\"key\":\"" + base64.encodeToString(identity.encodedKey())
                + "\",\"addresses\":[\"" + String.join("\",\"", addresses) + "\"],\"version\":" + version
                + ",\"signature\":\"" + base64.encodeToString(identity.sign(signed)) + "\"}";
    }

    void answer(String path, Answer answer) {
        answers.put(path, answer);
    }

    void answer(String path, String contentType, Answer answer) {
        contentTypes.put(path, contentType);
        answers.put(path, answer);
    }

    /** Becomes a member of the mesh of whoever has invited. */
    void join(String invitation) throws IOException, InterruptedException {
        join(invitation, record(1));
    }

    void join(String invitation, String record) throws IOException, InterruptedException {
        int status = tryToJoin(invitation, record);
        if (status != 200) {
            throw new IOException("not let in: " + status);
        }
    }

    /** @return the status of the answer */
    int tryToJoin(String invitation, String record) throws IOException, InterruptedException {
        int hash = invitation.indexOf('#');
        String[] invited = invitation.substring(hash + 1).split("[.]");
        SSLContext context = NodeTls.asking(identity, invited[0]);
        String url = invitation.substring(0, hash).replace("http:", "https:");
        RemoteAddress address = RemoteAddress.parse(url, null, Map.of());
        String body = "{\"node\":" + record + ",\"invitation\":\"" + invited[1] + "\"}";
        try (RemoteClient client = new RemoteClient(
                        new DeniedAddresses(List::of), 2, new RemoteClient.Trust(context, false, NodeTls.SERVER_NAME));
                RemoteAnswer answer =
                        client.send(address, RemoteRequest.post("_mesh/join", body.getBytes(StandardCharsets.UTF_8)))) {
            return answer.status();
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
