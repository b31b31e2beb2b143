package archipel.node;

import archipel.document.JsonBuffer;
import archipel.json.JsonSlice;
import archipel.node.NodeConnection.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Whom a running node replicates with by itself. All throw {@link NodeFailure}. */
public final class Peers {
    /** A node that is to be joined may take long to be given up. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String PATH = "/_peers";

    private final NodeConnection node;

    public Peers(NodeConnection node) {
        this.node = node;
    }

    /**
     * What a node says of its peers.
     *
     * @param peers those that are, and then those that are to be joined and were not there yet
     * @param warning empty where there is none
     */
    public record Listing(List<Peer> peers, String warning) {}

    public Listing list() {
        JsonSlice all = ask("GET", PATH, null);
        List<Peer> peers = new ArrayList<>();
        for (String member : List.of("peers", "joining")) {
            KeyValueStore.elements(all, member).forEach(one -> peers.add(new Peer(one)));
        }
        JsonSlice self = all.member("node");
        if (self == null) {
            throw NodeFailure.notArchipel(node.url());
        }
        return new Listing(peers, self.text("warning"));
    }

    /** What lets one other node in, and until when. */
    public record Invitation(String url, String expires) {}

    /** @param address where the other node reaches this one; empty for where this one says that it is */
    public Invitation invite(String address) {
        byte[] body = new JsonBuffer()
                .ascii("{\"address\":")
                .string(address)
                .ascii('}')
                .toByteArray();
        JsonSlice made = ask("POST", PATH + "/_invite", body);
        return new Invitation(made.text("url"), made.text("expires"));
    }

    /** Gives the id of the node that was joined, or had been before. */
    public String add(PeerUrl peer) {
        byte[] body = new JsonBuffer()
                .ascii("{\"url\":")
                .string(peer.text())
                .ascii('}')
                .toByteArray();
        try (Answer answer = node.sendOnce("POST", PATH, body, PATIENCE)) {
            JsonSlice json = answer.json();
            if (answer.status() / 100 == 2) {
                return json.text("id");
            }
            String reason = json.text("reason");
            String remedy = switch (answer.status()) {
                case 401 -> throw node.unauthorized(reason);
                case 403 -> " \"archipel invite\" on that node prints a new invitation.";
                case 502 ->
                    ". Check the URL" + (peer.hasLogin() ? " and the login in it" : "") + ", and that " + node.url()
                            + " can reach it.";
                default -> "";
            };
            throw new NodeFailure(
                    answer.status(), reason, node.url() + " could not add " + peer + ": " + reason + remedy);
        }
    }

    /**
     * The peer of that id, or the one that says it answers at that URL; null where there is none.
     *
     * @throws NodeFailure also where there are several
     */
    public @Nullable Peer find(String idOrUrl) {
        List<Peer> named = list().peers().stream()
                .filter(peer -> !peer.id().isEmpty() && peer.isNamed(idOrUrl))
                .toList();
        if (named.size() > 1) {
            throw new NodeFailure(named.size() + " peers say that they are at that URL: give the id of the one that is "
                    + "meant, " + named.stream().map(Peer::id).collect(Collectors.joining(" or ")) + ".");
        }
        return named.isEmpty() ? null : named.getFirst();
    }

    /** Removes a peer from the whole mesh. */
    public void remove(Peer peer) {
        ask("DELETE", PATH + "/" + peer.id(), null);
    }

    /** Stops what passes between this node and a peer, or lets it pass again; gives the peer as it is since then. */
    public Peer pause(Peer peer, boolean whether) {
        byte[] body =
                new JsonBuffer().ascii("{\"paused\":").bool(whether).ascii('}').toByteArray();
        return new Peer(ask("PUT", PATH + "/" + peer.id(), body));
    }

    private JsonSlice ask(String method, String path, byte @Nullable [] body) {
        try (Answer answer = method.equals("GET")
                ? node.send(method, path, body, PATIENCE)
                : node.sendOnce(method, path, body, PATIENCE)) {
            JsonSlice json = answer.json();
            if (answer.status() / 100 == 2) {
                return json;
            }
            String reason = json.text("reason");
            if (answer.status() == 404 && path.equals(PATH)) {
                throw NodeFailure.notArchipel(node.url());
            }
            throw answer.status() == 401
                    ? node.unauthorized(reason)
                    : new NodeFailure(
                            answer.status(),
                            reason,
                            node.url() + " refused the request (" + answer.status() + "): " + reason);
        }
    }
}
