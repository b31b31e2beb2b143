package archipel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.engine.Checker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What nano does with a node. */
final class NanoTest {
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final int SLOW_MS = 1_000;

    @TempDir
    private Path directory;

    @TestFactory
    List<DynamicTest> nano_againstANode_findsWhatItExpects() throws IOException, InterruptedException {
        List<DynamicTest> tests = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory));
                NodeScript script = NodeScript.start(directory, "nano.mjs", server.adminUrl())) {
            int checks = script.hear("checks", MOST).path("count").asInt();
            for (int i = 0; i < checks; i++) {
                JsonNode check = script.hear("check", MOST);
                String name = check.path("name").asString();
                String error = check.path("error").asString("");
                tests.add(dynamicTest(name, () -> assertEquals("", error)));
                if (check.path("ms").asInt() > SLOW_MS) {
                    System.out.println("nano: " + name + " took " + check.path("ms") + " ms");
                }
            }
            script.end(MOST);
            assertEquals(ServerProcess.TERMINATED, server.stop());
            List<String> faults = Checker.check(server.data());
            tests.add(dynamicTest("the data are whole", () -> assertEquals(List.of(), faults)));
        }
        assertTrue(tests.size() > 20, tests.size() + " checks");
        return tests;
    }
}
