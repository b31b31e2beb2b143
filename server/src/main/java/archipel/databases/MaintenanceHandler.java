package archipel.databases;

import archipel.access.WriteGate;
import archipel.document.JsonBuffer;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.DatabaseInfo;
import archipel.http.Exchange;
import archipel.http.HttpSettings;
import archipel.http.Router;
import archipel.read.PurgeInfo;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What keeps a database in shape: compaction, purges, and what a cluster of CouchDB would be asked of its shards. */
final class MaintenanceHandler {
    private static final String WHOLE_RANGE = "00000000-ffffffff";

    private final WriteGate gate;
    private final HttpSettings settings;
    private final IndexCompactor indexes;

    MaintenanceHandler(WriteGate gate, HttpSettings settings, IndexCompactor indexes) {
        this.gate = gate;
        this.settings = settings;
        this.indexes = indexes;
    }

    void register(Router router) {
        router.databaseTree("_compact", Access.MAINTAINER, "POST").post(this::compact);
        router.database("_ensure_full_commit", Access.MEMBER, "POST").post(this::ensureFullCommit);
        router.database("_purge", Access.ADMIN, "POST").post(this::purge);
        router.database("_purged_infos", Access.MEMBER, "GET").get(this::purgedInfos);
        router.databaseTree("_shards", Access.MEMBER, "GET").get(this::shards);
        router.database("_sync_shards", Access.ADMIN, "POST").post(this::syncShards);
    }

    private void compact(Exchange exchange) throws IOException {
        exchange.body().requireJson();
        Database database = exchange.database();
        if (exchange.path().size() == 2) {
            database.compact();
        } else {
            try (Reader reader = exchange.newest()) {
                indexes.compact(database, reader, exchange.path().segment(2));
            }
        }
        AdminLog.record(exchange, "compaction_started", database.name());
        exchange.ok(202);
    }

    /** What was acknowledged is on the disk already. */
    private void ensureFullCommit(Exchange exchange) throws IOException {
        exchange.body().requireJson();
        JsonBuffer json = new JsonBuffer(64)
                .ascii("{\"ok\":true,\"instance_start_time\":\"")
                .ascii(DatabaseInfo.instanceStartTime(exchange.database()))
                .ascii("\"}");
        exchange.json(201, json);
    }

    private void purge(Exchange exchange) throws IOException {
        Map<String, List<Revision>> asked =
                RevisionLists.of(exchange.body().requireJson().jsonObject());
        Map<String, List<Revision>> purged = gate.purge(exchange.database(), exchange.user(), asked);
        AdminLog.record(exchange, "documents_purged", exchange.database().name());
        exchange.block(exchange.database().state().head());
        JsonBuffer json = new JsonBuffer().ascii("{\"purge_seq\":null,\"purged\":{");
        boolean first = true;
        for (String id : asked.keySet()) {
            json.ascii(first ? "" : ",").string(id).ascii(':');
            first = false;
            RevisionLists.write(purged.getOrDefault(id, List.of()), json);
        }
        exchange.json(201, json.ascii("}}"));
    }

    private void purgedInfos(Exchange exchange) throws IOException {
        int limit = exchange.database().purgedInfosLimit();
        JsonBuffer json = new JsonBuffer().ascii("{\"purged_infos\":[");
        try (Reader reader = exchange.newest()) {
            boolean first = true;
            for (PurgeInfo purge : reader.purges().after(0, limit)) {
                json.ascii(first ? "" : ",")
                        .ascii("{\"id\":")
                        .string(purge.id())
                        .ascii(",\"revs\":");
                first = false;
                RevisionLists.write(purge.revisions(), json);
                json.ascii('}');
            }
        }
        exchange.json(200, json.ascii("]}"));
    }

    private void shards(Exchange exchange) throws IOException {
        exchange.database();
        String node = settings.nodeName();
        JsonBuffer json = new JsonBuffer(128);
        if (exchange.path().size() == 2) {
            json.ascii("{\"shards\":{\"" + WHOLE_RANGE + "\":[").string(node).ascii("]}}");
        } else {
            json.ascii("{\"range\":\"" + WHOLE_RANGE + "\",\"nodes\":[")
                    .string(node)
                    .ascii("]}");
        }
        exchange.json(200, json);
    }

    private void syncShards(Exchange exchange) throws IOException {
        exchange.database();
        exchange.ok(202);
    }
}
