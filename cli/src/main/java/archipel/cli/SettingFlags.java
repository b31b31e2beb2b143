package archipel.cli;

import archipel.server.NodeSettings;
import archipel.settings.Setting;
import archipel.settings.SettingType;
import archipel.settings.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;

/** A flag for every setting that may have one, made from its declaration. */
final class SettingFlags {
    private final CliCommand command;
    private final Map<String, OptionSpec> byName = new LinkedHashMap<>();

    SettingFlags(CliCommand command) {
        this.command = command;
        for (Setting<?> setting : NodeSettings.ALL.all()) {
            String flag = setting.flag();
            if (flag != null) {
                OptionSpec option = option(setting, flag);
                byName.put(setting.name(), option);
                command.spec().addOption(option);
            }
        }
    }

    private static OptionSpec option(Setting<?> setting, String flag) {
        OptionSpec.Builder option = OptionSpec.builder(flag)
                .type(String.class)
                .paramLabel(label(setting.type()))
                .description(literal(setting.doc()) + literal(initially(setting)));
        if (setting.type() instanceof SettingType.Truth) {
            // The bare flag turns it on.
            option.arity("0..1").fallbackValue("true");
        }
        if (setting.type() instanceof SettingType.TextList) {
            // Given several times, it has the items of all.
            option.type(String[].class).arity("1");
        }
        return option.build();
    }

    private static String initially(Setting<?> setting) {
        return setting.defaultText().isEmpty() ? "" : " Default: " + setting.defaultText() + ".";
    }

    /** Picocli takes % and $ in texts for its own. */
    private static String literal(String text) {
        return text.replace("%", "%%").replace("${", "$${");
    }

    private static String label(SettingType<?> type) {
        return switch (type) {
            case SettingType.WholeNumber _ -> "NUMBER";
            case SettingType.ByteSize _ -> "SIZE";
            case SettingType.Truth _ -> "true|false";
            case SettingType.Choice<?> choice -> String.join("|", choice.words().keySet());
            case SettingType.Text _ -> "TEXT";
            case SettingType.FilePath _ -> "PATH";
            default -> "A,B,...";
        };
    }

    /**
     * What holds, given the flags of this command line.
     *
     * @throws archipel.settings.SettingException for a bad value, wherever it was given
     */
    Settings settings(Map<String, String> environment) {
        return Settings.of(NodeSettings.ALL, given(), environment);
    }

    /** Texts by setting name, of the flags that were given. */
    Map<String, String> given() {
        Map<String, String> flags = new LinkedHashMap<>();
        byName.forEach((name, option) -> {
            Object given = command.given(option);
            if (given != null) {
                flags.put(name, given instanceof String[] items ? String.join(",", items) : given.toString());
            }
        });
        return flags;
    }
}
