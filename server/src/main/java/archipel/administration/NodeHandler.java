package archipel.administration;

import archipel.auth.Admins;
import archipel.auth.DatabaseAccess;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.HttpServices;
import archipel.http.Request;
import archipel.http.RequestPath;
import archipel.http.Route;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.settings.Settings;
import java.io.IOException;

/**
 * {@code /_node/{node}/…}: one node's configuration and state. There is one node here, by its name or as {@code
 * _local}; what lies below it is told apart in {@link #handle}, since each has other methods and needs other rights.
 */
final class NodeHandler {
    private final Settings settings;
    private final ConfigHandler config;
    private final StatsHandler stats;

    NodeHandler(HttpServices services, Administration administration) {
        this.settings = administration.settings();
        Admins admins = administration.admins();
        this.config = new ConfigHandler(settings, admins);
        this.stats = new StatsHandler(services, administration);
    }

    void register(Router router) {
        Route<Request> route = router.serverTree("_node", Access.ANYONE, "GET,PUT,POST,DELETE");
        for (Verb verb : Verb.values()) {
            if (verb != Verb.HEAD) {
                route.on(verb, this::handle);
            }
        }
    }

    private void handle(Request request, Answer answer) throws IOException {
        RequestPath path = request.path();
        String topic = path.size() > 2 ? path.segment(2) : "";
        if (topic.equals("_stats") || topic.equals("_system") || topic.equals("_prometheus")) {
            DatabaseAccess.requireMetrics(request.user());
        } else {
            DatabaseAccess.requireServerAdmin(request.user());
        }
        if (path.size() == 1) {
            throw new RequestException(ErrorCode.INCOMPLETE_NODE_PATH);
        }
        String name = settings.get(AdministrationSettings.NODE_NAME);
        if (!path.segment(1).equals("_local") && !path.segment(1).equals(name)) {
            throw new RequestException(ErrorCode.NO_SUCH_NODE, path.segment(1));
        }
        switch (topic) {
            case "" ->
                answer.json(
                        200, new JsonBuffer(64).ascii("{\"name\":").string(name).ascii('}'));
            case "_config" -> config.handle(request, answer);
            case "_stats" -> stats.stats(request, answer);
            case "_system" -> stats.system(request, answer);
            case "_prometheus" -> stats.prometheus(request, answer);
            case "_versions" -> stats.versions(request, answer);
            case "_restart" -> throw new RequestException(ErrorCode.NO_RESTART);
            default -> throw new RequestException(ErrorCode.MISSING);
        }
    }

    /** @throws RequestException 405 for what is neither a GET nor a HEAD */
    static void requireGet(Request request) {
        if (request.verb() != Verb.GET && request.verb() != Verb.HEAD) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "GET");
        }
    }
}
