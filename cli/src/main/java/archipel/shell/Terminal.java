package archipel.shell;

import archipel.document.JsonBuffer;
import java.io.Console;
import java.io.InputStream;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/**
 * Where a command reads and writes.
 *
 * @param out for results
 * @param err for messages
 */
public record Terminal(InputStream in, PrintWriter out, PrintWriter err) {
    /** Whether somebody watches, for whom it is worth saying how far something is. */
    boolean isInteractive() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    void print(JsonBuffer line) {
        out.println(line);
    }

    void say(@Nullable String message) {
        err.println("archipel: " + message);
    }

    static String quoted(String text) {
        return new JsonBuffer().string(text).toString();
    }

    /** What others have written, on one line, and without what a terminal would obey. */
    static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(one -> line.appendCodePoint(Character.isISOControl(one) ? ' ' : one));
        return line.toString();
    }
}
