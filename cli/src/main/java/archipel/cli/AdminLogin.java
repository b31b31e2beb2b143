package archipel.cli;

import archipel.auth.AccountSettings;
import archipel.auth.AdminPassword;
import archipel.connections.ConnectionSettings;
import archipel.server.NodeSettings;
import archipel.settings.Setting;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import archipel.settings.Settings.Source;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/** As whom a command asks a running node. As text it has no password. */
record AdminLogin(String name, String password) {
    /** What the header Authorization says. */
    String basic() {
        byte[] pair = (name + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    @Override
    public String toString() {
        return name;
    }

    /**
     * The flags by which a command is told. They are those of {@code serve}, and so are the variables and the file that
     * stand behind them: what a node was started with opens it here.
     */
    static final class Flags {
        private final CliCommand command;
        private final Map<String, String> environment;
        private final Map<Setting<?>, OptionSpec> options = new LinkedHashMap<>();

        Flags(CliCommand command, Map<String, String> environment) {
            this.command = command;
            this.environment = environment;
            add(
                    AccountSettings.ADMIN,
                    "NAME",
                    "With a URL: the server admin to log in as. Default: ARCHIPEL_ADMIN, or admin.");
            add(
                    AccountSettings.ADMIN_PASSWORD_FILE,
                    "PATH",
                    "With a URL: a file whose first line is the admin's password. It can also be given as "
                            + "ARCHIPEL_ADMIN_PASSWORD, or in the URL, where other users of this machine may see it.");
            add(
                    ConnectionSettings.TLS_CERT,
                    "PATH",
                    "With an https:// URL: a PEM file with the certificate to trust, the node's own or its issuer's. "
                            + "Default: ARCHIPEL_TLS_CERT, or the certificates that Java trusts.");
        }

        private void add(Setting<?> setting, String label, String description) {
            OptionSpec option = OptionSpec.builder(Objects.requireNonNull(setting.flag()))
                    .type(String.class)
                    .paramLabel(label)
                    .description(description)
                    .build();
            options.put(setting, option);
            command.spec().addOption(option);
        }

        /** Whether any was given. */
        boolean areGiven() {
            return options.values().stream().anyMatch(option -> command.isGiven(option.longestName()));
        }

        private Settings settings() {
            Map<String, String> flags = new LinkedHashMap<>();
            options.forEach((setting, option) -> {
                String text = command.given(option);
                if (text != null) {
                    flags.put(setting.name(), text);
                }
            });
            return Settings.of(NodeSettings.ALL, flags, environment);
        }

        /**
         * Whom to trust; null for whom Java trusts.
         *
         * @throws SettingException when the file that says so cannot be used
         */
        @Nullable
        SSLContext trusted(NodeUrl url) {
            Settings settings = settings();
            return url.isSecure() && settings.isSet(ConnectionSettings.TLS_CERT)
                    ? TrustedCertificates.of(settings.get(ConnectionSettings.TLS_CERT))
                    : null;
        }

        /** @throws SettingException when there is no password, or two names */
        AdminLogin login(NodeUrl url) {
            Settings settings = settings();
            String name = name(url, settings);
            @Nullable String password = url.password() == null ? AdminPassword.given(settings) : url.password();
            if (password == null) {
                throw new SettingException("The password of the admin \"" + name + "\" is missing: give it as "
                        + "ARCHIPEL_ADMIN_PASSWORD, or in a file with --admin-password-file.");
            }
            return new AdminLogin(name, password);
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
}
