package archipel.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.health.Health;
import archipel.http.RawClient.Answer;
import archipel.testkit.TestCertificate;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    @TempDir
    private Path directory;

    private final CountDownLatch watching = new CountDownLatch(1);
    private final CountDownLatch answerNow = new CountDownLatch(1);
    private final CountDownLatch gone = new CountDownLatch(1);

    private HttpServer start(TestCertificate pem) {
        HttpSettings settings = new HttpSettings() {
            @Override
            public Path tlsCertificate() {
                return pem.certificate;
            }

            @Override
            public Path tlsKey() {
                return pem.key;
            }
        };
        return BareServer.start(settings, new Health(), router -> {
            router.server("_origin", Access.ANYONE, "GET")
                    .get((request, answer) ->
                            answer.text(200, "text/plain", request.origin().getBytes()));
            router.server("_body", Access.ANYONE, "POST")
                    .post((request, answer) ->
                            answer.text(200, "text/plain", request.body().bytes()));
            router.server("_watch", Access.ANYONE, "GET").get(this::watch);
        });
    }

    /** Looks at its client until that has gone, or two looks after the test said so. */
    private void watch(Request request, archipel.http.Answer answer) throws IOException {
        watching.countDown();
        try {
            for (int looks = 0; looks < 2; looks += answerNow.getCount() == 0 ? 1 : 0) {
                LockSupport.parkNanos(
                        TimeUnit.MILLISECONDS.toNanos(answer.client().check()));
                answer.client().check();
            }
        } catch (EOFException e) {
            gone.countDown();
            throw e;
        }
        answer.text(200, "text/plain", "here".getBytes(StandardCharsets.US_ASCII));
    }

    private static HttpResponse<String> ask(HttpServer server, X509Certificate trusted, Version version)
            throws IOException, GeneralSecurityException, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder()
                .version(version)
                .sslContext(TestCertificate.trusting(trusted))
                .build()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + "/_origin"))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    @Test
    void https_bothVersions_areSpoken() throws Exception {
        for (String algorithm : new String[] {"EC", "RSA"}) {
            TestCertificate pem = new TestCertificate(directory);
            X509Certificate made = pem.make(algorithm);
            try (HttpServer server = start(pem)) {
                for (Version version : Version.values()) {
                    if (version == Version.HTTP_1_1 || version == Version.HTTP_2) {
                        HttpResponse<String> answer = ask(server, made, version);
                        assertEquals(version, answer.version());
                        assertEquals("https://127.0.0.1:" + server.port(), answer.body());
                    }
                }
            }
        }
    }

    @Test
    void https_http10Negotiated_isSpoken() throws Exception {
        TestCertificate pem = new TestCertificate(directory);
        X509Certificate made = pem.make("EC");
        try (HttpServer server = start(pem);
                SSLSocket socket = (SSLSocket)
                        TestCertificate.trusting(made).getSocketFactory().createSocket("127.0.0.1", server.port())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"http/1.0"});
            socket.setSSLParameters(parameters);
            socket.getOutputStream().write("GET /_origin HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            assertTrue(answer.endsWith("https://127.0.0.1:" + server.port()), answer);
        }
    }

    @Test
    void https_whateverOfItIsOffered_isNegotiated() throws Exception {
        TestCertificate pem = new TestCertificate(directory);
        X509Certificate made = pem.make("EC");
        Map<String, List<String>> chosen = Map.of(
                "http/1.1", List.of("http/1.1"),
                "h2", List.of("http/1.1", "h2"),
                "http/1.0", List.of("http/1.0"),
                "", List.of());
        try (HttpServer server = start(pem)) {
            for (Map.Entry<String, List<String>> choice : chosen.entrySet()) {
                try (SSLSocket socket = (SSLSocket)
                        TestCertificate.trusting(made).getSocketFactory().createSocket("127.0.0.1", server.port())) {
                    SSLParameters parameters = socket.getSSLParameters();
                    parameters.setApplicationProtocols(choice.getValue().toArray(String[]::new));
                    socket.setSSLParameters(parameters);
                    socket.startHandshake();
                    assertEquals(choice.getKey(), socket.getApplicationProtocol());
                }
            }
        }
    }

    @Test
    void https_http2LargeBody_comesBack() throws Exception {
        TestCertificate pem = new TestCertificate(directory);
        X509Certificate made = pem.make("EC");
        try (HttpServer server = start(pem);
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(TestCertificate.trusting(made))
                        .build()) {
            byte[] body = new byte[3_000_000];
            HttpResponse<byte[]> answer = client.send(
                    HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + "/_body"))
                            .POST(BodyPublishers.ofByteArray(body))
                            .build(),
                    BodyHandlers.ofByteArray());
            assertEquals(body.length, answer.body().length);
        }
    }

    private SSLSocket watched(X509Certificate trusted, HttpServer server) throws Exception {
        SSLSocket socket = (SSLSocket)
                TestCertificate.trusting(trusted).getSocketFactory().createSocket("127.0.0.1", server.port());
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write("GET /_watch HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertTrue(watching.await(1, TimeUnit.MINUTES));
        return socket;
    }

    @Test
    void https_clientGone_isNoticed() throws Exception {
        TestCertificate pem = new TestCertificate(directory);
        X509Certificate made = pem.make("EC");
        try (HttpServer server = start(pem)) {
            watched(made, server).close();
            assertTrue(gone.await(1, TimeUnit.MINUTES));
        }
    }

    @Test
    void https_nextRequestComesMeanwhile_isAnsweredAfterwards() throws Exception {
        TestCertificate pem = new TestCertificate(directory);
        X509Certificate made = pem.make("EC");
        try (HttpServer server = start(pem);
                SSLSocket socket = watched(made, server)) {
            socket.getOutputStream()
                    .write("GET /_origin HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            answerNow.countDown();
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answers.contains("\r\n\r\nhere"), answers);
            assertTrue(answers.endsWith("\r\n\r\nhttps://h"), answers);
            assertEquals(1, gone.getCount());
        }
    }

    @Test
    void certificate_replaced_isServedWithoutARestart() throws Exception {
        TestCertificate pem = new TestCertificate(directory);
        try (HttpServer server = start(pem)) {
            X509Certificate next = pem.make("RSA");
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .ignoreExceptions()
                    .until(() -> ask(server, next, Version.HTTP_2).statusCode() == 200);
            // What cannot be used changes nothing.
            Files.writeString(pem.key, "no key");
            Awaitility.await()
                    .during(Duration.ofSeconds(2))
                    .until(() -> ask(server, next, Version.HTTP_2).statusCode() == 200);
        }
    }

    @Test
    void plainHttpOnTlsPort_isExplained() throws Exception {
        try (HttpServer server = start(new TestCertificate(directory));
                RawClient client = new RawClient(server.port())) {
            Answer answer = client.get("/_origin");
            assertEquals(400, answer.status());
            assertEquals(
                    "{\"error\":\"bad_request\",\"reason\":\"This port speaks TLS; use https://.\"}\n", answer.text());
        }
    }

    @Test
    void files_unusable_areNamed() throws Exception {
        TestCertificate pem = new TestCertificate(directory);
        String good = Files.readString(pem.key);
        for (String bad : new String[] {
            "",
            good.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
            good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
        }) {
            Files.writeString(pem.key, bad);
            String said = assertThrows(UncheckedIOException.class, () -> start(pem))
                    .getCause()
                    .getMessage();
            assertTrue(said.contains(pem.key.toString()), said);
        }
        pem.make("EC");
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.copy(new TestCertificate(other).key, pem.key, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        String said = assertThrows(UncheckedIOException.class, () -> start(pem))
                .getCause()
                .getMessage();
        assertTrue(said.contains("the key is not that of the first certificate"), said);
        Files.delete(pem.key);
        said = assertThrows(UncheckedIOException.class, () -> start(pem))
                .getCause()
                .getMessage();
        assertTrue(said.contains("does not exist"), said);
    }
}
