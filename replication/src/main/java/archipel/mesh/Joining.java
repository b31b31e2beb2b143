package archipel.mesh;

import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.identity.NodeTls;
import archipel.mesh.JoinUrl.Invited;
import archipel.remote.RemoteAddress;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteClient;
import archipel.remote.RemoteException;
import archipel.remote.RemoteRequest;
import java.io.IOException;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;

/**
 * How a node becomes a member. It calls one that is, over TLS on which both have shown their keys, and shows why it
 * may:
 *
 * <ul>
 *   <li>an invitation: its secret, which lets one node in once. It says whose key has to answer, so that it is shown to
 *       nobody else.
 *   <li>the secret that both have in their settings: an HMAC under it of both keys. It is worth nothing on another
 *       connection, and the answer has one as well, so that nobody is joined who does not know the secret.
 *   <li>an admin's password: with it an ordinary request asks for an invitation, once. No node gets to see it over a
 *       connection between nodes.
 * </ul>
 */
public final class Joining {
    private static final int LONGEST_ANSWER = 4 << 20;
    private static final int LONGEST_REFUSAL = 16 << 10;
    private static final int LONGEST_REASON = 300;
    private static final int CONNECTIONS = 2;
    private static final String JOIN = "join";
    private static final String WELCOME = "welcome";

    private final Mesh mesh;

    Joining(Mesh mesh) {
        this.mesh = mesh;
    }

    /**
     * Joins the node that a URL names, and with it its mesh, as an admin wants it: also one that was removed before.
     *
     * @return its fingerprint
     * @throws RequestException 400 for what is no such URL, or says nothing that lets this node in; 403 and 502 where
     *     the other node does not let it in or cannot be had, 503 where the mesh is full
     */
    public String join(String url) throws InterruptedException {
        return join(url, true);
    }

    /** As {@link #join}, without an admin who has just asked for it: a node that was removed stays so. */
    String rejoin(String url) throws InterruptedException {
        return join(url, false);
    }

    private String join(String url, boolean asked) throws InterruptedException {
        JoinUrl parsed = JoinUrl.parse(url);
        try {
            return join(parsed, asked);
        } catch (IOException e) {
            throw new RequestException(ErrorCode.PEER_UNREACHABLE, reason(e));
        } catch (MeshViolationException e) {
            throw new RequestException(ErrorCode.PEER_UNREACHABLE, e.what());
        }
    }

    /** Of those that look for a trusted key the library says more than whoever joins wants to know. */
    private static String reason(IOException e) {
        Throwable cause = e;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        boolean otherKey = e instanceof RemoteException remote && remote.kind() == RemoteException.Kind.UNTRUSTED;
        return String.valueOf(otherKey ? cause.getMessage() : e.getMessage());
    }

    private String join(JoinUrl url, boolean asked) throws IOException, InterruptedException, MeshViolationException {
        RemoteAddress dialled = PeerAddress.dialled(url.address());
        Invited invited = url.invited();
        if (invited != null && url.address().login() == null) {
            requireNotRemoved(invited.fingerprint(), asked);
            return byInvitation(dialled, invited);
        }
        NodeTls.FirstSeen anybody = NodeTls.askingAnybody(mesh.identity());
        try (RemoteClient client = client(anybody.context())) {
            ask(client, dialled);
            String there = Objects.requireNonNull(anybody.seen().get());
            if (there.equals(mesh.fingerprint())) {
                throw new RequestException(ErrorCode.PEER_SELF);
            }
            if (areMembers(client, dialled, there)) {
                return there;
            }
            requireNotRemoved(there, asked);
            // The password goes to whoever answers as clients are answered, and only where it is needed.
            return url.address().login() == null
                    ? bySecret(client, dialled, there)
                    : byInvitation(dialled, ask(url.address()));
        }
    }

    /** @param asked whether an admin wants it, which undoes the removal */
    private void requireNotRemoved(String there, boolean asked) {
        if (!asked && mesh.isRemoved(there)) {
            throw new RequestException(ErrorCode.PEER_REMOVED);
        }
    }

