package archipel.cli;

/** Prints the version of Archipel and of the Java that runs it. */
final class VersionCommand extends CliCommand {
    VersionCommand() {
        super("version", "Prints the version of Archipel and of the Java that runs it.");
        endsWith(ExitStatus.WITHOUT_DATA);
    }

    @Override
    ExitStatus run() {
        out().println("archipel " + version() + " (Java " + Runtime.version() + ")");
        return ExitStatus.DONE;
    }

    /** As the jar's manifest has it. */
    static String version() {
        String version = VersionCommand.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }
}
