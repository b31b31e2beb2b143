package archipel.databases;

import archipel.access.DatabaseGate;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.DatabaseInfo;
import archipel.http.DatabaseRequest;
import archipel.http.Handler;
import archipel.http.Parameters;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.mime.PercentCoding;
import archipel.read.Reader;
import java.io.IOException;
import java.util.regex.Pattern;

/** A database itself: {@code /{db}}. */
final class DatabaseHandler {
    private static final Pattern POSITIVE = Pattern.compile("0*[1-9][0-9]{0,8}");
    private static final Pattern PLACEMENT = Pattern.compile("([^:,]+:0*[1-9][0-9]*)(,[^:,]+:0*[1-9][0-9]*)*");

    private final DatabaseGate gate;

    DatabaseHandler(DatabaseGate gate) {
        this.gate = gate;
    }

    /** @param create what makes a document of a POST to the database */
    void register(Router router, Handler<DatabaseRequest> create) {
        router.database("", Access.MEMBER, "DELETE,GET,HEAD,POST")
                .get(this::info)
                .post(create)
                .on(Verb.PUT, Access.ADMIN, this::put)
                .on(Verb.DELETE, Access.ADMIN, this::delete)
                .peers(Verb.GET);
    }

    private void info(DatabaseRequest request, Answer answer) throws IOException {
        Database database = request.database();
        JsonBuffer json = new JsonBuffer(512);
        try (Reader reader = request.newest()) {
            DatabaseInfo.write(json, database, reader);
        }
        answer.json(200, json);
    }

    private void put(DatabaseRequest request, Answer answer) throws IOException {
        checkPlacement(request.parameters());
        String name = request.path().segment(0);
        Database database = gate.create(request.user(), name, request.isLocal());
        AdminLog.record(request, "database_created", name);
        answer.block(database.state().head())
                .set("Location", request.origin() + '/' + PercentCoding.encode(name))
                .ok(201);
    }

    /** How a cluster of CouchDB would spread the database is checked, and has no effect. */
    private static void checkPlacement(Parameters parameters) {
        for (String name : new String[] {"n", "q"}) {
            String value = parameters.get(name);
            if (value != null && !POSITIVE.matcher(value).matches()) {
                throw new RequestException(ErrorCode.INVALID_SHARD_COUNT, name);
            }
        }
        String placement = parameters.get("placement");
        if (placement != null && !PLACEMENT.matcher(placement).matches()) {
            throw new RequestException(ErrorCode.INVALID_PLACEMENT);
        }
        String engine = parameters.get("engine");
        if (engine != null && !engine.equals("couch")) {
            throw new RequestException(ErrorCode.INVALID_ENGINE);
        }
        switch (parameters.get("partitioned", "false")) {
            case "false" -> {}
            case "true" -> throw new RequestException(ErrorCode.NO_PARTITIONS);
            default -> throw new RequestException(ErrorCode.INVALID_PARTITIONED);
        }
    }

    private void delete(DatabaseRequest request, Answer answer) throws IOException {
        if (request.parameters().has("rev")) {
            throw new RequestException(ErrorCode.DELETE_WITH_REVISION);
        }
        gate.drop(request.user(), request.path().segment(0), request.isLocal());
        AdminLog.record(request, "database_dropped", request.path().segment(0));
        answer.ok(200);
    }
}
