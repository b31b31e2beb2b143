package archipel.views;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonCollation;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.Route;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.index.Index;
import archipel.index.IndexState;
import archipel.read.Reader;
import archipel.view.IndexDefinition;
import archipel.view.IndexKeeper;
import archipel.view.ViewDefinitions;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What is known of indexes, and how those that nobody needs go. */
final class ViewAdministrationHandler {
    private final IndexKeeper keeper;
    private final ViewDefinitions definitions;

    ViewAdministrationHandler(IndexKeeper keeper, ViewDefinitions definitions) {
        this.keeper = keeper;
        this.definitions = definitions;
    }

    void register(Router router) {
        router.design("_info", Access.MEMBER, "GET").get(this::info).ofDesigns();
        Route<DatabaseRequest> temporary = router.database("_temp_view", Access.MEMBER, "");
        for (Verb verb : Verb.values()) {
            temporary.on(verb, (_, _) -> {
                throw new RequestException(ErrorCode.NO_TEMPORARY_VIEWS);
            });
        }
        router.database("_view_cleanup", Access.MAINTAINER, "POST").post(this::cleanUp);
    }

    /** Of the order of texts alone, as CouchDB writes it, such as {@code 153.136}. */
    private static String collatorVersion() {
        String version = JsonCollation.version();
        return version.substring(0, version.indexOf('/')).replaceAll("(\\.0)+$", "");
    }

    private void info(DatabaseRequest request, Answer answer) throws IOException {
        Database database = request.database();
        try (Reader reader = request.newest()) {
            String name = request.path().segment(2);
            IndexDefinition definition = definitions.of(reader, name);
            Index index = database.indexes().find(definition.signature());
            IndexState state = index == null ? null : index.state();
            long seq = state == null ? 0 : state.seq();
            long pending = reader.changes().pending(seq, Long.MAX_VALUE);
            boolean building = keeper.isBuilding(database, definition.signature());
            JsonBuffer json = new JsonBuffer(512).ascii("{\"name\":").string(name);
            json.ascii(",\"view_index\":{\"updates_pending\":{\"minimum\":").number(pending);
            json.ascii(",\"preferred\":").number(pending).ascii(",\"total\":").number(pending);
            json.ascii("},\"waiting_commit\":false,\"waiting_clients\":0,\"updater_running\":")
                    .bool(building);
            json.ascii(",\"update_seq\":").number(seq);
            sizes(json, index);
            json.ascii(",\"collator_versions\":[").string(collatorVersion()).ascii(']');
            json.ascii(",\"signature\":").string(definition.signature());
            json.ascii(",\"purge_seq\":").number(state == null ? 0 : state.purgeSeq());
            json.ascii(",\"language\":").string(definition.language());
            json.ascii(",\"compact_running\":").bool(keeper.isCompacting(database, definition.signature()));
            json.ascii(",\"errors\":").number(state == null ? 0 : state.errors());
            json.ascii(",\"block\":").number(state == null ? 0 : state.block());
            json.ascii(",\"oldest_block\":").number(state == null ? 0 : state.base());
            answer.json(200, json.ascii("}}"));
        }
    }

    private static void sizes(JsonBuffer json, @Nullable Index index) {
        Index.Sizes sizes = index == null ? new Index.Sizes(0, 0) : index.sizes();
        json.ascii(",\"sizes\":{\"file\":")
                .number(sizes.file())
                .ascii(",\"external\":")
                .number(index == null ? 0 : index.state().bytes());
        json.ascii(",\"active\":").number(sizes.active()).ascii('}');
    }

    private void cleanUp(DatabaseRequest request, Answer answer) throws IOException {
        Database database = request.database();
        keeper.cleanUp(database, definitions.signatures(database));
        AdminLog.record(request, "indexes_cleaned_up", database.name());
        answer.ok(202);
    }
}
