package archipel.cli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** A command of the small store, as picocli runs it: where it shows help or a mistake, or reads arguments of a file. */
final class KeyCommand extends CliCommand {
    private static final Map<KeyVerb, String[]> EXAMPLES = Map.of(
            KeyVerb.SET,
            new String[] {
                "",
                "Examples:",
                "  archipel set color red                              the text \"red\"",
                "  archipel set islands/sein '{\"area\":0.58}'",
                "  archipel set color blue --replace",
                "  archipel set config - --url http://ada:secret@10.0.0.2:5984 < config.json",
                "  archipel set offset -- -5                           after -- nothing is an option"
            },
            KeyVerb.WATCH,
            new String[] {
                "",
                "Examples:",
                "  archipel watch                                      every key",
                "  archipel watch islands/                             keys that begin with islands/",
                "  archipel watch color --exact --json                 one key, with seqs to go on from",
                "  archipel watch --since 0                            first what there is, then each change"
            });

    private final KeyVerb verb;
    private final Map<String, String> environment;
    private final Map<KeyOption, OptionSpec> options = new EnumMap<>(KeyOption.class);

    KeyCommand(KeyVerb verb, Map<String, String> environment) {
        super(verb.word(), verb.description());
        this.verb = verb;
        this.environment = environment;
        endsWith(verb.statuses());
        for (int i = 0; i < verb.words().size(); i++) {
            KeyVerb.Word word = verb.words().get(i);
            addPlace(i, i < verb.required(), word.label(), word.description());
        }
        for (KeyOption option : KeyOption.values()) {
            if (verb.takes(option)) {
                OptionSpec spec = spec(option);
                options.put(option, spec);
                spec().addOption(spec);
            }
        }
        spec().usageMessage().footer(EXAMPLES.getOrDefault(verb, new String[0]));
    }

    private static OptionSpec spec(KeyOption option) {
        OptionSpec.Builder spec = OptionSpec.builder(option.flag()).description(option.description());
        return option.label() == null
                ? spec.type(boolean.class).arity("0").build()
                : spec.type(String.class).paramLabel(option.label()).build();
    }

    @Override
    ExitStatus run() {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < verb.words().size(); i++) {
            String word = givenPlace(i);
            if (word == null && i < verb.required() || i == 0 && word != null && word.isEmpty()) {
                throw new ParameterException(line(), verb.words().get(i).label() + " is missing");
            } else if (word != null) {
                words.add(word);
            }
        }
        Map<KeyOption, String> given = new EnumMap<>(KeyOption.class);
        options.forEach((option, spec) -> {
            Object value = given(spec);
            if (value != null) {
                given.put(option, value.toString());
            }
        });
        return new KeyRun(new KeyArguments(verb, words, given), environment, System.in, out(), err()).run();
    }
}
