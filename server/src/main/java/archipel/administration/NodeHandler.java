package archipel.administration;

import archipel.auth.Admins;
import archipel.auth.DatabaseAccess;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Exchange;
import archipel.http.HttpServices;
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
        Route route = router.serverTree("_node", Access.ANYONE, "GET,PUT,POST,DELETE");
        for (Verb verb : Verb.values()) {
            if (verb != Verb.HEAD) {
                route.on(verb, this::handle);
            }
        }
    }

    private void handle(Exchange exchange) throws IOException {
        RequestPath path = exchange.path();
        String topic = path.size() > 2 ? path.segment(2) : "";
        if (topic.equals("_stats") || topic.equals("_system") || topic.equals("_prometheus")) {
            DatabaseAccess.requireMetrics(exchange.user());
        } else {
            DatabaseAccess.requireServerAdmin(exchange.user());
        }
        if (path.size() == 1) {
            throw new RequestException(ErrorCode.BAD_REQUEST, "Incomplete path to _node request");
        }
        String name = settings.get(AdministrationSettings.NODE_NAME);
        if (!path.segment(1).equals("_local") && !path.segment(1).equals(name)) {
            throw new RequestException(ErrorCode.NOT_FOUND, "no such node: " + path.segment(1));
        }
        switch (topic) {
            case "" ->
                exchange.json(
                        200, new JsonBuffer(64).ascii("{\"name\":").string(name).ascii('}'));
            case "_config" -> config.handle(exchange);
            case "_stats" -> stats.stats(exchange);
            case "_system" -> stats.system(exchange);
            case "_prometheus" -> stats.prometheus(exchange);
            case "_versions" -> stats.versions(exchange);
            case "_restart" ->
                throw new RequestException(ErrorCode.FORBIDDEN, "A node is restarted where it was started.");
            default -> throw new RequestException(ErrorCode.MISSING);
        }
    }

    /** Whether the request is a GET (or HEAD); otherwise it has been answered with 405. */
    static boolean isGet(Exchange exchange) throws IOException {
        if (exchange.verb() == Verb.GET || exchange.verb() == Verb.HEAD) {
            return true;
        }
        refuseMethod(exchange, "GET");
        return false;
    }

    /** A 405 for a path whose methods are not its route's. */
    static void refuseMethod(Exchange exchange, String allow) throws IOException {
        exchange.set("Allow", allow);
        JsonBuffer json = new JsonBuffer(96).ascii("{\"error\":\"method_not_allowed\",\"reason\":");
        exchange.json(405, json.string("Only " + allow + " allowed").ascii('}'));
    }
}
