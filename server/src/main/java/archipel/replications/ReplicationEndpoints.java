package archipel.replications;

import archipel.http.Router;
import archipel.replication.TransientReplications;
import archipel.settings.Settings;

/** All endpoints of this package. */
public final class ReplicationEndpoints {
    private ReplicationEndpoints() {}

    public static void register(Router router, TransientReplications replications, Settings settings) {
        new ReplicateHandler(replications, settings).register(router);
    }
}
