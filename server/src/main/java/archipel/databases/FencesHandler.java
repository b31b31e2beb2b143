package archipel.databases;

import archipel.access.DatabaseGate;
import archipel.command.Fence;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.Router;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;

/**
 * {@code /{db}/_fences}: which tokens of which locks a database has seen, and {@code DELETE}, also of {@code
 * _fences/{name}}, to have it forget them: a write that showed a token which nobody was given shuts out all holders.
 */
final class FencesHandler {
    private final DatabaseGate gate;

    FencesHandler(DatabaseGate gate) {
        this.gate = gate;
    }

    void register(Router router) {
        router.databaseTree("_fences", Access.MAINTAINER, "DELETE,GET,HEAD")
                .get(this::get)
                .delete(this::delete);
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        if (request.path().size() > 2) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "DELETE");
        }
        List<Fence> fences;
        // From then on this node knows what any other one has acknowledged.
        try (Reader _ = request.newest()) {
            fences = request.database().fences();
        }
        JsonBuffer json = new JsonBuffer(64 + 64 * fences.size()).ascii("{\"fences\":[");
        String separator = "";
        for (Fence fence : fences) {
            json.ascii(separator).ascii("{\"name\":").string(fence.name());
            json.ascii(",\"token\":").number(fence.token()).ascii('}');
            separator = ",\n";
        }
        answer.json(200, json.ascii("]}"));
    }

    private void delete(DatabaseRequest request, Answer answer) throws IOException {
        String name = request.path().size() > 2 ? request.path().rest(2) : "";
        boolean any = gate.forgetFences(request.user(), request.database(), name);
        if (!any && !name.isEmpty()) {
            throw new RequestException(ErrorCode.MISSING);
        }
        AdminLog.record(request, "fences_forgotten", request.database().name() + (name.isEmpty() ? "" : " " + name));
        answer.ok(200);
    }
}
