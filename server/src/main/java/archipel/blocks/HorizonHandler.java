package archipel.blocks;

import archipel.access.DatabaseGate;
import archipel.document.JsonBuffer;
import archipel.engine.Database;
import archipel.engine.Database.Horizon;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
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

    private void restartTime(DatabaseRequest request, Answer answer) throws IOException {
        gate.restartTime(request.user(), request.database());
        AdminLog.record(request, "block_time_restarted", request.database().name());
        answer.json(200, new JsonBuffer(16).ascii("{\"ok\":true}"));
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        answer(request, answer);
    }

    private void put(DatabaseRequest request, Answer answer) throws IOException {
        Database database = request.database();
        gate.setHorizon(
                request.user(), database, () -> HorizonText.parse(request.body().json()));
        AdminLog.record(request, "horizon_changed", database.name());
        answer(request, answer);
    }

    /** {@code {"policy":…,"default":…,"horizon":…,"pruned_to":…,"head":…}}. */
    private static void answer(DatabaseRequest request, Answer answer) throws IOException {
        Horizon horizon = request.database().horizon();
        JsonBuffer json = new JsonBuffer(192).ascii("{\"policy\":");
        HorizonText.write(json, horizon.inForce());
        json.ascii(",\"default\":").bool(horizon.own() == null);
        json.ascii(",\"horizon\":").number(horizon.block());
        json.ascii(",\"pruned_to\":").number(horizon.prunedTo());
        json.ascii(",\"head\":").string(horizon.head().toString()).ascii('}');
        answer.block(horizon.head()).json(200, json);
    }
}
