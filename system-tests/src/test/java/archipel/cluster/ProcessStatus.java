package archipel.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux tells of a process.
 *
 * @param residentKib memory it holds now
 * @param threads of the operating system
 */
record ProcessStatus(long residentKib, int threads) {
    static ProcessStatus of(ServerProcess server) throws IOException {
        String status = Files.readString(Path.of("/proc", Long.toString(server.pid()), "status"));
        return new ProcessStatus(number(status, "VmRSS:"), Math.toIntExact(number(status, "Threads:")));
    }

    private static long number(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> Long.parseLong(
                        line.substring(name.length()).replace("kB", "").strip()))
                .findFirst()
                .orElseThrow();
    }
}
