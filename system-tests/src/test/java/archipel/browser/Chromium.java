package archipel.browser;

import archipel.cluster.DebianPackage;
import java.io.IOException;
import java.nio.file.Path;

/** The browser of the tests: the one that is there, or Debian's. */
final class Chromium {
    private Chromium() {}

    /**
     * Its path, after installing it where it is missing (as root).
     *
     * @throws IllegalStateException where it cannot be had
     */
    static Path find() throws IOException, InterruptedException {
        return DebianPackage.program(
                "chromium", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");
    }
}
