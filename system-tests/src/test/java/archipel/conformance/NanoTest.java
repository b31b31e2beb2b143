package archipel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.engine.Checker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What nano does with a node. */
final class NanoTest {
    @TempDir
    private Path directory;

    @TestFactory
    List<DynamicTest> nano_againstANode_findsWhatItExpects() throws IOException, InterruptedException {
        List<DynamicTest> tests = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory))) {
            tests.addAll(ScriptChecks.of(directory, Map.of(), "nano.mjs", server.adminUrl()));
            assertEquals(ServerProcess.TERMINATED, server.stop());
            List<String> faults = Checker.check(server.data());
            tests.add(dynamicTest("the data are whole", () -> assertEquals(List.of(), faults)));
        }
        assertTrue(tests.size() > 20, tests.size() + " checks");
        return tests;
    }
}
