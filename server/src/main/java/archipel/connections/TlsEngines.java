package archipel.connections;

import java.nio.file.Path;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/** TLS with the node's certificate for what is not HTTP. The files are read anew when they change. */
public final class TlsEngines implements AutoCloseable {
    private final SslContextFactory.Server contexts;
    private final Watch watch;

    private TlsEngines(TlsFiles files) {
        this.contexts = files.contexts();
        this.watch = Watch.start("coordination-certificate-watch", files::reloadIfChanged);
    }

    /**
     * @param trusted PEM file with the certificates that vouch for those of clients; null where clients show none
     * @param required whether a client has to show one
     * @throws java.io.UncheckedIOException where the files cannot be used; its message says which and why
     */
    public static TlsEngines of(Path certificate, Path key, @Nullable Path trusted, boolean required) {
        TlsFiles files = TlsFiles.of(certificate, key, trusted);
        files.contexts().setWantClientAuth(trusted != null);
        files.contexts().setNeedClientAuth(trusted != null && required);
        try {
            files.contexts().start();
        } catch (Exception e) {
            throw new IllegalStateException("TLS cannot be spoken with " + certificate, e);
        }
        return new TlsEngines(files);
    }

    /** For one connection, of a server. */
    public SSLEngine engine() {
        SSLEngine engine = contexts.newSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    @Override
    public void close() {
        watch.close();
        try {
            contexts.stop();
        } catch (Exception e) {
            throw new IllegalStateException("TLS cannot be stopped", e);
        }
    }
}
