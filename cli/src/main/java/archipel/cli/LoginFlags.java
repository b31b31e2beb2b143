package archipel.cli;

import archipel.auth.AccountSettings;
import archipel.connections.ConnectionSettings;
import archipel.node.Login;
import archipel.node.NodeUrl;
import archipel.server.NodeSettings;
import archipel.settings.Setting;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import archipel.shell.GivenLogin;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The flags by which a command is told. They are those of {@code serve}, and so are the variables and the file that
 * stand behind them: what a node was started with opens it here.
 */
final class LoginFlags {
    private final CliCommand command;
    private final Map<String, String> environment;
    private final Map<Setting<?>, OptionSpec> options = new LinkedHashMap<>();

    LoginFlags(CliCommand command, Map<String, String> environment) {
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

    /** Whom to trust; null for whom Java trusts. */
    @Nullable
    SSLContext trusted(NodeUrl url) {
        return GivenLogin.trusted(url, settings());
    }

    /** @throws SettingException when there is no password, or two names */
    Login login(NodeUrl url) {
        return GivenLogin.required(url, settings());
    }
}
