package archipel.cli;

import archipel.engine.Backup;
import java.io.PrintWriter;

/** Shows how far a backup has come, where that has changed. */
final class CopyProgress implements Backup.Progress {
    private final PrintWriter out;
    private String shown = "";

    CopyProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void at(long bytes, long of) {
        show(of > 0 ? bytes + " of " + of + " bytes written (" + 100 * bytes / of + " %)" : bytes + " bytes written");
    }

    void show(String line) {
        if (!line.equals(shown)) {
            shown = line;
            out.println(line);
        }
    }
}
