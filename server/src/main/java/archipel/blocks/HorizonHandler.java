package archipel.blocks;

import archipel.access.DatabaseGate;
import archipel.document.JsonBuffer;
import archipel.engine.Database;
import archipel.engine.Database.Horizon;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Exchange;
import archipel.http.Router;
import java.io.IOException;

/**
 * {@code /{db}/_horizon}: which blocks stay readable, and how far those before have been deleted; {@code
 * /{db}/_restart_time}, which lets the blocks' time follow the clock again.
 */
final class HorizonHandler {
    private final DatabaseGate gate;

    HorizonHandler(DatabaseGate gate) {
        this.gate = gate;
    }

    void register(Router router) {
        router.database("_horizon", Access.MEMBER, "GET,HEAD,PUT")
                .get(this::get)
                .put(this::put);
        router.database("_restart_time", Access.MAINTAINER, "POST").post(this::restartTime);
    }

    private void restartTime(Exchange exchange) throws IOException {
        gate.restartTime(exchange.user(), exchange.database());
        exchange.json(200, new JsonBuffer(16).ascii("{\"ok\":true}"));
    }

    private void get(Exchange exchange) throws IOException {
        answer(exchange);
    }

    private void put(Exchange exchange) throws IOException {
        Database database = exchange.database();
        gate.setHorizon(
                exchange.user(),
                database,
                () -> HorizonText.parse(exchange.body().json()));
        AdminLog.record(exchange, "horizon_changed", database.name());
        answer(exchange);
    }

    /** {@code {"policy":…,"default":…,"horizon":…,"pruned_to":…,"head":…}}. */
    private static void answer(Exchange exchange) throws IOException {
        Horizon horizon = exchange.database().horizon();
        JsonBuffer json = new JsonBuffer(192).ascii("{\"policy\":");
        HorizonText.write(json, horizon.inForce());
        json.ascii(",\"default\":").bool(horizon.own() == null);
        json.ascii(",\"horizon\":").number(horizon.block());
        json.ascii(",\"pruned_to\":").number(horizon.prunedTo());
        json.ascii(",\"head\":").string(horizon.head().toString()).ascii('}');
        exchange.block(horizon.head()).json(200, json);
    }
}
