package archipel.databases;

import archipel.documents.DocumentEndpoints;
import archipel.http.HttpServices;
import archipel.http.Router;
import java.util.function.Supplier;

/** All endpoints of this package. */
public final class DatabaseEndpoints {
    private DatabaseEndpoints() {}

    /**
     * @param ids makes ids for documents that come without
     * @param compactor compacts the index of a design document
     */
    public static void register(Router router, HttpServices services, Supplier<String> ids, IndexCompactor compactor) {
        new DatabaseHandler(services.databases()).register(router, DocumentEndpoints.creation(services, ids));
        new DatabaseSettingsHandler(services.databases(), services.access()).register(router);
        new FencesHandler(services.databases()).register(router);
        new MaintenanceHandler(services.writes(), services.settings(), compactor).register(router);
        new DocumentListHandler().register(router);
        new BulkWriteHandler(services.writes(), services.settings(), ids).register(router);
        new ConflictHandler(services.conflicts(), services.settings()).register(router);
        new BulkGetHandler().register(router);
        new LeavesHandler().register(router);
        new RevisionDifferenceHandler().register(router);
    }
}
