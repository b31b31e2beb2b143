package archipel.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A script of {@code system-tests/node} at work. It says one JSON object a line, and hears one word a line; what it
 * writes to its error stream goes to a file, and into the message when it fails.
 */
public final class NodeScript implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String END = "";

    private final String name;
    private final Process process;
    private final Path errors;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private NodeScript(String name, Process process, Path errors) {
        this.name = name;
        this.process = process;
        this.errors = errors;
    }

    /**
     * Starts it.
     *
     * @param scratch where its error stream is kept
     * @throws IllegalStateException where Node or the packages it needs cannot be had
     */
    public static NodeScript start(Path scratch, String name, String... arguments)
            throws IOException, InterruptedException {
        return start(scratch, Map.of(), name, arguments);
    }

    /** The same with these environment variables, besides those it inherits. */
    static NodeScript start(Path scratch, Map<String, String> environment, String name, String... arguments)
            throws IOException, InterruptedException {
        Path directory = NodePackages.install();
        List<String> command = new ArrayList<>(List.of("node", name));
        command.addAll(List.of(arguments));
        Path errors = scratch.resolve(name + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        NodeScript script = new NodeScript(name, process, errors);
        Thread.ofVirtual().name(name).start(script::read);
        return script;
    }

    private void read() {
        try (BufferedReader reader = process.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
            lines.add(END);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The next thing it says.
     *
     * @throws AssertionError when it ends or says nothing before time is up
     */
    public JsonNode hear(Duration most) throws IOException, InterruptedException {
        String line = lines.poll(most.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null) {
            throw new AssertionError(name + " says nothing for " + most.toSeconds() + " s\n" + errors());
        }
        if (line.equals(END)) {
            throw new AssertionError(name + " ended with " + process.waitFor() + "\n" + errors());
        }
        return JSON.readTree(line);
    }

    /** The next thing it says, which has to have this as its {@code step}. */
    public JsonNode hear(String step, Duration most) throws IOException, InterruptedException {
        JsonNode said = hear(most);
        if (!said.path("step").asString().equals(step)) {
            throw new AssertionError(name + " should say " + step + ", and says " + said);
        }
        return said;
    }

    /** Tells it a word. */
    public void tell(String word) throws IOException {
        process.outputWriter().write(word + "\n");
        process.outputWriter().flush();
    }

    /** Waits until it ends well, having nothing more to say. */
    public void end(Duration most) throws IOException, InterruptedException {
        String line = lines.poll(most.toMillis(), TimeUnit.MILLISECONDS);
        if (!END.equals(line) || process.waitFor() != 0) {
            throw new AssertionError(name + " should have ended, and says " + line + "\n" + errors());
        }
    }

    private String errors() throws IOException {
        return Files.readString(errors);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
