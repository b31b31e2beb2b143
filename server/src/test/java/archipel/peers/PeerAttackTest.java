package archipel.peers;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.identity.NodeIdentity;
import archipel.identity.NodeTls;
import archipel.remote.DeniedAddresses;
import archipel.remote.RemoteAddress;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteClient;
import archipel.remote.RemoteRequest;
import archipel.server.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What strangers and hostile members try on a node, and get. */
class PeerAttackTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SECRET = "a-secret-of-twenty-characters";

    @TempDir
    private Path directory;

    private MeshNode node;
    private MeshNode member;

    @BeforeEach
    void start() throws IOException {
        node = MeshNode.start(directory.resolve("node"));
        member = MeshNode.start(directory.resolve("member"));
        node.put("/islands", "");
        node.put("/islands/molene", "{\"name\":\"Molène\"}");
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        member.close();
    }

    private RemoteClient client(NodeIdentity identity) throws IOException {
        RemoteClient.Trust trust =
                new RemoteClient.Trust(NodeTls.asking(identity, node.id()), false, NodeTls.SERVER_NAME);
        return new RemoteClient(new DeniedAddresses(List::of), 2, trust);
    }

    private int status(RemoteClient client, RemoteRequest request) throws Exception {
        String url = "https://127.0.0.1:" + node.server().server().port() + "/";
        try (RemoteAnswer answer = client.send(RemoteAddress.parse(url, null, Map.of()), request)) {
            return answer.status();
        }
    }

    private static RemoteRequest post(String path, String json) {
        return RemoteRequest.post(path, json.getBytes(StandardCharsets.UTF_8));
    }

    private static final List<RemoteRequest> READS = List.of(
            RemoteRequest.get("islands/"),
            RemoteRequest.get("islands/_changes"),
            RemoteRequest.get("islands/molene"),
            post("islands/_bulk_get", "{\"docs\":[{\"id\":\"molene\"}]}"));

    private static final List<RemoteRequest> OTHERS = List.of(
            RemoteRequest.get(""),
            RemoteRequest.get("_all_dbs"),
            RemoteRequest.get("_peers"),
            RemoteRequest.get("_users/_all_docs"),
            RemoteRequest.get("_users/_changes"),
            RemoteRequest.get("islands/_all_docs"),
            RemoteRequest.get("islands/_security"),
            RemoteRequest.get("_node/_local/_config"),
            RemoteRequest.put("islands/groix", new byte[] {'{', '}'}),
            RemoteRequest.put("islands/_local/note", new byte[] {'{', '}'}),
            RemoteRequest.put("other", new byte[0]),
            RemoteRequest.of("DELETE", "islands"),
            post("islands/_bulk_docs", "{\"docs\":[]}"),
            post("islands/_bulk_get", "{}").header("X-HTTP-Method-Override", "DELETE"),
            post("_peers", "{\"url\":\"http://127.0.0.1\"}"),
            post("_session", "{\"name\":\"root\",\"password\":\"relax\"}"));

    @Test
    void stranger_withAKeyOfItsOwn_getsNothing() throws Exception {
        try (RemoteClient stranger = client(NodeIdentity.make())) {
            for (RemoteRequest request : READS) {
                assertEquals(403, status(stranger, request), request.path());
            }
            for (RemoteRequest request : OTHERS) {
                assertEquals(403, status(stranger, request), request.path());
                // A password counts nothing on a connection between nodes.
                assertEquals(403, status(stranger, request.header("Authorization", TestServer.ROOT)), request.path());
            }
            assertEquals(403, status(stranger, RemoteRequest.get("_mesh/feed")));
            assertEquals(403, status(stranger, post("_mesh/gossip", "{\"members\":[]}")));
            assertEquals(400, status(stranger, post("_mesh/join", "{}")));
        }
        assertEquals(403, node.server().get("/_mesh/feed").status(), "nor does an admin without a key");
    }

    @Test
    void member_readsWhatIsReplicatedAndNothingElse() throws Exception {
        member.joined(node);
        NodeIdentity itself = NodeIdentity.open(directory.resolve("member/identity"));
        try (RemoteClient hostile = client(itself)) {
            for (RemoteRequest request : READS) {
                assertEquals(200, status(hostile, request), request.path());
            }
            for (RemoteRequest request : OTHERS) {
                assertEquals(403, status(hostile, request), request.path());
            }
            node.put("/_peers/" + itself.fingerprint(), "{\"databases\":[\"other\"]}");
            for (RemoteRequest request : READS) {
                assertEquals(403, status(hostile, request), request.path());
            }
            assertEquals(
                    200, node.server().delete("/_peers/" + itself.fingerprint()).status());
            assertEquals(403, status(hostile, RemoteRequest.get("_mesh/feed")));
        }
        assertEquals(404, node.server().get("/islands/groix").status());
    }

    @Test
    void stranger_withTheCertificateOfAMember_isNotLetIn() throws Exception {
        member.joined(node);
        Certificate[] shown;
        try (SSLSocket socket = connect(member, itself(NodeIdentity.make()))) {
            socket.startHandshake();
            shown = socket.getSession().getPeerCertificates();
        }
        KeyPair own = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        assertThrows(IOException.class, () -> read(node, forged(own, shown)), "it lacks the key of the certificate");
        assertThrows(IOException.class, () -> read(node, withoutKey()), "nor is anybody without one");
        NodeIdentity theirs = NodeIdentity.open(directory.resolve("member/identity"));
        assertTrue(read(node, itself(theirs)).startsWith("HTTP/1.1 200"));
    }

    private static SSLContext itself(NodeIdentity identity) {
        return NodeTls.askingAnybody(identity).context();
    }

    private static SSLContext withoutKey() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        return context;
    }

    private static SSLContext forged(KeyPair pair, Certificate[] chain) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("node", pair.getPrivate(), new char[0], chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), new TrustManager[] {new Anybody()}, null);
        return context;
    }

    private static SSLSocket connect(MeshNode to, SSLContext context) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket(
                        InetAddress.getLoopbackAddress(), to.server().server().port());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(NodeTls.SERVER_NAME)));
        socket.setSSLParameters(parameters);
        return socket;
    }

    private static String read(MeshNode from, SSLContext context) throws IOException {
        try (SSLSocket socket = connect(from, context)) {
            socket.getOutputStream()
                    .write("GET /_mesh/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new java.security.cert.X509Certificate[0];
        }
    }

    /** Neither a member nor a stranger can have a node read more than it has use for. */
    @Test
    void request_bodyWithoutEnd_isRefused() throws Exception {
        member.joined(node);
        NodeIdentity itself = NodeIdentity.open(directory.resolve("member/identity"));
        for (Map.Entry<String, NodeIdentity> each : Map.of("_mesh/gossip", itself, "_mesh/join", NodeIdentity.make())
                .entrySet()) {
            AtomicLong sent = new AtomicLong();
            RemoteRequest endless = RemoteRequest.of("POST", each.getKey())
                    .body(new RemoteRequest.Streamed("application/json", -1, out -> endlessly(out, sent)));
            try (RemoteClient client = client(each.getValue())) {
                assertEquals(413, status(client, endless), each.getKey());
            } catch (IOException brokenOff) {
                // It need not wait for what it does not read.
            }
            assertTrue(sent.get() < 1 << 30, () -> each.getKey() + " took " + sent);
        }
        assertEquals(201, node.server().put("/alive", "").status());
    }

    private static void endlessly(OutputStream out, AtomicLong sent) throws IOException {
        byte[] piece = " ".repeat(16 << 10).getBytes(StandardCharsets.US_ASCII);
        for (byte[] next = ("{\"a\":\"").getBytes(StandardCharsets.US_ASCII); ; next = piece) {
            out.write(next);
            out.flush();
            if (sent.addAndGet(next.length) > 1L << 30) {
                throw new IOException("a gigabyte was taken");
            }
        }
    }

    /** What lets a node in by a shared secret is the same each time; on another connection it is worth nothing. */
    @Test
    void replay_ofWhatAMemberSent_doesNothing() throws Exception {
        Map<String, String> secret = Map.of("ARCHIPEL_PEER_SECRET", SECRET);
        try (MeshNode first = MeshNode.start(directory.resolve("first"), Map.of(), secret);
                MeshNode second = MeshNode.start(directory.resolve("second"), Map.of(), secret);
                RecordingProxy between =
                        new RecordingProxy(first.server().server().port())) {
            String id = second.id();
            assertEquals(201, second.join("http://127.0.0.1:" + between.port()).status());
            assertEquals(200, first.server().delete("/_peers/" + id).status());
            List<byte[]> recorded = between.recorded();
            assertFalse(recorded.isEmpty());
            for (byte[] sent : recorded) {
                assertTrue(sent.length > 1_000, "a handshake and a request");
                try (Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        first.server().server().port())) {
                    socket.setSoTimeout((int) PATIENCE.toMillis());
                    socket.getOutputStream().write(sent);
                    InputStream in = socket.getInputStream();
                    // The other side breaks it off: what was sent fits no handshake but the one that it was part of.
                    while (in.read() >= 0) {
                        continue;
                    }
                } catch (SocketException reset) {
                    // As good as the end.
                }
            }
            assertFalse(first.peers().contains(id));
        }
    }

    /** An address that leads to another node, because somebody has sent the traffic elsewhere. */
    @Test
    void redirection_toAnotherMember_isFoundOut() throws Exception {
        String elsewhere = "http://127.0.0.1:" + member.server().server().port();
        try (MeshNode third = MeshNode.start(directory.resolve("third"), Map.of("peer_url", elsewhere), Map.of())) {
            member.joined(node);
            third.joined(node);
            node.awaitState(third.id(), "retrying");
            String why = node.peer(third.id()).path("last_error").asString();
            assertTrue(why.contains("node " + member.id() + " answers in place of node " + third.id()), why);
        }
    }

    @Test
    void address_thatIsDenied_isNeverConnectedTo() throws Exception {
        TestServer.Answer answer = node.join("http://root:relax@169.254.169.254/");
        assertEquals(502, answer.status());
        assertTrue(answer.body().contains("denied_networks"), answer.body());
        Map<String, String> metadata = Map.of("peer_url", "http://169.254.169.254:80");
        try (MeshNode hostile = MeshNode.start(directory.resolve("hostile"), metadata, Map.of())) {
            hostile.joined(node);
            node.awaitState(hostile.id(), "retrying");
            String why = node.peer(hostile.id()).path("last_error").asString();
            assertTrue(why.contains("denied_networks"), why);
        }
    }

    /** Somebody between two nodes, who can alter what passes, and not so that either takes it for the other's. */
    @Test
    void body_alteredOnTheWay_isNeverTaken() throws Exception {
        member.joined(node);
        node.awaitState(member.id(), "connected");
        for (int every : List.of(40_000, 9_001, 1_500)) {
            long before = node.proxy().alterations();
            node.proxy().alterEvery(every);
            for (int i = 0; i < 30; i++) {
                node.put("/islands/d" + every + "-" + i, "{\"text\":\"" + "Ouessant ".repeat(500) + "\"}");
            }
            await().atMost(PATIENCE).until(() -> node.proxy().alterations() > before);
        }
        node.proxy().alterEvery(Long.MAX_VALUE);
        MeshNode.awaitEqual("islands", node, member);
        member.awaitState(node.id(), "connected");
    }

    /** A member that has got hold of a revision's id stores other content under it, and passes that on. */
    @Test
    void content_thatWasAltered_isRefusedAndItsSenderQuarantined() throws Exception {
        String revision =
                node.server().get("/islands/molene").json().path("_rev").asString();
        member.put("/islands", "");
        TestServer.Answer forged = member.server()
                .post(
                        "/islands/_bulk_docs",
                        "{\"new_edits\":false,\"docs\":[{\"_id\":\"molene\",\"_rev\":\"" + revision
                                + "\",\"name\":\"Atlantis\"}]}");
        assertEquals(201, forged.status(), forged.body());
        Map<String, String> hashed = Map.of("peer_revisions", "hashed");
        try (MeshNode victim = MeshNode.start(directory.resolve("victim"), hashed, Map.of())) {
            victim.joined(member);
            victim.awaitState(member.id(), "quarantined");
            String why = victim.peer(member.id()).path("last_error").asString();
            assertTrue(why.contains("not the hash of its content"), why);
            assertEquals(404, victim.server().get("/islands/molene").status());
            victim.joined(node);
            MeshNode.awaitDocument("/islands/molene", victim);
            assertEquals(
                    "Molène",
                    victim.server().get("/islands/molene").json().path("name").asString());
        }
    }

    /** Attachments and long histories are part of what is hashed: all that was made here passes. */
    @Test
    void content_thatWasMadeHere_passesTheHash() throws Exception {
        String text = "\"_attachments\":{\"a.txt\":{\"content_type\":\"text/plain\",\"data\":\"YWJj\"}}";
        String first = node.put("/islands/groix", "{\"n\":1," + text + "}");
        String second = node.put(
                "/islands/groix",
                "{\"_rev\":\"" + first + "\",\"n\":1.50,\"_attachments\":{\"a.txt\":{\"stub\":true}}}");
        node.put("/islands/_design/names", "{\"views\":{}}");
        TestServer.Answer deleted = node.server().delete("/islands/groix?rev=" + second);
        assertEquals(200, deleted.status());
        node.put("/islands/groix", "{\"n\":2," + text + "}");
        byte[] large = new byte[200_000];
        node.server()
                .send(
                        "PUT",
                        "/islands/sein/b.bin",
                        new String(large, StandardCharsets.US_ASCII),
                        "Authorization",
                        TestServer.ROOT,
                        "Content-Type",
                        "text/plain");
        Map<String, String> hashed = Map.of("peer_revisions", "hashed");
        try (MeshNode other = MeshNode.start(directory.resolve("other"), hashed, Map.of())) {
            other.joined(node);
            MeshNode.awaitEqual("islands", node, other);
            await().atMost(PATIENCE)
                    .untilAsserted(() ->
                            assertEquals(0, other.peer(node.id()).path("errors").size(), () -> "no errors"));
        }
    }
}
