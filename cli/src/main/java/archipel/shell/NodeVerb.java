package archipel.shell;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commands that ask a running node and answer at once: what each takes, and what its help says. */
public enum NodeVerb {
    SET(
            "set",
            List.of(
                    new Word("KEY", "The key: any text."),
                    new Word(
                            "VALUE",
                            "JSON if it parses as JSON, otherwise text. \"-\" reads it from standard input; a line "
                                    + "feed at the end of text does not count.")),
            2,
            Set.of(NodeOption.DB, NodeOption.REPLACE, NodeOption.TEXT),
            Endings.SET,
            "Sets a key that has no value yet. An equal value is fine (member order and spelling of numbers do not "
                    + "matter); a different one is refused, and both are shown. Of several clients that set a key at a "
                    + "time, one wins and the others are refused.",
            "The first set creates the database, which takes a server admin."),
    GET(
            "get",
            List.of(new Word("KEY", "The key.")),
            1,
            Set.of(NodeOption.DB, NodeOption.TEXT),
            Endings.KEY,
            "Prints the value of a key as JSON on one line. If replication has brought different values together, this "
                    + "is the winner, which is the same on every node, and a warning says so; --json shows the "
                    + "others. \"set --replace\" settles it."),
    KEYS(
            "keys",
            List.of(new Word("PREFIX", "What the keys have to begin with. Default: all keys.")),
            0,
            Set.of(NodeOption.DB),
            Endings.NODE,
            "Prints keys, one per line. A key with control characters, or that begins with a quotation mark, is "
                    + "printed as a JSON string."),
    RM(
            "rm",
            List.of(new Word("KEY", "The key.")),
            1,
            Set.of(NodeOption.DB),
            Endings.KEY,
            "Deletes a key, with conflicting values. It can be set again."),
    WATCH(
            "watch",
            List.of(new Word("PREFIX", "What the keys have to begin with. Default: all keys.")),
            0,
            Set.of(NodeOption.DB, NodeOption.EXACT, NodeOption.SINCE),
            Endings.WATCH,
            "Prints a line for each change of a key from now on: the key, a tab, and the value as JSON, or the word "
                    + "deleted. When the connection is lost it is made again, and the changes in between are printed "
                    + "then; of several changes of one key that is the last. Ends with Ctrl-C."),
    PEERS(
            "peers",
            List.of(),
            0,
            Set.of(),
            Endings.NODE,
            "Prints the node's peers, one per line.",
            "A line has the peer's URL, its state, and how many of its changes this node has yet to copy (- where "
                    + "that is not known); then what fails, if anything does.",
            "A peer is connected, connecting, retrying (away, and tried again), paused by an admin, or quarantined "
                    + "for what it has sent; a node of serve --peer that was not there yet is joining."),
    INVITE(
            "invite",
            List.of(),
            0,
            Set.of(NodeOption.ADDRESS),
            Endings.NODE,
            "Prints an invitation: a URL that lets one other node become a peer of this one, and of all its peers, "
                    + "once and for a limited time. It has the node's address, the fingerprint of its key, and a "
                    + "secret.",
            "Give it to add-peer on the other node, or to serve --peer."),
    ADD_PEER(
            "add-peer",
            List.of(new Word(
                    "URL",
                    "An invitation (\"archipel invite\" prints one), or a node's URL with an admin's name and password "
                            + "of it, which are used once and kept nowhere; without them where both nodes have the "
                            + "same peer_secret. \"-\" reads it from standard input.")),
            1,
            Set.of(),
            Endings.NODE,
            "Makes the node and the one at URL replicate all their databases with each other, in both directions, and "
                    + "with all peers that each of them has. Databases of the same name are merged. Done again, it "
                    + "changes nothing."),
    PAUSE_PEER(
            "pause-peer",
            List.of(Word.PEER),
            1,
            Set.of(),
            Endings.PEER,
            "Stops replication between the node and a peer, in both directions, also over restarts. Other nodes go on "
                    + "with both of them."),
    RESUME_PEER(
            "resume-peer",
            List.of(Word.PEER),
            1,
            Set.of(),
            Endings.PEER,
            "Lets a peer that was paused, or is quarantined, replicate with the node again."),
    REMOVE_PEER(
            "remove-peer",
            List.of(Word.PEER),
            1,
            Set.of(),
            Endings.PEER,
            "Removes a peer, from all nodes that know each other: it gets nothing more from any of them, and keeps "
                    + "what it has. An invitation or an admin's password lets it in again."),
    ENSEMBLE_STATUS(
            "ensemble status",
            List.of(),
            0,
            Set.of(),
            Endings.NODE,
            "Prints the members of the node's ensemble, one per line.",
            "A line has the member's name, its role, its state, how many groups it leads, how many commands it is "
                    + "behind in all of them together, where other members reach it, and where clients do. A member "
                    + "is joining until it is in every group what it is to be, and leaving until it is in none."),
    ENSEMBLE_EVENTS(
            "ensemble events",
            List.of(),
            0,
            Set.of(NodeOption.FOLLOW),
            Endings.NODE,
            "Prints what the node has seen of elections, in order: which members it met and lost, who asked whom for "
                    + "its vote and what it got, who leads.",
            "A line has the time, the group, its term, and what happened. Each member sees what it takes part in; the "
                    + "newest 2,000 events are kept, and forgotten when the member stops."),
    ENSEMBLE_JOIN(
            "ensemble join",
            List.of(
                    new Word("URL", "A running member of the ensemble."),
                    new Word(
                            "NAME=HOST:PORT",
                            "What the new member is called, and where other members reach it. Not needed again.")),
            1,
            Set.of(NodeOption.DATA, NodeOption.OBSERVER, NodeOption.WAIT, NodeOption.TIMEOUT),
            Endings.JOIN,
            "Makes the node of a data directory, which has no data yet, a member of a running ensemble. \"archipel "
                    + "serve\" with that directory starts it then, and needs nothing more. Done again, it changes "
                    + "nothing.",
            "It asks the member for what all members know each other by, unless ARCHIPEL_ENSEMBLE_SECRET has it."),
    ENSEMBLE_ADD(
            "ensemble add",
            List.of(new Word("NAME=HOST:PORT", "What the new member is called, and where other members reach it.")),
            1,
            Set.of(NodeOption.ID, NodeOption.OBSERVER, NodeOption.WAIT, NodeOption.TIMEOUT),
            Endings.NODE,
            "Lets a node in as a member, which is started with --ensemble and the ensemble's secret. \"ensemble join\" "
                    + "on its machine does all of that."),
    ENSEMBLE_REMOVE(
            "ensemble remove",
            List.of(Word.MEMBER),
            1,
            Set.of(NodeOption.FORCE, NodeOption.WAIT, NodeOption.TIMEOUT),
            Endings.MEMBER,
            "Removes a member, also one that is lost. What it leads others lead first."),
    ENSEMBLE_PROMOTE(
            "ensemble promote",
            List.of(Word.MEMBER),
            1,
            Set.of(NodeOption.WAIT, NodeOption.TIMEOUT),
            Endings.MEMBER,
            "Gives an observer a vote, in each group as soon as it has what the leader has."),
    ENSEMBLE_TRANSFER(
            "ensemble transfer",
            List.of(Word.MEMBER),
            1,
            Set.of(NodeOption.GROUP, NodeOption.WAIT, NodeOption.TIMEOUT),
            Endings.MEMBER,
            "Has a member lead."),
    ENSEMBLE_REBUILD(
            "ensemble rebuild",
            List.of(),
            0,
            Set.of(NodeOption.GROUP, NodeOption.CANCEL),
            Endings.NODE,
            "Throws away what the node has of the groups in which its data differs from that of the other members, and "
                    + "takes theirs.",
            "\"archipel ensemble status\" says that it differs, and no more once that is done. With --group the node "
                    + "does so with that group, whatever is known of it: where no majority has the same, an admin "
                    + "decides which member is wrong. A group that all members rebuild has no leader to take its data "
                    + "from: --cancel, on the member that is right, makes it one.");

