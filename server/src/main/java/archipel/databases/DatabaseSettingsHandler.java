package archipel.databases;

import archipel.access.DatabaseGate;
import archipel.auth.DatabaseAccess;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.document.WholeNumber;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Exchange;
import archipel.http.Router;
import java.io.IOException;

/** What is set for one database: {@code _security}, {@code _revs_limit}, {@code _purged_infos_limit}. */
final class DatabaseSettingsHandler {
    private final DatabaseGate gate;
    private final DatabaseAccess access;

    DatabaseSettingsHandler(DatabaseGate gate, DatabaseAccess access) {
        this.gate = gate;
        this.access = access;
    }

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
        byte[] json = access.securityJson(exchange.database().security());
        exchange.json(200, new JsonBuffer(json.length + 1).raw(json));
    }

    private void setSecurity(Exchange exchange) throws IOException {
        gate.setSecurity(
                exchange.user(), exchange.database(), () -> exchange.body().bytes());
        AdminLog.record(exchange, "security_changed", exchange.database().name());
        exchange.ok(200);
    }

    private void revisionsLimit(Exchange exchange) throws IOException {
        exchange.json(200, new JsonBuffer(16).number(exchange.database().revisionsLimit()));
    }

    private void setRevisionsLimit(Exchange exchange) throws IOException {
        gate.setRevisionsLimit(
                exchange.user(), exchange.database(), () -> positive(exchange, ErrorCode.REVISIONS_LIMIT));
        AdminLog.record(exchange, "revs_limit_changed", exchange.database().name());
        exchange.ok(200);
    }

    private void purgedInfosLimit(Exchange exchange) throws IOException {
        exchange.json(200, new JsonBuffer(16).number(exchange.database().purgedInfosLimit()));
    }

    private void setPurgedInfosLimit(Exchange exchange) throws IOException {
        gate.setPurgedInfosLimit(
                exchange.user(), exchange.database(), () -> positive(exchange, ErrorCode.PURGED_INFOS_LIMIT));
        AdminLog.record(
                exchange, "purged_infos_limit_changed", exchange.database().name());
        exchange.ok(200);
    }

    private static int positive(Exchange exchange, ErrorCode refusal) throws IOException {
        Long limit = WholeNumber.clamped(exchange.body().json());
        if (limit == null || limit <= 0) {
            throw new RequestException(refusal);
        }
        return (int) Math.min(limit, Integer.MAX_VALUE);
    }
}