    private String byInvitation(RemoteAddress dialled, Invited invited)
            throws IOException, InterruptedException, MeshViolationException {
        SSLContext context = NodeTls.asking(mesh.identity(), invited.fingerprint());
        try (RemoteClient client = client(context)) {
            if (areMembers(client, dialled, invited.fingerprint())) {
                return invited.fingerprint();
            }
            JsonBuffer request = request().ascii(",\"invitation\":").string(invited.secret());
            return welcomed(client, dialled, request.ascii('}'), false, invited.fingerprint());
        }
    }

    private String bySecret(RemoteClient client, RemoteAddress address, String there)
            throws IOException, InterruptedException, MeshViolationException {
        if (!mesh.secret().isSet()) {
            throw new RequestException(ErrorCode.PEER_UNTRUSTED);
        }
        String proof = mesh.secret().proof(JOIN, mesh.fingerprint(), there);
        JsonBuffer request = request().ascii(",\"proof\":").string(proof);
        return welcomed(client, address, request.ascii('}'), true, there);
    }

    /**
     * Joins a node that was found, if it has the same secret.
     *
     * @param id whose key has to answer
     * @throws RequestException as {@link #join(String)} does
     */
    void joinFound(String url, String id) throws InterruptedException {
        RemoteAddress dialled = PeerAddress.dialled(url);
        try (RemoteClient client = client(NodeTls.asking(mesh.identity(), id))) {
            bySecret(client, dialled, id);
        } catch (IOException e) {
            throw new RequestException(ErrorCode.PEER_UNREACHABLE, reason(e));
        } catch (MeshViolationException e) {
            throw new RequestException(ErrorCode.PEER_UNREACHABLE, e.what());
        }
    }

    /** Whether both nodes count each other as members, so that nothing is left to do. */
    private boolean areMembers(RemoteClient client, RemoteAddress address, String there)
            throws IOException, InterruptedException, MeshViolationException {
        if (!mesh.isMember(there)) {
            return false;
        }
        try (RemoteAnswer answer = client.send(address, RemoteRequest.post("_mesh/gossip", mesh.told(null, false)))) {
            if (!answer.isSuccess()) {
                return false;
            }
            mesh.hear(mesh.read(answer.bytes(LONGEST_ANSWER)));
            return mesh.isMember(there);
        }
    }

    private RemoteClient client(SSLContext context) {
        return new RemoteClient(
                mesh.denied(), CONNECTIONS, new RemoteClient.Trust(context, false, NodeTls.SERVER_NAME));
    }

    private JsonBuffer request() {
        JsonBuffer json = new JsonBuffer(512).ascii("{\"node\":");
        Member.joined(mesh.self(), 1).appendTo(json);
        return json;
    }

    /** Sees who is there; what it says does not matter. */
    private static void ask(RemoteClient client, RemoteAddress address) throws IOException, InterruptedException {
        try (RemoteAnswer answer = client.send(address, RemoteRequest.get("_mesh/hello"))) {
            answer.drain();
        }
    }

    /** Asks for an invitation as the admin whose password the address has. */
    private Invited ask(RemoteAddress address) throws IOException, InterruptedException {
        RemoteRequest request = RemoteRequest.post(
                "_peers/_invite",
                new JsonBuffer(128)
                        .ascii("{\"address\":")
                        .string(address.shown())
                        .ascii('}')
                        .toByteArray());
        try (RemoteAnswer answer = mesh.ends().client().send(address, request)) {
            if (answer.status() == 401 || answer.status() == 403) {
                throw new IOException("it refuses the name or the password");
            }
            JsonNode json = answer.isSuccess() ? json(answer) : JsonTree.parse("{}", JsonLimits.DEFAULT);
            String url = json.path("url").asString("");
            int hash = url.indexOf('#');
            if (hash < 0) {
                throw new IOException("it gives no invitation: status " + answer.status());
            }
            return JoinUrl.invited(url.substring(hash + 1));
        }
    }

