package archipel.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Map;

/**
 * Commands that end at once, for the JVM to learn from at build time, as {@link TrainingRun} is for nodes. They have a
 * cache of their own: to read that of a node takes longer than all that they do.
 */
public final class CommandTraining {
    /** Nothing listens on the port, so that a command that asks a node is learned up to the answer. */
    private static final List<String> LINES = List.of(
            "version",
            "settings",
            "settings --port 1 --help",
            "serve --help",
            "backups --help",
            "--help",
            "sevre",
            "serve --prot 1",
            "verify http://127.0.0.1:1/");

    private CommandTraining() {}

    /** @param arguments none */
    public static void main(String[] arguments) {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        for (String line : LINES) {
            Main.run(line.split(" "), Map.of("ARCHIPEL_ADMIN_PASSWORD", "training"), nowhere, nowhere);
        }
    }
}
