package archipel.witness;

import archipel.testimony.Analyser;
import archipel.testimony.Recording;
import archipel.testimony.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** The command: runs clients against a node and tells what their record proves. */
public final class HistoryCheck {
    private static final int VIOLATED = 1;
    private static final int UNPROVED = 2;
    private static final int USAGE = 64;
    private static final int UNAVAILABLE = 69;

    private HistoryCheck() {}

    public static void main(String[] arguments) throws InterruptedException {
        System.exit(run(List.of(arguments)));
    }

    static int run(List<String> arguments) throws InterruptedException {
        try {
            Options options = Options.parse(arguments);
            URI url = options.url();
            if (options.has("help")) {
                System.out.print(Options.USAGE);
                return 0;
            }
            return url == null ? prove(options.analysed(), options) : check(options.plan(url), options);
        } catch (IllegalArgumentException e) {
            System.err.println("history-check: " + e.getMessage() + "\n");
            System.err.print(Options.USAGE);
            return USAGE;
        } catch (IOException | UncheckedIOException e) {
            System.err.println("history-check: " + e.getMessage());
            return UNAVAILABLE;
        }
    }

    private static int check(Plan plan, Options options) throws IOException, InterruptedException {
        long events = new Run(plan).run();
        System.out.printf(
                "%,d requests in %d s on record in %s%n", events, plan.length().toSeconds(), plan.record());
        return prove(plan.record(), options);
    }

    private static int prove(Path record, Options options) {
        Report report = Analyser.analyse(Recording.of(record), !options.has("replica"));
        System.out.println(report);
        if (!report.isClean()) {
            return VIOLATED;
        }
        if (!report.unproved().isEmpty()) {
            System.out.println("NOT PROVED, for there were none: " + String.join("; ", report.unproved()));
            return UNPROVED;
        }
        return 0;
    }
}
