package archipel.witness;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@link HistoryCheck}.
 *
 * @param url null to analyse a record that is there
 */
record Options(@Nullable URI url, Map<String, String> given) {
    static final String USAGE = """
            Usage: ./dev history-check URL [OPTIONS]
                   ./dev history-check --analyse FILE [--replica]

            Lets clients write to the node, poll it and page through it, puts all they see on record, and proves from
            the record that none of them saw time go back. The URL has the name and password of an admin in it where
            the node asks for such, as in http://admin:secret@127.0.0.1:5984. The node may be killed and restarted
            meanwhile.

              --seconds N        how long (30)
              --seed N           what each client does (1)
              --writers N        (4)
              --pollers N        (4)
              --pagers N         (3)
              --repeaters N      clients that read again what was read before (2)
              --documents N      that are written one by one and in bulk (60)
              --groups N         of 4 documents that are written atomically (8)
              --per-second N     requests of each client (50)
              --horizon N        blocks that the database is told to keep; older ones go while they are read
              --away N           seconds for which the node may not answer (60)
              --database NAME    that is made, and dropped at the end (history-check)
              --keep             do not drop it
              --record FILE      where the record goes (history-check.jsonl)
              --analyse FILE     no run, only the proof
              --replica          a plain read may be older than what others have seen, as with several nodes

            Ends with 0 when all is proved, 1 on a violation, 2 when there was too little to go on, 69 without a node.
            """;

    private static final List<String> WITH_VALUE = List.of(
            "seconds",
            "seed",
            "writers",
            "pollers",
            "pagers",
            "repeaters",
            "documents",
            "groups",
            "per-second",
            "away",
            "horizon",
            "database",
            "record",
            "analyse");
    private static final List<String> WITHOUT_VALUE = List.of("keep", "replica", "help");

    /** @throws IllegalArgumentException with what is wrong, for the user */
    static Options parse(List<String> arguments) {
        URI url = null;
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            String name = argument.startsWith("--") ? argument.substring(2) : "";
            if (WITHOUT_VALUE.contains(name)) {
                given.put(name, "");
            } else if (WITH_VALUE.contains(name)) {
                if (++i == arguments.size()) {
                    throw new IllegalArgumentException(argument + " needs a value");
                }
                given.put(name, arguments.get(i));
            } else if (argument.startsWith("-") || url != null) {
                throw new IllegalArgumentException("there is no option " + argument);
            } else {
                url = url(argument);
            }
        }
        if (url == null && !given.containsKey("analyse") && !given.containsKey("help")) {
            throw new IllegalArgumentException("a URL is missing");
        }
        return new Options(url, given);
    }

    private static URI url(String text) {
        try {
            URI url = new URI(text);
            if (url.getHost() != null
                    && url.getScheme() != null
                    && url.getScheme().startsWith("http")) {
                return url;
            }
        } catch (URISyntaxException _) {
            // Said below.
        }
        throw new IllegalArgumentException("no URL: " + text);
    }

    boolean has(String name) {
        return given.containsKey(name);
    }

    private int number(String name, int otherwise) {
        String text = given.get(name);
        try {
            int number = text == null ? otherwise : Integer.parseInt(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Said below.
        }
        throw new IllegalArgumentException("--" + name + " needs a number, not " + text);
    }

    private int positive(String name, int otherwise) {
        return Math.max(1, number(name, otherwise));
    }

    /** The record that is there. */
    Path analysed() {
        return Path.of(given.getOrDefault("analyse", ""));
    }

    Plan plan(URI node) {
        return new Plan(
                node,
                given.getOrDefault("database", "history-check"),
                number("seed", 1),
                Duration.ofSeconds(number("seconds", 30)),
                Long.MAX_VALUE,
                number("writers", 4),
                number("pollers", 4),
                number("pagers", 3),
                number("repeaters", 2),
                positive("documents", 60),
                positive("groups", 8),
                Math.min(1000, positive("per-second", 50)),
                number("horizon", 0),
                Duration.ofSeconds(number("away", 60)),
                has("keep"),
                Path.of(given.getOrDefault("record", "history-check.jsonl")));
    }
}
