package archipel.locks;

import archipel.http.HttpServices;
import archipel.http.Router;
import archipel.settings.Settings;
import java.util.function.Supplier;

/** All endpoints of this package. */
public final class LockEndpoints {
    private LockEndpoints() {}

    /** @param ids for requests that come without one; each is another one, on all nodes */
    public static void register(Router router, HttpServices services, Settings settings, Supplier<String> ids) {
        new LockHandler(services, settings, ids).register(router);
    }
}
