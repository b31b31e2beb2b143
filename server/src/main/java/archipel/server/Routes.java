package archipel.server;

import archipel.administration.Administration;
import archipel.administration.AdministrationEndpoints;
import archipel.blocks.BlockEndpoints;
import archipel.databases.DatabaseEndpoints;
import archipel.documents.DocumentEndpoints;
import archipel.feeds.FeedEndpoints;
import archipel.find.FindEndpoints;
import archipel.find.KeptIndexes;
import archipel.http.HttpServices;
import archipel.http.Router;
import archipel.view.IndexDefinition;
import archipel.view.Queries;
import archipel.views.ViewEndpoints;

/** All endpoint families of a node: the one list of what answers where. */
final class Routes {
    private Routes() {}

    static Router router(HttpServices services, Administration administration, Queries queries) {
        Router router = new Router();
        AdministrationEndpoints.register(router, services, administration);
        DocumentEndpoints.register(router, services, administration.uuids()::next);
        DatabaseEndpoints.register(router, services, administration.uuids()::next, (database, reader, name) -> {
            IndexDefinition definition = queries.definitions().find(reader, name);
            if (definition != null) {
                queries.keeper().compact(database, definition);
            }
        });
        BlockEndpoints.register(router, services);
        FindEndpoints.register(router, services, new KeptIndexes(queries.keeper()));
        FeedEndpoints.register(router, services);
        ViewEndpoints.register(router, queries.keeper(), queries.definitions());
        return router;
    }
}
