package archipel.cli;

import archipel.settings.Settings;
import java.io.PrintWriter;
import java.util.Map;

/** Entry point of the {@code archipel} command. */
public final class Main {
    private Main() {}

    /** Ends with one of {@link ExitStatus}. */
    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        int status;
        try {
            status = run(arguments, System.getenv(), out, err);
        } catch (RuntimeException | Error bug) {
            // Threads that were started by then would keep the process.
            err.print("archipel: ");
            bug.printStackTrace(err);
            status = ExitStatus.FAULTS.code();
        }
        out.flush();
        err.flush();
        if (status != ExitStatus.DONE.code()) {
            // Not exit: the JVM would load the whole logging system only to log that it exits.
            Runtime.getRuntime().halt(status);
        }
    }

    static int run(String[] arguments, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        Map<String, String> flags = QuickStart.flags(arguments);
        if (flags == null) {
            return CommandTree.of(environment, out, err).execute(arguments);
        }
        try {
            return new Serving(out).run(Settings.of(flags, environment)).code();
        } catch (RuntimeException failure) {
            return Failures.tell(failure, err).code();
        }
    }
}
