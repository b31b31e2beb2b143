package archipel.cli;

import archipel.server.NodeSettings;
import archipel.settings.Setting;
import archipel.settings.SettingType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the flags of a plain {@code serve} without picocli. Its classes are in a format too old for the JVM's start-up
 * cache (Java 5's), so that it would cost every start some 100 ms. Whatever is not plain, help and mistakes above all,
 * is left to it.
 */
final class QuickStart {
    private QuickStart() {}

    /** Texts by setting name; null where picocli has to look at it. */
    static @Nullable Map<String, String> flags(String... arguments) {
        if (arguments.length == 0 || !arguments[0].equals("serve")) {
            return null;
        }
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
