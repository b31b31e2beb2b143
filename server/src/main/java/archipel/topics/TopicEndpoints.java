package archipel.topics;

import archipel.http.HttpServices;
import archipel.http.Router;
import archipel.settings.Settings;

/** All endpoints of this package. */
public final class TopicEndpoints {
    private TopicEndpoints() {}

    public static void register(Router router, HttpServices services, Settings settings) {
        new TopicHandler(services, settings).register(router);
    }
}