    private final String word;
    private final List<Word> words;
    private final int required;
    private final Set<NodeOption> options;
    private final Endings endings;
    private final String[] description;

    NodeVerb(
            String word,
            List<Word> words,
            int required,
            Set<NodeOption> options,
            Endings endings,
            String... description) {
        this.word = word;
        this.words = words;
        this.required = required;
        this.options = options;
        this.endings = endings;
        this.description = description;
    }

    /** What stands at a place of the command line. */
    public record Word(String label, String description) {
        private static final Word PEER =
                new Word("URL", "Where the peer is, as \"archipel peers\" shows it, or its id (--json).");
        private static final Word MEMBER = new Word("NAME", "Of the member, as \"archipel ensemble status\" shows it.");
    }

    /** Null where no command here has that name. */
    public static @Nullable NodeVerb named(String name) {
        for (NodeVerb verb : values()) {
            if (verb.word.equals(name)) {
                return verb;
            }
        }
        return null;
    }

    public String word() {
        return word;
    }

    public List<Word> words() {
        return words;
    }

    /** How many words there have to be. */
    public int required() {
        return required;
    }

    public boolean takes(NodeOption option) {
        return option.isCommon() || options.contains(option);
    }

    /** Whether it is about peers, and not about keys. */
    public boolean isAboutPeers() {
        return ordinal() >= PEERS.ordinal() && !isAboutMembers();
    }

    /** Whether it is about the members of an ensemble: the second word of a command. */
    public boolean isAboutMembers() {
        return ordinal() >= ENSEMBLE_STATUS.ordinal();
    }

    /** The last of the words that it is called by. */
    public String lastWord() {
        return word.substring(word.lastIndexOf(' ') + 1);
    }

    public Endings endings() {
        return endings;
    }

    public String[] description() {
        return description.clone();
    }
}
