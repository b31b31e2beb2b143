package archipel.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** How many files and sockets this process, and those it starts, may have open. */
final class OpenFiles {
    private OpenFiles() {}

    /**
     * Makes it at least so many. The JVM has raised the limit as far as it may by itself; root may go further.
     *
     * @throws IllegalStateException where that is not allowed
     */
    static void allow(int count) throws IOException, InterruptedException {
        String limits = Files.readString(Path.of("/proc/self/limits"));
        String[] words = limits.lines()
                .filter(line -> line.startsWith("Max open files"))
                .findFirst()
                .orElseThrow()
                .split("\\s+");
        String soft = words[3];
        if (!soft.equals("unlimited") && Integer.parseInt(soft) < count) {
            String pid = Long.toString(ProcessHandle.current().pid());
            Command.run(
                    "this test needs " + count + " open files, and the limit is " + soft + " (ulimit -n)",
                    Path.of("/"),
                    Duration.ofSeconds(10),
                    Map.of(),
                    "prlimit",
                    "--pid",
                    pid,
                    "--nofile=" + count + ":" + count);
        }
    }
}
