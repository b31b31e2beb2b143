package archipel.trios;

import archipel.report.ProcessTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Processes of somebody else's server that were started here, and are stopped by their own ids. */
final class Processes implements AutoCloseable {
    private static final Duration MOST_TO_STOP = Duration.ofSeconds(20);

    private final List<ProcessBuilder> commands = new ArrayList<>();
    private final List<Process> started = new ArrayList<>();

    /** @param log gets what it prints */
    void start(Path log, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        started.add(builder.start());
        commands.add(builder);
    }

    /** @param number in the order in which they were started */
    void kill(int number) {
        started.get(number).destroyForcibly();
        try {
            started.get(number).waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts one again that has ended. */
    void restart(int number) throws IOException {
        started.set(number, commands.get(number).start());
    }

    /** @throws IOException where one has ended */
    void requireAlive() throws IOException {
        for (Process process : started) {
            if (!process.isAlive()) {
                throw new IOException("a server ended with " + process.exitValue() + "; its log is gone with its data");
            }
        }
    }

    List<ProcessTree> trees() {
        return started.stream()
                .map(process -> ProcessTree.of(process.toHandle()))
                .toList();
    }

    @Override
    public void close() {
        started.forEach(Process::destroy);
        for (Process process : started) {
            try {
                if (!process.waitFor(MOST_TO_STOP.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
            }
        }
    }
}
