package archipel.feeds;

import archipel.http.HttpServices;
import archipel.http.Router;

/** All endpoints of this package. */
public final class FeedEndpoints {
    private FeedEndpoints() {}

    public static void register(Router router, HttpServices services) {
        new ChangesHandler(services).register(router);
        new BlocksHandler(services.settings()).register(router);
        new DatabaseUpdatesHandler(services.node(), services.settings()).register(router);
    }
}
