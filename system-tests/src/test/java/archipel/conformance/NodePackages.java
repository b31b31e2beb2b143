package archipel.conformance;

import archipel.cluster.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** What the scripts import, in the versions that the lock file names. */
final class NodePackages {
    private static final Duration MOST = Duration.ofMinutes(5);

    private NodePackages() {}

    /**
     * Installs them where they are missing or older than the lock file; they come from the npm registry, none of their
     * scripts is run. Returns the directory of the scripts.
     */
    static synchronized Path install() throws IOException, InterruptedException {
        Path directory = directory();
        Path lock = directory.resolve("package-lock.json");
        Path installed = directory.resolve("node_modules/.package-lock.json");
        if (!Files.exists(installed) || !isNewer(installed, lock)) {
            System.out.println("installing the npm packages of the system tests");
            String purpose = "cannot install the npm packages of the system tests (they need Node 20 or newer)";
            String tooOld = "process.exit(process.versions.node.split('.')[0] < 20 ? 1 : 0)";
            Command.run(purpose, directory, MOST, Map.of(), "node", "-e", tooOld);
            Command.run(purpose, directory, MOST, Map.of(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            Files.setLastModifiedTime(installed, FileTime.from(Instant.now()));
        }
        return directory;
    }

    private static boolean isNewer(Path file, Path than) throws IOException {
        return Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(than)) > 0;
    }

    /** Of the scripts; nothing is installed there yet. */
    static Path directory() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("system-tests/node/package.json"))) {
            root = root.getParent();
            if (root == null) {
                throw new IllegalStateException(
                        "not inside a checkout: " + Path.of("").toAbsolutePath());
            }
        }
        return root.resolve("system-tests/node");
    }
}
