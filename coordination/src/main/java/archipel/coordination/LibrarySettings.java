package archipel.coordination;

import java.util.List;
import org.apache.zookeeper.metrics.impl.NullMetricsProvider;
import org.apache.zookeeper.server.ServerMetrics;
import org.apache.zookeeper.server.auth.ProviderRegistry;

/** The library has settings of the process, which it reads as its classes are loaded. */
final class LibrarySettings {
    private LibrarySettings() {}

    static void apply(CoordinationOptions options) {
        System.setProperty("zookeeper.extendedTypesEnabled", "true");
        System.setProperty("zookeeper.enforceQuota", "true");
        // It knows of no other order than its own, and takes more time than the rest of a change.
        System.setProperty("zookeeper.digest.enabled", "false");
        System.setProperty("jute.maxbuffer", Integer.toString(options.requestBytes()));
        System.setProperty("zookeeper.admin.enableServer", "false");
        for (Class<?> login : List.of(DigestLogin.class, CertificateLogin.class)) {
            String property = "zookeeper.authProvider." + login.getSimpleName();
            System.setProperty(property, login.getName());
            ProviderRegistry.addOrUpdateProvider(property);
        }
        // Some hundred figures for each request: the node has its own.
        ServerMetrics.metricsProviderInitialized(NullMetricsProvider.INSTANCE);
    }
}
