package archipel.cli;

/** {@code archipel} without a command: shows what there is. */
final class RootCommand extends CliCommand {
    private static final String[] EXAMPLES = {
        "",
        "Examples:",
        "  archipel serve                         a node on http://127.0.0.1:5984/, its data in ./archipel-data",
        "  archipel serve --port 0 --data /tmp/x  on a free port, with other data",
        "  archipel settings                      every setting, its value and where that came from",
        "  archipel check archipel-data           is everything in the directory whole?",
        "  archipel verify archipel-data          is it what was written? proved from the hash chains",
        "  archipel backup archipel-data copies   adds a copy to a directory of backups",
        "  archipel backup http://127.0.0.1:5984  has a running node do that itself",
        "  archipel restore copies archipel-data  makes a data directory of the newest copy",
        "",
        "\"archipel COMMAND --help\" says more about one command."
    };

    RootCommand() {
        super("archipel", "A replicated document database that CouchDB's clients use unchanged.");
        spec().usageMessage().footer(EXAMPLES);
    }

    @Override
    ExitStatus run() {
        line().usage(err());
        return ExitStatus.USAGE;
    }
}
