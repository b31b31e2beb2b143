package archipel.cli;

import archipel.shell.ExitStatus;
import archipel.shell.NodeArguments;
import archipel.shell.NodeOption;
import archipel.shell.NodeRun;
import archipel.shell.NodeVerb;
import archipel.shell.Terminal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** A command that asks a node, as picocli runs it: where it shows help or a mistake, or reads arguments of a file. */
final class NodeCommand extends CliCommand {
    private static final Map<NodeVerb, String[]> EXAMPLES = Map.of(
            NodeVerb.SET,
            new String[] {
                "",
                "Examples:",
                "  archipel set color red                              the text \"red\"",
                "  archipel set islands/sein '{\"area\":0.58}'",
                "  archipel set color blue --replace",
                "  archipel set config - --url http://ada:secret@10.0.0.2:5984 < config.json",
                "  archipel set offset -- -5                           after -- nothing is an option"
            },
            NodeVerb.WATCH,
            new String[] {
                "",
                "Examples:",
                "  archipel watch                                      every key",
                "  archipel watch islands/                             keys that begin with islands/",
                "  archipel watch color --exact --json                 one key, with seqs to go on from",
                "  archipel watch --since 0                            first what there is, then each change"
            },
            NodeVerb.ADD_PEER,
            new String[] {
                "",
                "Examples:",
                "  archipel add-peer http://admin:secret@10.0.0.2:5984     with an admin's password of that node",
                "  archipel add-peer \"$(ssh ada@10.0.0.2 archipel invite)\"",
                "  ssh ada@10.0.0.2 archipel invite | archipel add-peer -  the invitation shows in no list of processes"
            },
            NodeVerb.ENSEMBLE_JOIN,
            new String[] {
                "",
                "Examples:",
                "  export ARCHIPEL_ADMIN_PASSWORD=secret",
                "  archipel ensemble join http://10.0.0.1:5984 d=10.0.0.4:6984 --data /var/lib/archipel",
                "  archipel serve --data /var/lib/archipel"
            },
            NodeVerb.REMOVE_PEER,
            new String[] {
                "",
                "Examples:",
                "  archipel remove-peer http://10.0.0.2:5984",
                "  archipel remove-peer 5d1ced31612d46c5817f86f79ca360b1   by its id"
            });

    private final NodeVerb verb;
    private final Map<String, String> environment;
    private final Map<NodeOption, OptionSpec> options = new EnumMap<>(NodeOption.class);

    NodeCommand(NodeVerb verb, Map<String, String> environment) {
        super(verb.lastWord(), verb.description());
        this.verb = verb;
        this.environment = environment;
        endsWith(verb.endings());
        for (int i = 0; i < verb.words().size(); i++) {
            NodeVerb.Word word = verb.words().get(i);
            addPlace(i, i < verb.required(), word.label(), word.description());
        }
        for (NodeOption option : NodeOption.values()) {
            if (verb.takes(option)) {
                OptionSpec spec = spec(option);
                options.put(option, spec);
                spec().addOption(spec);
            }
        }
        spec().usageMessage().footer(EXAMPLES.getOrDefault(verb, new String[0]));
    }

    private static OptionSpec spec(NodeOption option) {
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
            boolean required = i < verb.required();
            if (required && (word == null || i == 0 && word.isEmpty())) {
                String label = verb.words().get(i).label();
                throw new ParameterException(line(), label + (word == null ? " is missing" : " is empty"));
            } else if (word != null) {
                words.add(word);
            }
        }
        Map<NodeOption, String> given = new EnumMap<>(NodeOption.class);
        options.forEach((option, spec) -> {
            Object value = given(spec);
            if (value != null) {
                given.put(option, value.toString());
            }
        });
        return NodeRun.run(new NodeArguments(verb, words, given), environment, new Terminal(System.in, out(), err()));
    }
}
