package archipel.coordination;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.testkit.TestCertificate;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** ZooKeeper's own client over TLS, with and without a certificate. */
@Timeout(120)
class SecureClientTest {
    private static final Accounts KNOWN = new Accounts() {
        @Override
        public @Nullable Standing login(String name, String password, String address) {
            return password.equals("right") ? certified(name) : null;
        }

        @Override
        public @Nullable Standing certified(String name) {
            return switch (name) {
                case "ada" -> Standing.USER;
                case "root" -> Standing.ADMIN;
                default -> null;
            };
        }
    };

    @TempDir
    private Path directory;

    private TestCertificate server;

    @BeforeEach
    void make() throws Exception {
        server = new TestCertificate(Files.createDirectory(directory.resolve("server")));
    }

    private TestCertificate certificate(String name) throws Exception {
        return new TestCertificate(Files.createDirectory(directory.resolve(name)), name);
    }

    private static KeyStore store(TestCertificate made) throws Exception {
        byte[] pem = Files.readAllBytes(made.certificate);
        Certificate certificate =
                CertificateFactory.getInstance("X.509").generateCertificate(new java.io.ByteArrayInputStream(pem));
        String key = Files.readString(made.key).replaceAll("-----[A-Z ]*-----|\n", "");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "key",
                KeyFactory.getInstance("EC")
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(Base64.getDecoder().decode(key))),
                new char[0],
                new Certificate[] {certificate});
        return store;
    }

    private Supplier<SSLEngine> engines(TestCertificate... trusted) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store(server), new char[0]);
        KeyStore clients = KeyStore.getInstance("PKCS12");
        clients.load(null, null);
        for (TestCertificate one : trusted) {
            clients.setCertificateEntry(one.certificate.toString(), store(one).getCertificate("key"));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(clients);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.length == 0 ? null : trust.getTrustManagers(), null);
        return () -> {
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(false);
            engine.setWantClientAuth(trusted.length > 0);
            return engine;
        };
    }

    private ZKClientConfig config(@Nullable TestCertificate own) throws Exception {
        ZKClientConfig config = new ZKClientConfig();
        config.setProperty(ZKClientConfig.SECURE_CLIENT, "true");
        config.setProperty(ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, "org.apache.zookeeper.ClientCnxnSocketNetty");
        config.setProperty("zookeeper.ssl.trustStore.location", server.certificate.toString());
        config.setProperty("zookeeper.ssl.trustStore.type", "PEM");
        if (own != null) {
            Path both = own.key.resolveSibling("both.pem");
            Files.writeString(both, Files.readString(own.key) + Files.readString(own.certificate));
            config.setProperty("zookeeper.ssl.keyStore.location", both.toString());
            config.setProperty("zookeeper.ssl.keyStore.type", "PEM");
        }
        return config;
    }

    private static List<ACL> only(String scheme, String id) {
        // The client asks whether a list has a null.
        return new ArrayList<>(List.of(new ACL(Perms.ALL, new Id(scheme, id))));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void client_overTls_isServedAsInTheClear() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().tls(engines()).start(directory)) {
            BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
            ZooKeeper client = tree.connect(new LinkedBlockingQueue<>(), config(null));
            byte[] large = new byte[700_000];
            new Random(7).nextBytes(large);
            client.create("/large", large, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            assertArrayEquals(large, client.getData("/large", events::add, new Stat()));
            client.setData("/large", new byte[] {1}, 0);
            assertEquals(
                    EventType.NodeDataChanged, events.poll(10, TimeUnit.SECONDS).getType());
        }
    }

    @Test
    void client_overTlsWithThousandsOfRequestsUnderWay_isAnsweredForEach() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().tls(engines()).start(directory)) {
            ZooKeeper client = tree.connect(new LinkedBlockingQueue<>(), config(null));
            client.create("/a", new byte[1_000], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            int count = 6_000;
            CountDownLatch answered = new CountDownLatch(count);
            AtomicInteger right = new AtomicInteger();
            for (int i = 0; i < count; i++) {
                if (i % 10 == 0) {
                    client.setData(
                            "/a",
                            new byte[1_000 + i],
                            -1,
                            (code, path, context, stat) -> {
                                right.addAndGet(code == 0 ? 1 : 0);
                                answered.countDown();
                            },
                            null);
                } else {
                    client.getData(
                            "/a",
                            false,
                            (code, path, context, data, stat) -> {
                                right.addAndGet(code == 0 && data.length >= 1_000 ? 1 : 0);
                                answered.countDown();
                            },
                            null);
                }
            }
            assertTrue(answered.await(60, TimeUnit.SECONDS), answered::toString);
            assertEquals(count, right.get());
        }
    }

    @Test
    void client_inTheClearAtATlsPort_isSentAway() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().tls(engines()).start(directory);
                RawClient clear = new RawClient(tree.port());
                RawClient word = new RawClient(tree.port())) {
            clear.frame(new byte[44]);
            assertTrue(clear.isClosed());
            word.raw(bytes("ruok\n"));
            assertTrue(word.isClosed());
            assertEquals(
                    List.of("zookeeper"),
                    tree.connect(new LinkedBlockingQueue<>(), config(null)).getChildren("/", false));
        }
    }

    @Test
    void client_overTlsAtAPortInTheClear_isSentAway() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory);
                RawClient secure = new RawClient(tree.port())) {
            // The beginning of a client's first message.
            secure.raw(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3});
            assertTrue(secure.isClosed());
            assertEquals(List.of("zookeeper"), tree.connect().getChildren("/", false));
        }
    }

    @Test
    void word_overTls_isAnswered() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().tls(engines()).start(directory)) {
            X509Certificate made = (X509Certificate) store(server).getCertificate("key");
            Socket socket = TestCertificate.trusting(made).getSocketFactory().createSocket("127.0.0.1", tree.port());
            try (RawClient client = new RawClient(socket)) {
                assertEquals("imok", client.word("ruok"));
            }
        }
    }

    @Test
    void certificate_ofAnAccount_isThatAccount() throws Exception {
        TestCertificate ada = certificate("ada");
        TestCertificate root = certificate("root");
        try (RunningTree tree =
                new RunningTree.Setup().closedTo(KNOWN).tls(engines(ada, root)).start(directory)) {
            ZooKeeper user = tree.connect(new LinkedBlockingQueue<>(), config(ada));
            user.create("/hers", bytes("1"), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
            assertEquals(only("x509", "CN=ada"), user.getACL("/hers", new Stat()));
            user.create("/other", bytes("2"), only("x509", "CN=somebody"), CreateMode.PERSISTENT);
            assertThrows(KeeperException.NoAuthException.class, () -> user.getData("/other", false, null));
            assertArrayEquals(bytes("1"), user.getData("/hers", false, null));

            ZooKeeper admin = tree.connect(new LinkedBlockingQueue<>(), config(root));
            assertArrayEquals(bytes("2"), admin.getData("/other", false, null));

            ZooKeeper named = tree.connect(new LinkedBlockingQueue<>(), config(null));
            named.addAuthInfo("digest", bytes("ada:right"));
            assertThrows(KeeperException.NoAuthException.class, () -> named.getData("/hers", false, null));
        }
    }

    @Test
    void certificate_ofNobody_isNoAccount() throws Exception {
        TestCertificate mallory = certificate("mallory");
        try (RunningTree tree =
                new RunningTree.Setup().closedTo(KNOWN).tls(engines(mallory)).start(directory)) {
            ZooKeeper client = tree.connect(new LinkedBlockingQueue<>(), config(mallory));
            assertThrows(KeeperException.class, () -> client.getData("/", false, null));
        }
    }

    @Test
    void certificate_thatNobodyVouchesFor_isNotTaken() throws Exception {
        TestCertificate forged = new TestCertificate(Files.createDirectory(directory.resolve("forged")), "ada");
        try (RunningTree tree = new RunningTree.Setup()
                .closedTo(KNOWN)
                .tls(engines(certificate("ada")))
                .start(directory)) {
            ZooKeeper client = tree.connect(new LinkedBlockingQueue<>(), config(forged));
            assertThrows(KeeperException.class, () -> client.getData("/", false, null));
        }
    }
}
