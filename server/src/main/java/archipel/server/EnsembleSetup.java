package archipel.server;

import archipel.auth.AccountSettings;
import archipel.engine.EngineSettings;
import archipel.ensemble.Ensemble;
import archipel.ensemble.EnsembleOptions;
import archipel.ensemble.EnsembleSettings;
import archipel.ensemble.MemberAddress;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import archipel.transport.MemberSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** Makes a node a member of an ensemble where its settings or its data say so. */
final class EnsembleSetup {
    private EnsembleSetup() {}

    /**
     * Null for a node that is on its own.
     *
     * @throws SettingException where the settings do not make a member
     */
    static @Nullable Ensemble of(Settings settings) {
        Path data = settings.get(EngineSettings.DATA);
        boolean member = Ensemble.isMember(data);
        if (!member && settings.get(EnsembleSettings.ENSEMBLE).isEmpty()) {
            if (settings.get(EnsembleSettings.OBSERVER)
                    || !settings.get(EnsembleSettings.ENSEMBLE_NAME).isEmpty()) {
                throw new SettingException("ensemble_name and observer are for members of an ensemble: give --ensemble"
                        + " NAME=HOST:PORT as well.");
            }
            return null;
        }
        try {
            EnsembleOptions options =
                    EnsembleOptions.of(settings, () -> secret(settings), new SecureRandom().nextLong(), version());
            int port = settings.get(NodeSettings.PORT);
            for (MemberAddress address : options.members().values()) {
                if (!member && port != 0 && address.port() == port) {
                    throw new SettingException("ensemble gives member " + address.name() + " port " + port
                            + ", which this node serves HTTP on: members need a port of their own for each other.");
                }
            }
            if (!member) {
                // Before anything is written.
                secret(settings);
            }
            return Ensemble.of(data, options);
        } catch (IllegalArgumentException e) {
            throw new SettingException("ensemble: " + e.getMessage() + ".", e);
        }
    }

    private static String version() {
        String version = EnsembleSetup.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    private static MemberSecret secret(Settings settings) {
        String secret = settings.get(EnsembleSettings.ENSEMBLE_SECRET);
        if (!secret.isEmpty()) {
            return MemberSecret.of(secret);
        }
        String password = password(settings);
        if (password.isEmpty()) {
            throw new SettingException("an ensemble needs a secret that its members have in common: set"
                    + " ARCHIPEL_ENSEMBLE_SECRET, or ARCHIPEL_ADMIN_PASSWORD, of which it is made then.");
        }
        // However short the password is: what is made of it is not the password itself.
        return MemberSecret.of("admin password: " + password);
    }

    private static String password(Settings settings) {
        if (!settings.isSet(AccountSettings.ADMIN_PASSWORD_FILE)) {
            return settings.get(AccountSettings.ADMIN_PASSWORD);
        }
        try {
            return Files.readString(settings.get(AccountSettings.ADMIN_PASSWORD_FILE))
                    .lines()
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new SettingException("admin_password_file cannot be read: " + e.getMessage(), e);
        }
    }
}
