package archipel.find;

import archipel.http.Router;

/** All endpoints of this package. */
public final class FindEndpoints {
    private FindEndpoints() {}

    /** @param indexes where a database's indexes come from */
    public static void register(Router router, IndexSource indexes) {
        new FindHandler(indexes).register(router);
        new IndexHandler().register(router);
    }
}
