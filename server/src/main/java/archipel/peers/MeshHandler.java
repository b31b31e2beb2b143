package archipel.peers;

import archipel.auth.UserContext;
import archipel.changes.SteadyClock;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.engine.Node;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Request;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.mesh.Mesh;
import java.io.IOException;
import java.time.Duration;
import tools.jackson.databind.JsonNode;

/**
 * {@code _mesh}, which nodes ask of each other, over connections on which both have shown their keys: {@code hello} and
 * {@code join} for those that are not members yet, {@code gossip} and {@code feed} for members.
 */
final class MeshHandler {
    private static final int LONGEST_GOSSIP = 4 << 20;
    /** A stranger's, who has one node to tell of. */
    private static final int LONGEST_REQUEST = 16 << 10;

    private static final SteadyClock CLOCK = SteadyClock.system();
    private static final long LEAST_HEARTBEAT_MS = 100;
    private static final long GREATEST_HEARTBEAT_MS = 300_000;

    private final Mesh mesh;
    private final Node node;
    private final OpenFeeds feeds = new OpenFeeds();

    MeshHandler(Mesh mesh, Node node) {
        this.mesh = mesh;
        this.node = node;
    }

    void register(Router router) {
        router.serverTree("_mesh", Access.OPEN, "GET,POST")
                .get(this::get)
                .post(this::post)
                .peers(Verb.GET, Verb.POST);
    }

    private static String what(Request request) {
        if (!request.user().isPeer()) {
            throw new RequestException(ErrorCode.PEERS_ONLY);
        }
        return request.path().size() == 2 ? request.path().segment(1) : "";
    }

    private static UserContext member(Request request) {
        if (!request.user().isAdmin()) {
            throw new RequestException(ErrorCode.PEERS_ONLY);
        }
        return request.user();
    }

    private void get(Request request, Answer answer) throws IOException {
        switch (what(request)) {
            case "hello" -> answer.ok(200);
            case "feed" -> feed(member(request), request, answer);
            default -> throw new RequestException(ErrorCode.MISSING);
        }
    }

    private void post(Request request, Answer answer) throws IOException {
        byte[] told = switch (what(request)) {
            case "join" -> mesh.joining().admit(request.user(), request.peer(), wish(request));
            case "gossip" ->
                mesh.gossip(
                        member(request),
                        request.peer(),
                        request.body().requireJson().bytes(LONGEST_GOSSIP));
            default -> throw new RequestException(ErrorCode.MISSING);
        };
        answer.json(200, new JsonBuffer(told.length).raw(told));
    }

    private static JsonNode wish(Request request) throws IOException {
        byte[] body = request.body().requireJson().bytes(LONGEST_REQUEST);
        return JsonTree.object(JsonTree.parse(body, JsonLimits.DEFAULT));
    }

    /** Of all databases that are replicated with the member, where each is now and wherever one comes to. */
    private void feed(UserContext peer, Request request, Answer answer) throws IOException {
        long heartbeatMs = heartbeatMs(request.parameters());
        JsonStream stream = answer.feed(200, "application/json");
        DatabaseNews news = new DatabaseNews(node, mesh, peer);
        String id = String.valueOf(peer.name());
        String process = request.parameters().get("instance", "");
        try (OpenFeeds.Feed open = feeds.open(id, process, other -> mesh.mustCallAgain(id, other))) {
            news.list(stream);
            stream.flush();
            long sentMs = CLOCK.millis();
            while (!answer.client().isStopping() && news.isOpen() && open.isNewest()) {
                long leftMs = Math.max(0, sentMs + heartbeatMs - CLOCK.millis());
                boolean written =
                        answer.client().await(() -> news.await(Duration.ofMillis(leftMs))) && news.write(stream);
                // Others' databases may change all the time, of which the peer hears nothing.
                if (!written && CLOCK.millis() - sentMs >= heartbeatMs) {
                    stream.buffer().ascii('\n');
                    written = true;
                }
                if (written) {
                    stream.flush();
                    sentMs = CLOCK.millis();
                }
            }
        }
        stream.finish();
    }

    private static long heartbeatMs(Parameters parameters) {
        try {
            long given = Long.parseLong(parameters.get("heartbeat", "10000"));
            return Math.clamp(given, LEAST_HEARTBEAT_MS, GREATEST_HEARTBEAT_MS);
        } catch (NumberFormatException e) {
            throw new RequestException(ErrorCode.INVALID_INTEGER, "heartbeat");
        }
    }
}
