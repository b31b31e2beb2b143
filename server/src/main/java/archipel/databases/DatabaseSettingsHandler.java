package archipel.databases;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.document.WholeNumber;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Exchange;
import archipel.http.JsonTree;
import archipel.http.Router;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is set for one database: {@code _security}, {@code _revs_limit}, {@code _purged_infos_limit}. */
final class DatabaseSettingsHandler {
    void register(Router router) {
        router.database("_security", Access.MEMBER, "PUT,GET")
                .get(this::security)
                .put(this::setSecurity);
        router.database("_revs_limit", Access.MEMBER, "PUT,GET")
                .get(this::revisionsLimit)
                .put(this::setRevisionsLimit);
        router.database("_purged_infos_limit", Access.ADMIN, "GET,PUT")
                .get(this::purgedInfosLimit)
                .put(this::setPurgedInfosLimit);
    }

    private void security(Exchange exchange) throws IOException {
        byte[] json =
                exchange.services().access().securityJson(exchange.database().security());
        exchange.json(200, new JsonBuffer(json.length + 1).raw(json));
    }

    private void setSecurity(Exchange exchange) throws IOException {
        Database database = exchange.database();
        exchange.services().access().requireDatabaseAdmin(database, exchange.user());
        if (database.name().equals(exchange.services().settings().usersDatabase())
                && !exchange.services().settings().isUsersSecurityEditable()) {
            throw new RequestException(ErrorCode.FORBIDDEN, "You can't edit the security object of the user database.");
        }
        byte[] json = exchange.body().bytes();
        ObjectNode security = JsonTree.object(JsonTree.parse(json));
        for (String section : List.of("admins", "members", "readers")) {
            checkSection(security.get(section));
        }
        database.setSecurity(json);
        AdminLog.record(exchange, "security_changed", database.name());
        exchange.ok(200);
    }

    // 500 rather than 400, since CouchDB answers so, and its tests ask for it.
    private static void checkSection(JsonNode section) {
        if (section == null) {
            return;
        }
        if (!(section instanceof ObjectNode object)) {
            throw new RequestException(ErrorCode.SECURITY_REFUSED, "admins or members must be a JSON list of strings");
        }
        for (String list : List.of("names", "roles")) {
            JsonNode names = object.get(list);
            if (names == null) {
                continue;
            }
            boolean strings = names.isArray();
            for (JsonNode name : names) {
                strings &= name.isString();
            }
            if (!strings) {
                throw new RequestException(ErrorCode.SECURITY_REFUSED, list + " must be a JSON list of strings");
            }
        }
    }

    private void revisionsLimit(Exchange exchange) throws IOException {
        exchange.json(200, new JsonBuffer(16).number(exchange.database().revisionsLimit()));
    }

    private void setRevisionsLimit(Exchange exchange) throws IOException {
        Database database = exchange.database();
        exchange.services().access().requireDatabaseAdmin(database, exchange.user());
        database.setRevisionsLimit(positive(exchange, "`revs_limit` must be positive integer"));
        AdminLog.record(exchange, "revs_limit_changed", database.name());
        exchange.ok(200);
    }

    private void purgedInfosLimit(Exchange exchange) throws IOException {
        exchange.json(200, new JsonBuffer(16).number(exchange.database().purgedInfosLimit()));
    }

    private void setPurgedInfosLimit(Exchange exchange) throws IOException {
        exchange.database().setPurgedInfosLimit(positive(exchange, "`purged_infos_limit` must be positive integer"));
        AdminLog.record(
                exchange, "purged_infos_limit_changed", exchange.database().name());
        exchange.ok(200);
    }

    private static int positive(Exchange exchange, String refusal) throws IOException {
        Long limit = WholeNumber.clamped(exchange.body().json());
        if (limit == null || limit <= 0) {
            throw new RequestException(ErrorCode.BAD_REQUEST, refusal);
        }
        return (int) Math.min(limit, Integer.MAX_VALUE);
    }
}
