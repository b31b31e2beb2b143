package archipel.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** What one command line did, run in this process. */
record Run(int status, String out, String err) {
    static Run of(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Main.run(arguments, environment, new PrintWriter(out, true), new PrintWriter(err, true));
        return new Run(status, out.toString(), err.toString());
    }

    static Run of(String... arguments) {
        return of(Map.of(), arguments);
    }
}
