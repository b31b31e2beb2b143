package archipel.report;

import java.util.List;
import picocli.CommandLine;

/** Tells whoever has called a driver of what went wrong in a sentence, where that is nobody's bug. */
public final class KnownFailures implements CommandLine.IExecutionExceptionHandler {
    private final String driver;
    private final List<Class<? extends Exception>> known;

    /** @param driver its name, which begins the sentence */
    public KnownFailures(String driver, List<Class<? extends Exception>> known) {
        this.driver = driver;
        this.known = List.copyOf(known);
    }

    @Override
    public int handleExecutionException(Exception failed, CommandLine command, CommandLine.ParseResult result)
            throws Exception {
        if (known.stream().anyMatch(kind -> kind.isInstance(failed))) {
            System.err.println(driver + ": " + failed.getMessage());
            return 1;
        }
        throw failed;
    }
}
