package archipel.remote;

import archipel.remote.RemoteClient.Trust;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Which certificates of other nodes are trusted, as the settings say. */
final class TrustedCertificates {
    private TrustedCertificates() {}

    static Trust of(Settings settings) {
        try {
            if (!settings.get(RemoteSettings.VERIFY_CERTIFICATES)) {
                return new Trust(context(new TrustManager[] {new Everybody()}), false);
            }
            if (!settings.isSet(RemoteSettings.TRUSTED_CERTIFICATES)) {
                return Trust.SYSTEM;
            }
            return new Trust(context(managers(settings.get(RemoteSettings.TRUSTED_CERTIFICATES))), true);
        } catch (GeneralSecurityException | IOException e) {
            throw new SettingException(
                    "trusted_remote_certificates: " + settings.get(RemoteSettings.TRUSTED_CERTIFICATES)
                            + " cannot be read as certificates: " + e.getMessage());
        }
    }

    private static TrustManager[] managers(Path file) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        Collection<? extends Certificate> certificates;
        try (InputStream in = Files.newInputStream(file)) {
            certificates = CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
        if (certificates.isEmpty()) {
            throw new IOException("there is none");
        }
        int number = 0;
        for (Certificate certificate : certificates) {
            store.setCertificateEntry("trusted-" + number++, certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static SSLContext context(TrustManager[] managers) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers, null);
        return context;
    }

    /** Where the settings say that nobody is checked. */
    private static final class Everybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authentication) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authentication) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