    private static String refusal(RemoteAnswer answer) throws IOException {
        String reason = json(answer).path("reason").asString("status " + answer.status());
        return reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) + "…" : reason;
    }

    private static JsonNode json(RemoteAnswer answer) throws IOException {
        try {
            return JsonTree.parse(answer.bytes(LONGEST_REFUSAL), JsonLimits.DEFAULT);
        } catch (RequestException e) {
            throw new IOException("its answer is malformed", e);
        }
    }

    /** @param mutual whether the other side has to know the secret as well */
    private String welcomed(
            RemoteClient client, RemoteAddress address, JsonBuffer request, boolean mutual, String there)
            throws IOException, InterruptedException, MeshViolationException {
        try (RemoteAnswer answer = client.send(address, RemoteRequest.post("_mesh/join", request.toByteArray()))) {
            if (answer.status() == 403) {
                boolean removed = json(answer).path("error").asString("").equals(ErrorCode.PEER_REMOVED.error());
                throw new RequestException(removed ? ErrorCode.PEER_REMOVED : ErrorCode.PEER_NOT_INVITED);
            }
            if (!answer.isSuccess()) {
                throw new IOException("it answers: " + refusal(answer));
            }
            GossipMessage told = mesh.read(answer.bytes(LONGEST_ANSWER));
            if (mutual && !mesh.secret().isProof(told.proof(), WELCOME, there, mesh.fingerprint())) {
                throw new RequestException(ErrorCode.PEER_NOT_INVITED);
            }
            for (Member member : told.members()) {
                if (member.id().equals(there) && member.record() != null) {
                    mesh.admit(member.record());
                }
            }
            mesh.hear(told);
            if (!mesh.isMember(there)) {
                throw new IOException("it does not say where it answers");
            }
            return there;
        }
    }

    /**
     * Lets a node in.
     *
     * @param peer who has called, as its key says
     * @param observer the address that it has called from
     * @return what this node knows of its mesh
     * @throws RequestException 400 for a malformed request, 403 where nothing lets it in, 429 where others have tried
     *     too often from its address, 503 where the mesh is full. The secret that all have in common lets nobody in who
     *     was removed, since whoever was removed knows it.
     */
    public byte[] admit(UserContext peer, String observer, JsonNode request) {
        String id = String.valueOf(peer.name());
        if (!request.path("node").isObject()) {
            throw new RequestException(ErrorCode.PEER_RECORD);
        }
        TokenBucket attempts = mesh.attempts().of(observer);
        if (!attempts.take()) {
            throw new RequestException(ErrorCode.TOO_MANY_JOINS);
        }
        boolean bySecret = mesh.secret().isProof(request.path("proof").asString(""), JOIN, id, mesh.fingerprint());
        String invitation = request.path("invitation").asString("");
        if (!bySecret && !mesh.isInvitation(invitation)) {
            throw new RequestException(ErrorCode.PEER_NOT_INVITED);
        }
        // A stranger does not get as far, nor a signature checked.
        NodeRecord record = record(request.path("node"));
        if (!record.id().equals(id)) {
            throw new RequestException(ErrorCode.PEER_RECORD);
        }
        if (!bySecret && !mesh.useInvitation(invitation)) {
            throw new RequestException(ErrorCode.PEER_NOT_INVITED);
        }
        if (bySecret && mesh.isRemoved(id)) {
            throw new RequestException(ErrorCode.PEER_REMOVED);
        }
        attempts.giveBack();
        mesh.admit(record);
        byte[] told = mesh.told(observer, false);
        if (!bySecret) {
            return told;
        }
        return new JsonBuffer(told.length + 128)
                .raw(told, 0, told.length - 1)
                .ascii(",\"proof\":")
                .string(mesh.secret().proof(WELCOME, mesh.fingerprint(), id))
                .ascii('}')
                .toByteArray();
    }

    private static NodeRecord record(JsonNode node) {
        try {
            NodeRecord record = Member.parse(node).record();
            if (record != null) {
                return record;
            }
        } catch (MeshViolationException e) {
            // Told below, as for one that says that it was removed.
        }
        throw new RequestException(ErrorCode.PEER_RECORD);
    }
}
