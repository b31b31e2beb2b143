package archipel.databases;

import archipel.http.Handler;
import archipel.http.Router;
import java.util.function.Supplier;

/** All endpoints of this package. */
public final class DatabaseEndpoints {
    private DatabaseEndpoints() {}

    /**
     * @param ids makes ids for documents that come without
     * @param create answers a POST to a database, which makes a document
     * @param compactor compacts the index of a design document
     */
    public static void register(Router router, Supplier<String> ids, Handler create, IndexCompactor compactor) {
        new DatabaseHandler().register(router, create);
        new DatabaseSettingsHandler().register(router);
        new MaintenanceHandler(compactor).register(router);
        new DocumentListHandler().register(router);
        new BulkWriteHandler(ids).register(router);
        new BulkGetHandler().register(router);
        new RevisionDifferenceHandler().register(router);
    }
}
