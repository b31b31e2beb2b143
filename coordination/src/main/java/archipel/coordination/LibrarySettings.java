package archipel.coordination;

import java.util.List;
import org.apache.zookeeper.metrics.impl.NullMetricsProvider;
import org.apache.zookeeper.server.ServerMetrics;
import org.apache.zookeeper.server.auth.ProviderRegistry;

/** The library has settings of the process, which it reads as its classes are loaded. */
final class LibrarySettings {
    private static final int MOST_SELECTORS = 8;

    /** The largest value of {@code coordination_request_bytes}. */
    static final int MOST_REQUEST_BYTES = 64 << 20;

    private LibrarySettings() {}

    private static int selectors() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MOST_SELECTORS);
    }

    static void apply() {
        System.setProperty("zookeeper.extendedTypesEnabled", "true");
        System.setProperty("zookeeper.enforceQuota", "true");
        // It knows of no other order than its own, and takes more time than the rest of a change.
        System.setProperty("zookeeper.digest.enabled", "false");
        // What one server takes all have to apply, and to read again at a start, whatever they are set to: how long a
        // request may be is looked at where it comes in, and no part of it is longer than the whole.
        System.setProperty("jute.maxbuffer", Integer.toString(MOST_REQUEST_BYTES));
        System.setProperty("zookeeper.admin.enableServer", "false");
        // Whoever finds that a socket can be read reads it: handing that on costs two changes of threads for each
        // request and as many for its answer, a third of all. What takes long is done aside anyway.
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
