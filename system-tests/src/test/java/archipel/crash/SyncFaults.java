package archipel.crash;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import archipel.cluster.DebianPackage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Lets some of a process's fsyncs fail as those of a broken disk do, and do nothing: libfiu, which is installed where
 * Debian's packages are to be had; without it the test is skipped.
 */
public final class SyncFaults {
    private static final Path LIBRARIES = Path.of("/usr/lib/fiu");
    private static final int EIO = 5;

    private final Path control;

    private SyncFaults(Path control) {
        this.control = control;
    }

    /** @param directory an empty one, by which processes are told what is to fail */
    public static SyncFaults in(Path directory) throws IOException, InterruptedException {
        boolean there;
        try {
            DebianPackage.program("fiu-utils", "/usr/bin/fiu-ctrl");
            there = Files.exists(LIBRARIES.resolve("fiu_posix_preload.so"));
        } catch (IllegalStateException e) {
            there = false;
        }
        assumeTrue(there, "there is no libfiu");
        return new SyncFaults(directory.resolve("fiu"));
    }

    /** What a process needs in its environment so that it can be told; nothing fails yet. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD",
                LIBRARIES.resolve("fiu_run_preload.so") + " " + LIBRARIES.resolve("fiu_posix_preload.so"),
                "FIU_CTRL_FIFO",
                control.toString());
    }

    /** From now on that part of the process's fsyncs fails, 0 to 1. */
    public void begin(long process, double part) throws IOException, InterruptedException {
        String faults = "enable_random name=posix/io/sync/*,probability=" + part + ",failinfo=" + EIO;
        int status = new ProcessBuilder(
                        "/usr/bin/fiu-ctrl", "-f", control.toString(), "-c", faults, Long.toString(process))
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IllegalStateException("fiu-ctrl ended with " + status);
        }
    }
}
