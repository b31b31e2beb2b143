package archipel.cli;

import archipel.shell.ExitStatus;
import java.io.PrintWriter;

/** The version of Archipel and of the Java that runs it. */
final class Version {
    private Version() {}

    static ExitStatus print(PrintWriter out) {
        out.println("archipel " + ofArchipel() + " (Java " + Runtime.version() + ")");
        return ExitStatus.DONE;
    }

    /** As the jar's manifest has it. */
    static String ofArchipel() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }
}
