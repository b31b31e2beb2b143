package archipel.peers;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.Request;
import archipel.http.Router;
import archipel.mesh.Mesh;
import archipel.mesh.NamePattern;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@code _peers}, for admins: whom this node replicates with and how that stands, {@code POST} to join another one,
 * {@code _peers/_invite} to let one in, and {@code _peers/{id}} for a single one.
 */
final class PeersHandler {
    private static final String INVITE = "_invite";
    private static final Set<String> MEMBERS = Set.of("paused", "databases");
    /** What a name can have, and *. */
    private static final Pattern PATTERN = Pattern.compile("[a-z0-9_$()+/*-]{1," + NamePattern.LONGEST + "}");

    private final Mesh mesh;

    PeersHandler(Mesh mesh) {
        this.mesh = mesh;
    }

    void register(Router router) {
        router.serverTree("_peers", Access.ADMIN, "DELETE,GET,HEAD,POST,PUT")
                .get(this::get)
                .post(this::post)
                .put(this::put)
                .delete(this::delete);
    }

    private void get(Request request, Answer answer) throws IOException {
        answer.json(200, request.path().size() == 1 ? mesh.status() : mesh.status(id(request)));
    }

    private void post(Request request, Answer answer) throws IOException {
        JsonNode body = request.body().requireJson().jsonObject();
        if (request.path().size() == 1) {
            join(request, body, answer);
        } else if (request.path().size() == 2 && request.path().segment(1).equals(INVITE)) {
            invite(request, body, answer);
        } else {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "DELETE,GET,HEAD,PUT");
        }
    }

    private void join(Request request, JsonNode body, Answer answer) throws IOException {
        JsonNode url = body.path("url");
        if (!url.isString()) {
            throw new RequestException(ErrorCode.PEER_URL);
        }
        try {
            String id = mesh.joining().join(url.stringValue());
            AdminLog.record(request, "peer_joined", id);
            answer.json(
                    201,
                    new JsonBuffer(64).ascii("{\"ok\":true,\"id\":").string(id).ascii('}'));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
    }

    private void invite(Request request, JsonNode body, Answer answer) throws IOException {
        Mesh.Invitation invitation = mesh.invite(body.path("address").asString(""));
        AdminLog.record(request, "peer_invited", "");
        JsonBuffer json = new JsonBuffer(256).ascii("{\"ok\":true,\"url\":").string(invitation.url());
        answer.json(
                201,
                json.ascii(",\"expires\":")
                        .string(invitation.expires().toString())
                        .ascii('}'));
    }

    private void put(Request request, Answer answer) throws IOException {
        String id = id(request);
        JsonNode body = request.body().requireJson().jsonObject();
        if (body.isEmpty() || !MEMBERS.containsAll(body.propertyNames())) {
            throw new RequestException(ErrorCode.PEER_OPTIONS);
        }
        JsonNode paused = body.path("paused");
        if (!paused.isMissingNode() && !paused.isBoolean()) {
            throw new RequestException(ErrorCode.PEER_PAUSED);
        }
        JsonNode databases = body.path("databases");
        if (!databases.isMissingNode()) {
            mesh.choose(id, patterns(databases));
        }
        if (paused.isBoolean()) {
            mesh.pause(id, paused.booleanValue());
        }
        AdminLog.record(request, "peer_changed", id);
        answer.json(200, mesh.status(id));
    }

    private static @Nullable List<String> patterns(JsonNode given) {
        if (given.isNull()) {
            return null;
        }
        List<String> patterns = new ArrayList<>();
        for (JsonNode pattern : given) {
            patterns.add(pattern.asString(""));
        }
        boolean bounded = patterns.size() <= NamePattern.MOST
                && patterns.stream().allMatch(one -> PATTERN.matcher(one).matches());
        if (!given.isArray() || !bounded) {
            throw new RequestException(ErrorCode.PEER_PATTERNS);
        }
        return patterns;
    }

    private void delete(Request request, Answer answer) throws IOException {
        mesh.remove(id(request));
        AdminLog.record(request, "peer_removed", id(request));
        answer.ok(200);
    }

    private static String id(Request request) {
        if (request.path().size() != 2) {
            throw new RequestException(ErrorCode.PEER_UNKNOWN);
        }
        return request.path().segment(1);
    }
}
