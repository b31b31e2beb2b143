package archipel.browser;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.conformance.FauxtonRelease;
import archipel.conformance.ScriptChecks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** CouchDB's console does its work with a node. */
final class FauxtonTest {
    @TempDir
    private Path directory;

    @TestFactory
    List<DynamicTest> console_inFrontOfANode_works() throws IOException, InterruptedException {
        Path release = FauxtonRelease.unpacked();
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory.resolve("server")))) {
            return ScriptChecks.of(
                    directory,
                    Map.of(),
                    "fauxton.mjs",
                    server.adminUrl(),
                    Chromium.find().toString(),
                    directory.resolve("profile").toString(),
                    release.toString());
        }
    }
}
