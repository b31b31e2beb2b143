package archipel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import tools.jackson.databind.JsonNode;

/** A script of {@code system-tests/node} that makes named checks: each becomes a test. */
public final class ScriptChecks {
    private static final Duration MOST = Duration.ofMinutes(5);
    private static final int SLOW_MS = 2_000;

    private ScriptChecks() {}

    /**
     * Runs the script to its end.
     *
     * @param scratch where its error stream is kept
     * @param environment set for it, besides what it inherits
     */
    public static List<DynamicTest> of(Path scratch, Map<String, String> environment, String name, String... arguments)
            throws IOException, InterruptedException {
        List<DynamicTest> tests = new ArrayList<>();
        try (NodeScript script = NodeScript.start(scratch, environment, name, arguments)) {
            int checks = script.hear("checks", MOST).path("count").asInt();
            for (int i = 0; i < checks; i++) {
                JsonNode check = script.hear("check", MOST);
                String title = name + ": " + check.path("name").asString();
                String error = check.path("error").asString("");
                tests.add(dynamicTest(title, () -> assertEquals("", error)));
                if (check.path("ms").asInt() > SLOW_MS) {
                    System.out.println(title + " took " + check.path("ms") + " ms");
                }
            }
            script.end(MOST);
        }
        return tests;
    }
}
