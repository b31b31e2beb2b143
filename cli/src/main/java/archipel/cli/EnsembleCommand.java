package archipel.cli;

import archipel.shell.Endings;
import archipel.shell.ExitStatus;
import archipel.shell.NodeVerb;
import java.util.Map;

/** {@code archipel ensemble}: the commands about the members of an ensemble. */
final class EnsembleCommand extends CliCommand {
    private static final String[] EXAMPLES = {
        "",
        "Examples:",
        "  archipel ensemble status",
        "  archipel ensemble join http://10.0.0.1:5984 d=10.0.0.4:6984     on a new machine",
        "  archipel ensemble remove c --wait",
        "  archipel ensemble events --follow",
        "",
        "Run \"archipel ensemble COMMAND --help\" for help on a command."
    };

    EnsembleCommand(Map<String, String> environment) {
        super("ensemble", "Shows and changes the members of an ensemble: nodes that hold the same databases together.");
        endsWith(Endings.WITHOUT_DATA);
        for (NodeVerb verb : NodeVerb.values()) {
            if (verb.isAboutMembers()) {
                spec().addSubcommand(verb.lastWord(), new NodeCommand(verb, environment).spec());
            }
        }
        spec().usageMessage().footer(EXAMPLES);
    }

    @Override
    ExitStatus run() {
        line().usage(err());
        return ExitStatus.USAGE;
    }
}
