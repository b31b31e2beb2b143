package archipel.shell;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonBuffer;
import archipel.node.NodeConnection;
import archipel.node.NodeUrl;
import archipel.node.Peer;
import archipel.node.PeerUrl;
import archipel.node.Peers;
import archipel.settings.SettingException;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The commands about peers. */
final class PeerRun {
    private static final String STANDARD_INPUT = "-";
    private static final int LONGEST_URL = 4 << 10;
    private static final String UNKNOWN = "-";

    private final NodeArguments arguments;
    private final Peers peers;
    private final Terminal terminal;
    private final boolean json;

    PeerRun(NodeArguments arguments, NodeConnection node, Terminal terminal) {
        this.arguments = arguments;
        this.peers = new Peers(node);
        this.terminal = terminal;
        json = arguments.has(NodeOption.JSON);
    }

    ExitStatus list() {
        Peers.Listing listing = peers.list();
        if (json) {
            listing.peers()
                    .forEach(peer ->
                            terminal.print(new JsonBuffer().raw(peer.json().compact())));
        } else {
            printTable(listing.peers().stream()
                    .sorted(Comparator.comparing(Peer::url))
                    .toList());
        }
        if (listing.peers().isEmpty()) {
            terminal.say("The node has no peers yet: \"archipel invite\" prints what add-peer on another node takes.");
        }
        if (!listing.warning().isEmpty()) {
            terminal.say("Warning: " + Terminal.oneLine(listing.warning()) + ".");
        }
        return ExitStatus.DONE;
    }

    private void printTable(List<Peer> all) {
        int urlWidth = 0;
        int stateWidth = 0;
        for (Peer peer : all) {
            urlWidth = Math.max(urlWidth, url(peer).length());
            stateWidth = Math.max(stateWidth, peer.state().length());
        }
        for (Peer peer : all) {
            // What lies between this node and one that is away, neither can know.
            String lag = peer.isConnected() ? Long.toString(peer.lag()) : UNKNOWN;
            terminal.out()
                    .println(padded(url(peer), urlWidth) + padded(Terminal.oneLine(peer.state()), stateWidth) + "lag "
                            + lag + faults(peer));
        }
    }

    private static String url(Peer peer) {
        return peer.url().isEmpty() ? UNKNOWN : Terminal.oneLine(peer.url());
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(width - text.length() + 2);
    }

    /** What is wrong, if anything is. */
    private static String faults(Peer peer) {
        StringBuilder faults = new StringBuilder();
        if (!peer.error().isEmpty()) {
            faults.append(peer.since().isEmpty() ? "  " : "  since " + peer.since() + ": ")
                    .append(peer.error());
        }
        peer.errors()
                .forEach((database, error) -> faults.append(faults.isEmpty() ? "  " : "; ")
                        .append(Terminal.quoted(database))
                        .append(" fails: ")
                        .append(error));
        return Terminal.oneLine(faults.toString());
    }

    ExitStatus invite() {
        Peers.Invitation invitation =
                peers.invite(arguments.has(NodeOption.ADDRESS) ? address(arguments.value(NodeOption.ADDRESS, "")) : "");
        if (json) {
            terminal.print(new JsonBuffer()
                    .ascii("{\"url\":")
                    .string(invitation.url())
                    .ascii(",\"expires\":")
                    .string(invitation.expires())
                    .ascii('}'));
        } else {
            terminal.out().println(invitation.url());
            terminal.say("This lets one node in, once, until " + invitation.expires()
                    + ": archipel add-peer URL there, or serve --peer URL.");
        }
        return ExitStatus.DONE;
    }

    private static String address(String given) {
        try {
            NodeUrl url = NodeUrl.parse(given);
            if (url.isWholeNode() && given.indexOf('@') < 0) {
                return url.toString();
            }
        } catch (SettingException _) {
            // Refused below, by the option's name.
        }
        throw new SettingException(
                "--address must be a URL like http://10.0.0.7:5984, with no path, name or password.");
    }

    ExitStatus add() {
        PeerUrl url = PeerUrl.parse(given());
        List<Peer> before = peers.list().peers();
        String id = peers.add(url);
        Set<String> others = new HashSet<>();
        peers.list().peers().forEach(peer -> others.add(peer.id()));
        before.forEach(peer -> others.remove(peer.id()));
        boolean added = others.remove(id);
        if (json) {
            terminal.print(new JsonBuffer()
                    .ascii("{\"id\":")
                    .string(id)
                    .ascii(",\"url\":")
                    .string(url.shown())
                    .ascii(",\"added\":")
                    .bool(added)
                    .ascii('}'));
        } else {
            // One that was away may have removed this node, which nobody tells it, and have let it in again just now.
            boolean connected = before.stream().anyMatch(peer -> peer.id().equals(id) && peer.isConnected());
            terminal.out()
                    .println(url + " is a peer"
                            + (added ? " now" + withOthers(others.size()) : connected ? " already." : "."));
        }
        return ExitStatus.DONE;
    }

    private static String withOthers(int count) {
        return count == 0
                ? "."
                : ", and so " + (count == 1 ? "is 1 that it knows." : "are " + count + " that it knows.");
    }

    private String given() {
        String word = arguments.word(0);
        if (!word.equals(STANDARD_INPUT)) {
            return word;
        }
        try {
            return new String(terminal.in().readNBytes(LONGEST_URL), UTF_8).strip();
        } catch (IOException e) {
            throw new SettingException("The URL cannot be read from standard input: " + e.getMessage(), e);
        }
    }

    ExitStatus remove() {
        return withPeer(peer -> {
            peers.remove(peer);
            if (json) {
                terminal.print(new JsonBuffer()
                        .ascii("{\"id\":")
                        .string(peer.id())
                        .ascii(",\"url\":")
                        .string(peer.url())
                        .ascii(",\"removed\":true}"));
            } else {
                terminal.out().println(url(peer) + " (" + peer.id() + ") is no peer any more, of any node here.");
            }
        });
    }

    ExitStatus pause(boolean whether) {
        return withPeer(peer -> {
            Peer now = peers.pause(peer, whether);
            if (json) {
                terminal.print(new JsonBuffer().raw(now.json().compact()));
            } else {
                terminal.out()
                        .println(url(now)
                                + (whether
                                        ? " is paused: nothing passes between it and this node, either way."
                                        : " is not paused any more."));
            }
        });
    }

    private ExitStatus withPeer(Consumer<Peer> work) {
        String given = arguments.word(0);
        Peer peer = peers.find(given);
        if (peer != null) {
            work.accept(peer);
            return ExitStatus.DONE;
        }
        String shown = Terminal.oneLine(PeerUrl.withoutSecrets(NodeUrl.withoutUserInfo(given)));
        if (json) {
            terminal.print(new JsonBuffer().ascii("{\"peer\":").string(shown).ascii(",\"error\":\"not_found\"}"));
        }
        terminal.say("There is no peer " + shown + ": \"archipel peers\" lists those that there are.");
        return ExitStatus.ABSENT;
    }
}
