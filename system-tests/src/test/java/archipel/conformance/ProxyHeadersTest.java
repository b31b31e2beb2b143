package archipel.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whom a node takes clients for that name themselves in headers, behind the files of {@code docs/proxies}. */
final class ProxyHeadersTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void session_clientNamesItself_isNobodyBehindTheProxy(ReverseProxy.Kind kind)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path own = Files.createDirectories(directory.resolve("proxy"));
        ServerOptions options =
                ServerOptions.in(directory.resolve("server")).with("authentication_handlers", "proxy, cookie, default");
        try (ServerProcess server = ServerProcess.start(options);
                ReverseProxy proxy = ReverseProxy.start(kind, own, server.port());
                HttpClient client =
                        HttpClient.newBuilder().sslContext(proxy.trusted()).build()) {
            String direct = session(client, server.url());
            assertTrue(direct.contains("\"name\":\"eve\"") && direct.contains("_admin"), direct);
            String behind = session(client, proxy.url());
            assertTrue(behind.contains("\"name\":null,\"roles\":[]"), behind);
        }
    }

    private static String session(HttpClient client, String url) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/_session"))
                .header("X-Auth-CouchDB-UserName", "eve")
                .header("X-Auth-CouchDB-Roles", "_admin")
                .header("X-Auth-CouchDB-Token", "00")
                .build();
        return client.send(request, BodyHandlers.ofString()).body();
    }
}
