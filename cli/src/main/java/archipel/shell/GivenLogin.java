package archipel.shell;

import archipel.auth.AccountSettings;
import archipel.auth.AdminPassword;
import archipel.connections.ConnectionSettings;
import archipel.node.Login;
import archipel.node.NodeUrl;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import archipel.settings.Settings.Source;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** As whom, and trusting whom, a running node is asked, as its URL and the settings say. */
public final class GivenLogin {
    private GivenLogin() {}

    /**
     * What certificates are compared with; null for those that Java trusts.
     *
     * @throws SettingException when the file that says so cannot be used
     */
    public static @Nullable SSLContext trusted(NodeUrl url, Settings settings) {
        return url.isSecure() && settings.isSet(ConnectionSettings.TLS_CERT)
                ? TrustedCertificates.of(settings.get(ConnectionSettings.TLS_CERT))
                : null;
    }

    /** @throws SettingException when there is no password, or two names */
    public static Login required(NodeUrl url, Settings settings) {
        String name = name(url, settings);
        @Nullable String password = url.password() == null ? AdminPassword.given(settings) : url.password();
        if (password == null) {
            throw new SettingException("The password of the admin \"" + name + "\" is missing: give it as "
                    + "ARCHIPEL_ADMIN_PASSWORD, or in a file with --admin-password-file.");
        }
        return new Login(name, password);
    }

    /**
     * Null where neither a name nor a password is given.
     *
     * @throws SettingException when one of them is missing, or there are two names
     */
    public static @Nullable Login optional(NodeUrl url, Settings settings) {
        boolean given = url.name() != null
                || url.password() != null
                || settings.resolved(AccountSettings.ADMIN).source() != Source.DEFAULT
                || AdminPassword.given(settings) != null;
        return given ? required(url, settings) : null;
    }

    private static String name(NodeUrl url, Settings settings) {
        String name = settings.get(AccountSettings.ADMIN);
        String inUrl = url.name();
        if (inUrl == null) {
            return name;
        }
        if (settings.resolved(AccountSettings.ADMIN).source() == Source.FLAG && !name.equals(inUrl)) {
            throw new SettingException(
                    "The URL names the admin \"" + inUrl + "\" and --admin \"" + name + "\": leave one out.");
        }
        return inUrl;
    }
}
