package archipel.load;

import archipel.report.ProcessTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JFR recording of a Java server while it is under load, by {@code jcmd}: it begins after start-up and warm-up, so
 * that neither is in the profile.
 */
final class FlightRecording implements Closeable {
    private static final String NAME = "load";
    private final long pid;
    private final Path file;

    private FlightRecording(long pid, Path file) {
        this.pid = pid;
        this.file = file;
    }

    /** @throws IOException when none of the processes is a Java one that lets us attach */
    static FlightRecording start(ProcessTree processes, Path file) throws IOException {
        long pid = processes
                .java()
                .orElseThrow(() -> new IOException("no Java process to record"))
                .pid();
        // Samples by processor time count native code (RocksDB, the kernel) too, which the older events leave out.
        String[] cpuTime = {"jdk.CPUTimeSample#enabled=true", "jdk.CPUTimeSample#throttle=1ms"};
        jcmd(pid, "JFR.start", "name=" + NAME, "settings=profile", cpuTime[0], cpuTime[1]);
        return new FlightRecording(pid, file.toAbsolutePath());
    }

    /** Where a workload's recording goes: the workload's name before the ending. */
    static Path file(Path base, String workload) {
        String name = base.getFileName().toString().replaceAll("\\.jfr$", "");
        return base.resolveSibling(name + "-" + workload + ".jfr");
    }

    /** Ends the recording and writes its file. */
    @Override
    public void close() throws IOException {
        jcmd(pid, "JFR.stop", "name=" + NAME, "filename=" + file);
    }

    private static void jcmd(long pid, String... arguments) throws IOException {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        ProcessBuilder builder = new ProcessBuilder(tool.toString(), Long.toString(pid));
        builder.command().addAll(List.of(arguments));
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("jcmd " + String.join(" ", arguments) + ": " + output.strip());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }
}
