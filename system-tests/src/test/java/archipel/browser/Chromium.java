package archipel.browser;

import archipel.cluster.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The browser of the tests: the one that is there, or Debian's. */
final class Chromium {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Duration MOST = Duration.ofMinutes(5);
    private static final String PURPOSE =
            "the browser tests need Chromium in /usr/bin, and it cannot be installed from Debian's packages";

    private Chromium() {}

    /**
     * Its path, after installing it where it is missing (as root).
     *
     * @throws IllegalStateException where it cannot be had
     */
    static synchronized Path find() throws IOException, InterruptedException {
        Path installed = installed();
        if (installed != null) {
            return installed;
        }
        System.out.println("installing chromium for the browser tests");
        Path anywhere = Path.of("/");
        Map<String, String> environment = Map.of("DEBIAN_FRONTEND", "noninteractive");
        Command.run(PURPOSE, anywhere, MOST, environment, "apt-get", "update", "-qq");
        Command.run(
                PURPOSE,
                anywhere,
                MOST,
                environment,
                "apt-get",
                "install",
                "-y",
                "-qq",
                "--no-install-recommends",
                "chromium");
        Path now = installed();
        if (now == null) {
            throw new IllegalStateException(PURPOSE + ": there is none after apt-get install chromium");
        }
        return now;
    }

    private static @Nullable Path installed() {
        return NAMES.stream()
                .map(name -> Path.of("/usr/bin", name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }
}
