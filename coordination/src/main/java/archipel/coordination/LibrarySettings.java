package archipel.coordination;

import java.util.List;
import org.apache.zookeeper.metrics.impl.NullMetricsProvider;
import org.apache.zookeeper.server.ServerMetrics;
import org.apache.zookeeper.server.auth.ProviderRegistry;

/** The library has settings of the process, which it reads as its classes are loaded. */
final class LibrarySettings {
    private static final int MOST_SELECTORS = 8;

    private LibrarySettings() {}

    private static int selectors() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MOST_SELECTORS);
    }

    static void apply(CoordinationOptions options) {
        System.setProperty("zookeeper.extendedTypesEnabled", "true");
        System.setProperty("zookeeper.enforceQuota", "true");
        // It knows of no other order than its own, and takes more time than the rest of a change.
        System.setProperty("zookeeper.digest.enabled", "false");
        System.setProperty("jute.maxbuffer", Integer.toString(options.requestBytes()));
        System.setProperty("zookeeper.admin.enableServer", "false");
        // Whoever finds that a socket can be read reads it: handing that on cost two changes of threads for each
        // request
        // and as many for its answer, a third of all. What takes long is done aside anyway.
        System.setProperty("zookeeper.nio.numWorkerThreads", "0");
        System.setProperty("zookeeper.nio.numSelectorThreads", Integer.toString(selectors()));
        for (Class<?> login : List.of(DigestLogin.class, CertificateLogin.class)) {
            String property = "zookeeper.authProvider." + login.getSimpleName();
            System.setProperty(property, login.getName());
            ProviderRegistry.addOrUpdateProvider(property);
        }
        // Some hundred figures for each request: the node has its own.
        ServerMetrics.metricsProviderInitialized(NullMetricsProvider.INSTANCE);
    }
}
