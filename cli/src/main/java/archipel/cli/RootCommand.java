package archipel.cli;

import archipel.shell.Endings;
import archipel.shell.ExitStatus;

/** {@code archipel} without a command: shows what there is. */
final class RootCommand extends CliCommand {
    private static final String[] EXAMPLES = {
        "",
        "Examples:",
        "  archipel serve                         start a node on http://127.0.0.1:5984/, data in ./archipel-data",
        "  archipel serve --port 0 --data /tmp/x  start one on a free port, with other data",
        "  archipel settings                      list the settings, their values and where those come from",
        "  archipel check archipel-data           check a data directory for damage",
        "  archipel verify archipel-data          prove from the hash chains that nothing was altered",
        "  archipel backup archipel-data copies   back up a data directory that no node has open",
        "  archipel backup http://127.0.0.1:5984  back up a running node",
        "  archipel restore copies archipel-data  create a data directory from the newest backup",
        "  archipel set color red                 set a key on a running node",
        "  archipel invite                        print what lets another node become a peer of this one",
        "",
        "Run \"archipel help COMMAND\" for help on a command."
    };

    RootCommand() {
        super("archipel", "A document database that CouchDB's clients and replicators can use unchanged.");
        endsWith(Endings.ALL);
        spec().usageMessage().footer(EXAMPLES);
    }

    @Override
    ExitStatus run() {
        line().usage(err());
        return ExitStatus.USAGE;
    }
}
