package archipel.cli;

import java.io.PrintWriter;

/** Entry point of the {@code archipel} command. */
public final class Main {
    private Main() {}

    /** Ends with one of {@link ExitStatus}. */
    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        int status = CommandTree.of(System.getenv(), out, err).execute(arguments);
        out.flush();
        err.flush();
        if (status != ExitStatus.DONE.code()) {
            // Not exit: the JVM would load the whole logging system only to log that it exits.
            Runtime.getRuntime().halt(status);
        }
    }
}
