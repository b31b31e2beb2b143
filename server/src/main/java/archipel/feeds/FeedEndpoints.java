package archipel.feeds;

import archipel.http.Router;

/** All endpoints of this package. */
public final class FeedEndpoints {
    private FeedEndpoints() {}

    public static void register(Router router) {
        new ChangesHandler().register(router);
        new BlocksHandler().register(router);
        new DatabaseUpdatesHandler().register(router);
    }
}
