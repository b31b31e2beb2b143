package archipel.databases;

import archipel.access.DatabaseGate;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.DatabaseInfo;
import archipel.http.Exchange;
import archipel.http.Handler;
import archipel.http.Parameters;
import archipel.http.PercentCoding;
import archipel.http.Router;
import archipel.http.Verb;
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
    void register(Router router, Handler create) {
        router.database("", Access.MEMBER, "DELETE,GET,HEAD,POST")
                .get(this::info)
                .post(create)
                .on(Verb.PUT, Access.ADMIN, this::put)
                .on(Verb.DELETE, Access.ADMIN, this::delete);
    }

    private void info(Exchange exchange) throws IOException {
        Database database = exchange.database();
        JsonBuffer json = new JsonBuffer(512);
        try (Reader reader = exchange.newest()) {
            DatabaseInfo.write(json, database, reader);
        }
        exchange.json(200, json);
    }

    private void put(Exchange exchange) throws IOException {
        checkPlacement(exchange.parameters());
        String name = exchange.path().segment(0);
        Database database = gate.create(exchange.user(), name);
        AdminLog.record(exchange, "database_created", name);
        exchange.block(database.state().head())
                .set("Location", exchange.origin() + '/' + PercentCoding.encode(name))
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

    private void delete(Exchange exchange) throws IOException {
        if (exchange.parameters().has("rev")) {
            throw new RequestException(ErrorCode.DELETE_WITH_REVISION);
        }
        gate.drop(exchange.user(), exchange.path().segment(0));
        AdminLog.record(exchange, "database_dropped", exchange.path().segment(0));
        exchange.ok(200);
    }
}
