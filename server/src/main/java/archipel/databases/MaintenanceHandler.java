package archipel.databases;

import archipel.access.WriteGate;
import archipel.document.JsonBuffer;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.DatabaseInfo;
import archipel.http.DatabaseRequest;
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

    private void compact(DatabaseRequest request, Answer answer) throws IOException {
        request.body().requireJson();
        Database database = request.database();
        if (request.path().size() == 2) {
            database.compact();
        } else {
            try (Reader reader = request.newest()) {
                indexes.compact(database, reader, request.path().segment(2));
            }
        }
        AdminLog.record(request, "compaction_started", database.name());
        answer.ok(202);
    }

    /** What was acknowledged is on the disk already. */
    private void ensureFullCommit(DatabaseRequest request, Answer answer) throws IOException {
        request.body().requireJson();
        JsonBuffer json = new JsonBuffer(64)
                .ascii("{\"ok\":true,\"instance_start_time\":\"")
                .ascii(DatabaseInfo.instanceStartTime(request.database()))
                .ascii("\"}");
        answer.json(201, json);
    }

    private void purge(DatabaseRequest request, Answer answer) throws IOException {
        Map<String, List<Revision>> asked =
                RevisionLists.of(request.body().requireJson().jsonObject());
        Map<String, List<Revision>> purged = gate.purge(request.database(), request.user(), asked);
        AdminLog.record(request, "documents_purged", request.database().name());
        answer.block(request.database().state().head());
        JsonBuffer json = new JsonBuffer().ascii("{\"purge_seq\":null,\"purged\":{");
        boolean first = true;
        for (String id : asked.keySet()) {
            json.ascii(first ? "" : ",").string(id).ascii(':');
            first = false;
            RevisionLists.write(purged.getOrDefault(id, List.of()), json);
        }
        answer.json(201, json.ascii("}}"));
    }

    private void purgedInfos(DatabaseRequest request, Answer answer) throws IOException {
        int limit = request.database().purgedInfosLimit();
        JsonBuffer json = new JsonBuffer().ascii("{\"purged_infos\":[");
        try (Reader reader = request.newest()) {
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
        answer.json(200, json.ascii("]}"));
    }

    private void shards(DatabaseRequest request, Answer answer) throws IOException {
        request.database();
        String node = settings.nodeName();
        JsonBuffer json = new JsonBuffer(128);
        if (request.path().size() == 2) {
            json.ascii("{\"shards\":{\"" + WHOLE_RANGE + "\":[").string(node).ascii("]}}");
        } else {
            json.ascii("{\"range\":\"" + WHOLE_RANGE + "\",\"nodes\":[")
                    .string(node)
                    .ascii("]}");
        }
        answer.json(200, json);
    }

    private void syncShards(DatabaseRequest request, Answer answer) throws IOException {
        request.database();
        answer.ok(202);
    }
}
