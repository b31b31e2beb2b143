package archipel.cli;

import archipel.settings.Settings;
import archipel.shell.ExitStatus;
import java.io.PrintWriter;

/** Every setting with its value and where that came from, a line each. */
final class SettingsListing {
    private static final int NAME_WIDTH = 34;
    private static final int VALUE_WIDTH = 30;

    private SettingsListing() {}

    static ExitStatus print(Settings settings, PrintWriter out, PrintWriter err) {
        StringBuilder lines = new StringBuilder();
        for (Settings.Resolved<?> resolved : settings.all()) {
            add(lines, resolved.setting().name(), NAME_WIDTH);
            add(lines, resolved.shown().isEmpty() ? "-" : resolved.shown(), VALUE_WIDTH);
            lines.append(resolved.source().word()).append(System.lineSeparator());
        }
        out.print(lines);
        out.flush();
        for (String warning : settings.warnings()) {
            err.println("archipel: " + warning);
        }
        return ExitStatus.DONE;
    }

    /** Not by printf: its patterns take longer than everything else that the command does. */
    private static void add(StringBuilder lines, String text, int width) {
        lines.append(text).repeat(' ', Math.max(0, width - text.length())).append(' ');
    }
}
