package archipel.conformance;

import archipel.cluster.Command;
import archipel.cluster.DebianPackage;
import archipel.cluster.LoopbackPort;
import archipel.cluster.ServerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A proxy in front of a node, with TLS and the configuration of {@code docs/proxies}: but for the addresses and the
 * certificate, it is the very file.
 */
final class ReverseProxy implements AutoCloseable {
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final String NODE = "127.0.0.1:5984";
    private static final String CERTIFICATES = "/etc/ssl/archipel/";

    private final Process process;
    private final Path directory;
    private final int port;

    /** Which proxy. */
    enum Kind {
        NGINX,
        HAPROXY,
        CADDY
    }

    private ReverseProxy(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /**
     * Starts one and waits until it can be connected to.
     *
     * @param directory its own; it has to be there
     * @throws IllegalStateException with what it printed, where it does not come up
     */
    static ReverseProxy start(Kind kind, Path directory, int nodePort) throws IOException, InterruptedException {
        makeCertificate(directory);
        int port = LoopbackPort.free();
        List<String> command = switch (kind) {
            case NGINX -> nginx(directory, port, nodePort);
            case HAPROXY -> haproxy(directory, port, nodePort);
            case CADDY -> caddy(directory, port, nodePort);
        };
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("proxy.log").toFile());
        builder.environment().put("XDG_DATA_HOME", directory.toString());
        builder.environment().put("XDG_CONFIG_HOME", directory.toString());
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        ReverseProxy proxy = new ReverseProxy(process, directory, port);
        proxy.awaitListening();
        return proxy;
    }

    private static List<String> nginx(Path directory, int port, int nodePort) throws IOException, InterruptedException {
        Path program = DebianPackage.program("nginx-light", "/usr/sbin/nginx");
        String site = replaced(
                configuration("nginx.conf", directory, nodePort), "listen 443 ", "listen 127.0.0.1:" + port + " ");
        Files.writeString(directory.resolve("site.conf"), site);
        // What stands around the file of a site on Debian, without what needs the system's directories.
        StringBuilder main = new StringBuilder("daemon off;\nuser root;\npid nginx.pid;\nevents {}\nhttp {\n");
        main.append("access_log off;\n");
        for (String temporary : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            main.append(temporary).append("_temp_path ").append(temporary).append(";\n");
        }
        main.append("include site.conf;\n}\n");
        Path file = Files.writeString(directory.resolve("nginx.conf"), main);
        return List.of(program.toString(), "-p", directory.toString(), "-c", file.toString(), "-e", "stderr");
    }

    private static List<String> haproxy(Path directory, int port, int nodePort)
            throws IOException, InterruptedException {
        Path program = DebianPackage.program("haproxy", "/usr/sbin/haproxy");
        String text = replaced(
                configuration("haproxy.cfg", directory, nodePort), "bind :443 ", "bind 127.0.0.1:" + port + " ");
        Path file = Files.writeString(directory.resolve("haproxy.cfg"), text);
        return List.of(program.toString(), "-db", "-f", file.toString());
    }

    private static List<String> caddy(Path directory, int port, int nodePort) throws IOException, InterruptedException {
        Path program = DebianPackage.program("caddy", "/usr/bin/caddy");
        String text = replaced(
                configuration("Caddyfile", directory, nodePort), "https://localhost", "https://localhost:" + port);
        Path file = Files.writeString(
                directory.resolve("Caddyfile"), "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + text);
        return List.of(program.toString(), "run", "--config", file.toString(), "--adapter", "caddyfile");
    }

    private static String configuration(String name, Path directory, int nodePort) throws IOException {
        Path file = NodePackages.directory().resolve("../../docs/proxies").resolve(name);
        String text = Files.readString(file);
        text = replaced(text, NODE, "127.0.0.1:" + nodePort);
        text = replaced(text, CERTIFICATES, directory + "/");
        return text.replace("db.example.org", "localhost");
    }

    private static String replaced(String text, String part, String by) {
        if (!text.contains(part)) {
            throw new IllegalStateException("docs/proxies no longer has " + part);
        }
        return text.replace(part, by);
    }

    private static void makeCertificate(Path directory) throws IOException, InterruptedException {
        Path program = DebianPackage.program("openssl", "/usr/bin/openssl");
        Command.run(
                "cannot make a certificate",
                directory,
                MOST,
                Map.of(),
                program.toString(),
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                "key.pem",
                "-out",
                "certificate.pem");
        String both =
                Files.readString(directory.resolve("certificate.pem")) + Files.readString(directory.resolve("key.pem"));
        Files.writeString(directory.resolve("both.pem"), both);
    }

    private void awaitListening() throws IOException {
        try {
            Awaitility.await()
                    .atMost(MOST)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(50))
                    .until(this::isListening);
        } catch (ConditionTimeoutException _) {
            close();
            throw new IllegalStateException("the proxy does not listen; it says:\n" + printed());
        }
    }

    private boolean isListening() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("the proxy ended; it says:\n" + printed());
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException _) {
            return false;
        }
    }

    private String printed() throws IOException {
        return Files.readString(directory.resolve("proxy.log"));
    }

    /** With the admin's name and password, and without a slash at the end. */
    String adminUrl() {
        return "https://" + ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD + "@localhost:" + port;
    }

    /** Without a slash at the end. */
    String url() {
        return "https://localhost:" + port;
    }

    /** Trusts the proxy's certificate. */
    SSLContext trusted() throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream pem = Files.newInputStream(directory.resolve("certificate.pem"))) {
            trusted.setCertificateEntry(
                    "proxy", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    /** Lets Node trust the proxy's certificate. */
    Map<String, String> environment() {
        return Map.of(
                "NODE_EXTRA_CA_CERTS", directory.resolve("certificate.pem").toString());
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
