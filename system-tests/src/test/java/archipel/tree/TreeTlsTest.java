package archipel.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.LoopbackPort;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.testkit.TestCertificate;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that serves ZooKeeper's clients over TLS, as its settings say. */
final class TreeTlsTest {
    private static final Duration MOST = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private final List<ZooKeeper> clients = new ArrayList<>();

    private TestCertificate certificate(String name) throws Exception {
        return new TestCertificate(Files.createDirectory(directory.resolve(name)), name);
    }

    @AfterEach
    void close() throws InterruptedException {
        for (ZooKeeper client : clients) {
            client.close();
        }
    }

    private ZooKeeper connect(int port, Path trusted, @Nullable TestCertificate own) throws IOException {
        ZKClientConfig config = new ZKClientConfig();
        config.setProperty(ZKClientConfig.SECURE_CLIENT, "true");
        config.setProperty(ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, "org.apache.zookeeper.ClientCnxnSocketNetty");
        config.setProperty("zookeeper.ssl.trustStore.location", trusted.toString());
        config.setProperty("zookeeper.ssl.trustStore.type", "PEM");
        if (own != null) {
            Path both = own.key.resolveSibling("both.pem");
            Files.writeString(both, Files.readString(own.key) + Files.readString(own.certificate));
            config.setProperty("zookeeper.ssl.keyStore.location", both.toString());
            config.setProperty("zookeeper.ssl.keyStore.type", "PEM");
        }
        ZooKeeper client = new ZooKeeper("127.0.0.1:" + port, 20_000, event -> {}, config);
        clients.add(client);
        return client;
    }

    @Test
    void clients_withAndWithoutCertificates_areTheirAccountsAndSeeARenewedOne() throws Exception {
        TestCertificate admin = certificate(ServerProcess.ADMIN);
        int port = LoopbackPort.free();
        Path node = directory.resolve("node");
        TestCertificate pem = new TestCertificate(Files.createDirectory(node));
        try (ServerProcess running = ServerProcess.start(ServerOptions.in(node)
                .with("tls_cert", pem.certificate.toString())
                .with("tls_key", pem.key.toString())
                .with("coordination_open", "no")
                .with("coordination_client_ca", admin.certificate.toString())
                .with("coordination_port", Integer.toString(port)))) {
            Path trusted = pem.certificate;
            byte[] text = "1".getBytes(StandardCharsets.UTF_8);
            List<ACL> nobody = new ArrayList<>(List.of(new ACL(Perms.ALL, new Id("x509", "CN=nobody"))));
            ZooKeeper certified = connect(port, trusted, admin);
            certified.create("/kept", text, nobody, CreateMode.PERSISTENT);
            assertArrayEquals(text, certified.getData("/kept", false, new Stat()));
            ZooKeeper named = connect(port, trusted, null);
            named.addAuthInfo(
                    "digest", (ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD).getBytes(StandardCharsets.UTF_8));
            assertArrayEquals(text, named.getData("/kept", false, new Stat()));
            ZooKeeper anonymous = connect(port, trusted, null);
            assertThrows(KeeperException.class, () -> anonymous.getData("/kept", false, new Stat()));
            assertTrue(running.pid() > 0);
            assertShown(pem.make("RSA"), port);
        }
    }

    /** Waits until a client that trusts that certificate alone is served. */
    private static void assertShown(X509Certificate renewed, int port) {
        Awaitility.await()
                .atMost(MOST)
                .ignoreExceptionsInstanceOf(SSLException.class)
                .untilAsserted(() -> {
                    try (Socket socket =
                            TestCertificate.trusting(renewed).getSocketFactory().createSocket("127.0.0.1", port)) {
                        socket.getOutputStream().write("ruok".getBytes(StandardCharsets.US_ASCII));
                        assertEquals(
                                "imok", new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
                    }
                });
    }
}
