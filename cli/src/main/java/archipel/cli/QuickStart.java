package archipel.cli;

import archipel.server.NodeSettings;
import archipel.settings.Setting;
import archipel.settings.SettingType;
import archipel.settings.Settings;
import archipel.shell.ExitStatus;
import archipel.shell.NodeArguments;
import archipel.shell.NodeRun;
import archipel.shell.NodeVerb;
import archipel.shell.Terminal;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs plain command lines without picocli: {@code version}, {@code serve} and {@code settings} with flags of settings
 * alone, and those that ask a node.
 * Picocli's classes are in a format too old for the JVM's start-up cache (Java 5's), so that they cost
 * each start some 100 ms. Whatever is not plain, help and mistakes above all, is left to it.
 */
final class QuickStart {
    private QuickStart() {}

    /** How the command ended; null where picocli has to look at the arguments. */
    static @Nullable ExitStatus run(
            String[] arguments, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        if (arguments.length == 0) {
            return null;
        }
        return switch (arguments[0]) {
            case "version" -> arguments.length == 1 ? Version.print(out) : null;
            case "serve" -> {
                Map<String, String> flags = flags(arguments);
                yield flags == null ? null : new Serving(out).run(settings(flags, environment));
            }
            case "settings" -> {
                Map<String, String> flags = flags(arguments);
                yield flags == null ? null : SettingsListing.print(settings(flags, environment), out, err);
            }
            default -> node(arguments, environment, out, err);
        };
    }

    private static @Nullable ExitStatus node(
            String[] arguments, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        NodeVerb verb = NodeVerb.named(arguments[0]);
        NodeArguments plain = null;
        if (verb != null) {
            plain = NodeArguments.parse(verb, arguments);
        } else if (arguments.length > 1) {
            verb = NodeVerb.named(arguments[0] + ' ' + arguments[1]);
            plain = verb == null ? null : NodeArguments.parse(verb, Arrays.copyOfRange(arguments, 1, arguments.length));
        }
        return plain == null ? null : NodeRun.run(plain, environment, new Terminal(System.in, out, err));
    }

    private static Settings settings(Map<String, String> flags, Map<String, String> environment) {
        return Settings.of(NodeSettings.ALL, flags, environment);
    }

    /** Texts by setting name, of what follows the command; null where picocli has to look at it. */
    static @Nullable Map<String, String> flags(String... arguments) {
        Map<String, Setting<?>> declared = byFlag();
        Map<String, String> flags = new LinkedHashMap<>();
        for (int i = 1; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            String flag = equals < 0 ? arguments[i] : arguments[i].substring(0, equals);
            Setting<?> setting = declared.get(flag);
            if (setting == null) {
                return null;
            }
            String value;
            if (equals >= 0) {
                value = arguments[i].substring(equals + 1);
            } else if (i + 1 < arguments.length && !arguments[i + 1].startsWith("-")) {
                value = arguments[++i];
            } else if (setting.type() instanceof SettingType.Truth) {
                value = "true";
            } else {
                return null;
            }
            if (flags.put(setting.name(), value) != null) {
                return null;
            }
        }
        return flags;
    }

    private static Map<String, Setting<?>> byFlag() {
        Map<String, Setting<?>> declared = new HashMap<>();
        for (Setting<?> setting : NodeSettings.ALL.all()) {
            if (setting.flag() != null) {
                declared.put(setting.flag(), setting);
            }
        }
        return declared;
    }
}
