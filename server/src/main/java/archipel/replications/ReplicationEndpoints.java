package archipel.replications;

import archipel.engine.Node;
import archipel.http.Router;
import archipel.scheduler.Scheduler;
import archipel.settings.Settings;
import java.util.function.Supplier;

/** All endpoints of this package. */
public final class ReplicationEndpoints {
    private ReplicationEndpoints() {}

    /** @param nodeName what this node is called, asked for each answer */
    public static void register(
            Router router, Node node, Scheduler scheduler, Settings settings, Supplier<String> nodeName) {
        new ReplicateHandler(scheduler, settings).register(router);
        new SchedulerHandler(node, scheduler, new JobOwners(node, nodeName)).register(router);
    }
}
