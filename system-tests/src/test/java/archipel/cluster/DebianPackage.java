package archipel.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Programs that tests need besides the JDK: those that are there, or Debian's. */
public final class DebianPackage {
    private static final Duration MOST = Duration.ofMinutes(5);

    private DebianPackage() {}

    /**
     * The first of these programs that is there, after installing the package where none is (as root).
     *
     * @param programs absolute paths
     * @throws IllegalStateException where it cannot be had
     */
    public static synchronized Path program(String packageName, String... programs)
            throws IOException, InterruptedException {
        Path installed = installed(programs);
        if (installed != null) {
            return installed;
        }
        System.out.println("installing " + packageName + " for the system tests");
        String purpose = "the system tests need " + String.join(" or ", programs)
                + ", which cannot be installed from Debian's packages";
        Path anywhere = Path.of("/");
        Map<String, String> environment = Map.of("DEBIAN_FRONTEND", "noninteractive");
        Command.run(purpose, anywhere, MOST, environment, "apt-get", "update", "-qq");
        String[] install = {"apt-get", "install", "-y", "-qq", "--no-install-recommends", packageName};
        Command.run(purpose, anywhere, MOST, environment, install);
        Path now = installed(programs);
        if (now == null) {
            throw new IllegalStateException(purpose + ": there is none after apt-get install " + packageName);
        }
        return now;
    }

    private static @Nullable Path installed(String... programs) {
        return List.of(programs).stream()
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }
}
