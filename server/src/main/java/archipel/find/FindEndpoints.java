package archipel.find;

import archipel.http.HttpServices;
import archipel.http.Router;
import archipel.mango.IndexCatalog;

/** All endpoints of this package. */
public final class FindEndpoints {
    private FindEndpoints() {}

    /** @param indexes where a database's indexes come from */
    public static void register(Router router, HttpServices services, IndexSource indexes) {
        IndexCatalog catalog = new IndexCatalog();
        new FindHandler(services.settings(), indexes, catalog).register(router);
        new IndexHandler(services.writes(), catalog).register(router);
    }
}
