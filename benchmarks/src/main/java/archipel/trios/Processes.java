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

    private final List<Process> started = new ArrayList<>();

    /** @param log gets what it prints */
    void start(Path log, List<String> command) throws IOException {
        started.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start());
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
