package archipel.cli;

import archipel.health.Descriptors;
import archipel.shell.ExitStatus;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Set;

/** Entry point of the {@code archipel} command. */
public final class Main {
    /** The commands that open the store, and with it many files. */
    private static final Set<String> OPENING_DATA = Set.of("serve", "check", "verify", "backup", "restore");

    private Main() {}

    /** Ends with one of {@link ExitStatus}. */
    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        // Loaded by now: where no more files can be opened, no class can be either.
        int done = ExitStatus.DONE.code();
        int status = ExitStatus.FAULTS.code();
        try {
            status = run(arguments, System.getenv(), out, err);
        } catch (RuntimeException | Error bug) {
            err.print("archipel: ");
            bug.printStackTrace(err);
        } finally {
            out.flush();
            err.flush();
            if (status != done) {
                // Threads that were started would keep the process. Not exit: the JVM would load the whole logging
                // system only to log that it exits.
                Runtime.getRuntime().halt(status);
            }
        }
    }

    static int run(String[] given, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        String[] arguments = withHelpFlag(given);
        if (arguments.length > 0 && OPENING_DATA.contains(arguments[0]) && Descriptors.limit() < Descriptors.NEEDED) {
            err.println("archipel: this process may open " + Descriptors.limit() + " files only, and needs "
                    + Descriptors.NEEDED + "; raise the limit (ulimit -n, or LimitNOFILE= where systemd starts it)");
            return ExitStatus.FILES.code();
        }
        try {
            ExitStatus status = QuickStart.run(arguments, environment, out, err);
            return status == null
                    ? CommandTree.of(arguments, environment, out, err).execute(arguments)
                    : status.code();
        } catch (RuntimeException failure) {
            return Failures.tell(failure, err).code();
        }
    }

    /** As many know it from other commands: {@code help} and {@code help COMMAND}. */
    private static String[] withHelpFlag(String... arguments) {
        if (arguments.length == 0 || arguments.length > 2 || !arguments[0].equals("help")) {
            return arguments;
        } else if (arguments.length == 1) {
            return new String[] {"--help"};
        }
        String command = arguments[1];
        return CommandTree.has(command) ? new String[] {command, "--help"} : new String[] {command};
    }
}
