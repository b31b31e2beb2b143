package archipel.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A command that prepares something for the tests: run to its end, or the tests cannot go on. */
public final class Command {
    private Command() {}

    /**
     * Runs it in that directory.
     *
     * @param purpose begins the message of what is thrown, such as "cannot install chromium"
     * @throws IllegalStateException with the end of what it printed, when it fails or takes too long
     */
    public static void run(
            String purpose, Path directory, Duration most, Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        String line = String.join(" ", words);
        Path printed = Files.createTempFile("command", ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(words)
                    .directory(directory.toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(printed.toFile());
            builder.environment().putAll(environment);
            Process process = start(purpose, builder);
            if (!process.waitFor(most.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(purpose + ": " + line + " takes over " + most.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                List<String> lines = Files.readAllLines(printed);
                String end = String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
                throw new IllegalStateException(
                        purpose + ": " + line + " ended with " + process.exitValue() + "\n" + end);
            }
        } finally {
            Files.delete(printed);
        }
    }

    private static Process start(String purpose, ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new IllegalStateException(
                    purpose + ": there is no " + builder.command().getFirst() + " here", e);
        }
    }
}
