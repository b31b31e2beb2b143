package archipel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.engine.Checker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What people's clients do with a node: directly, and through each proxy of {@code docs/proxies}. */
final class ClientsTest {
    private static final List<String> SCRIPTS =
            List.of("nano.mjs", "pouchdb.mjs", "rxdb.mjs", "cloudant.mjs", "copies.mjs");

    @TempDir
    private Path directory;

    @TestFactory
    List<DynamicTest> clients_directly_findWhatTheyExpect() throws IOException, InterruptedException {
        List<DynamicTest> tests = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory.resolve("server")))) {
            // That of nano is a test of its own.
            for (String script : SCRIPTS.subList(1, SCRIPTS.size())) {
                tests.addAll(run(script, Map.of(), server.adminUrl()));
            }
            assertEquals(ServerProcess.TERMINATED, server.stop());
            List<String> faults = Checker.check(server.data());
            tests.add(dynamicTest("the data are whole", () -> assertEquals(List.of(), faults)));
        }
        return tests;
    }

    @TestFactory
    List<DynamicTest> clients_throughNginx_findWhatTheyExpect() throws IOException, InterruptedException {
        return through(ReverseProxy.Kind.NGINX);
    }

    @TestFactory
    List<DynamicTest> clients_throughHaproxy_findWhatTheyExpect() throws IOException, InterruptedException {
        return through(ReverseProxy.Kind.HAPROXY);
    }

    @TestFactory
    List<DynamicTest> clients_throughCaddy_findWhatTheyExpect() throws IOException, InterruptedException {
        return through(ReverseProxy.Kind.CADDY);
    }

    private List<DynamicTest> through(ReverseProxy.Kind kind) throws IOException, InterruptedException {
        Path own = Files.createDirectories(directory.resolve("proxy"));
        List<DynamicTest> tests = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory.resolve("server")));
                ReverseProxy proxy = ReverseProxy.start(kind, own, server.port())) {
            for (String script : SCRIPTS) {
                tests.addAll(run(script, proxy.environment(), proxy.adminUrl()));
            }
            assertEquals(ServerProcess.TERMINATED, server.stop());
        }
        return tests;
    }

    private List<DynamicTest> run(String script, Map<String, String> environment, String url)
            throws IOException, InterruptedException {
        Path own = Files.createDirectories(directory.resolve("scripts").resolve(script));
        return ScriptChecks.of(own, environment, script, url, own.toString());
    }
}
