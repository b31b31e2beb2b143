package archipel.cli;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commands of the small store: what each takes, and what its help says. */
enum KeyVerb {
    SET(
            "set",
            List.of(
                    new Word("KEY", "The key: any text."),
                    new Word(
                            "VALUE",
                            "JSON if it parses as JSON, otherwise text. \"-\" reads it from standard input; a line "
                                    + "feed at the end of text does not count.")),
            2,
            Set.of(KeyOption.REPLACE, KeyOption.TEXT),
            ExitStatus.ON_SET,
            "Sets a key that has no value yet. An equal value is fine (member order and spelling of numbers do not "
                    + "matter); a different one is refused, and both are shown. Of several clients that set a key at a "
                    + "time, one wins and the others are refused.",
            "The first set creates the database, which takes a server admin."),
    GET(
            "get",
            List.of(new Word("KEY", "The key.")),
            1,
            Set.of(KeyOption.TEXT),
            ExitStatus.ON_KEY,
            "Prints the value of a key as JSON on one line. If replication has brought different values together, this "
                    + "is the winner, which is the same on every node, and a warning says so; --json shows the "
                    + "others. \"set --replace\" settles it."),
    KEYS(
            "keys",
            List.of(new Word("PREFIX", "What the keys have to begin with. Default: all keys.")),
            0,
            Set.of(),
            ExitStatus.ON_NODE,
            "Prints keys, one per line. A key with control characters, or that begins with a quotation mark, is "
                    + "printed as a JSON string."),
    RM(
            "rm",
            List.of(new Word("KEY", "The key.")),
            1,
            Set.of(),
            ExitStatus.ON_KEY,
            "Deletes a key, with conflicting values. It can be set again."),
    WATCH(
            "watch",
            List.of(new Word("PREFIX", "What the keys have to begin with. Default: all keys.")),
            0,
            Set.of(KeyOption.EXACT, KeyOption.SINCE),
            ExitStatus.ON_WATCH,
            "Prints a line for each change of a key from now on: the key, a tab, and the value as JSON, or the word "
                    + "deleted. When the connection is lost it is made again, and the changes in between are printed "
                    + "then; of several changes of one key that is the last. Ends with Ctrl-C.");

    private final String word;
    private final List<Word> words;
    private final int required;
    private final Set<KeyOption> options;
    private final Set<ExitStatus> statuses;
    private final String[] description;

    KeyVerb(
            String word,
            List<Word> words,
            int required,
            Set<KeyOption> options,
            Set<ExitStatus> statuses,
            String... description) {
        this.word = word;
        this.words = words;
        this.required = required;
        this.options = options;
        this.statuses = statuses;
        this.description = description;
    }

    /** What stands at a place of the command line. */
    record Word(String label, String description) {}

    /** Null where no command of the small store has that name. */
    static @Nullable KeyVerb named(String name) {
        for (KeyVerb verb : values()) {
            if (verb.word.equals(name)) {
                return verb;
            }
        }
        return null;
    }

    String word() {
        return word;
    }

    List<Word> words() {
        return words;
    }

    /** How many words there have to be. */
    int required() {
        return required;
    }

    boolean takes(KeyOption option) {
        return option.isCommon() || options.contains(option);
    }

    Set<ExitStatus> statuses() {
        return statuses;
    }

    String[] description() {
        return description.clone();
    }
}
