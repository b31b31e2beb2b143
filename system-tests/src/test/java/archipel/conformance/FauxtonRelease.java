package archipel.conformance;

import archipel.cluster.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/**
 * The pages of Fauxton, from its npm package. It is unpacked and not installed, since what it depends on is for
 * building these pages, and takes half a gigabyte.
 */
public final class FauxtonRelease {
    private static final String VERSION = "1.2.6";
    /** As npm's registry has it: base64 of the package's SHA-512. */
    private static final String INTEGRITY =
            "5ZwPKqstwmQclSHifWBmbyzlBOLoBB3gssGaiEFLPcIzHO0Zxz+uPr/D/Fs6DGH7Hfohw7s6zqcjwU9CRcshfw==";

    private static final Duration MOST = Duration.ofMinutes(5);
    private static final String PURPOSE = "cannot get Fauxton from the npm registry";

    private FauxtonRelease() {}

    /** The directory with {@code index.html}, after fetching it where it is missing. */
    public static synchronized Path unpacked() throws IOException, InterruptedException {
        Path target =
                NodePackages.directory().resolve("../target/fauxton-" + VERSION).normalize();
        Path release = target.resolve("package/dist/release");
        if (!Files.exists(release.resolve("index.html"))) {
            System.out.println("fetching Fauxton for the browser tests");
            Files.createDirectories(target);
            Command.run(PURPOSE, target, MOST, Map.of(), "npm", "pack", "--silent", "fauxton@" + VERSION);
            Path archive = target.resolve("fauxton-" + VERSION + ".tgz");
            String integrity = sha512(archive);
            if (!integrity.equals(INTEGRITY)) {
                throw new IllegalStateException(PURPOSE + ": its SHA-512 is " + integrity);
            }
            Command.run(PURPOSE, target, MOST, Map.of(), "tar", "-xzf", archive.toString());
        }
        return release;
    }

    private static String sha512(Path file) throws IOException {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(file));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException(absent);
        }
    }
}
