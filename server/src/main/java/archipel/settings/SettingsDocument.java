package archipel.settings;

import archipel.settings.Setting.Change;
import archipel.settings.Setting.Place;
import java.util.List;

/** The documentation of the settings, made from their declarations. */
public final class SettingsDocument {
    private static final String INTRODUCTION = """
            # Settings
            Made from the declarations in `archipel.settings.Declared`; a test compares. To write it anew:
            `./archipel settings --markdown > docs/SETTINGS.md`

            Each setting is a flag, an environment variable and a line of a TOML file (`--config FILE`):

            ```
            archipel serve --port 5985
            ARCHIPEL_PORT=5985 archipel serve
            echo 'port = 5985' >> archipel.toml; archipel serve --config archipel.toml
            ```

            A flag outranks a change made at run time (`PUT /_node/_local/_config/{section}/{key}`), that the
            environment, that the file, that the default. `archipel settings` prints what holds, and where it came from.
            The last column says where `_config` has a setting; what CouchDB has no name for is in section `archipel`.
            A setting without such a place cannot be changed at run time.

            | setting | default | what it does | value | takes effect | `_config` |
            | --- | --- | --- | --- | --- | --- |
            """;

    private static final String UNHEEDED = """

            ## CouchDB's settings that have no effect
            `_config` keeps what is put there under any section and key, since tools write and compare it. What nothing
            here reads is answered with a header `Warning`, and named in the log, also when the node starts. `*` stands
            for all keys of a section.

            | CouchDB | why |
            | --- | --- |
            """;

    private SettingsDocument() {}

    /** A page with a row for every setting. */
    public static String markdown() {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        for (Setting<?> setting : Declared.all()) {
            page.append("| `").append(setting.name()).append('`').append(places(setting));
            page.append(" | ").append(code(setting.defaultText()));
            page.append(" | ").append(cell(setting.doc()));
            page.append(" | ").append(cell(setting.type().describe()));
            page.append(" | ").append(setting.change() == Change.AT_ONCE ? "at once" : "at the next start");
            page.append(" | ").append(couch(setting)).append(" |\n");
        }
        page.append(UNHEEDED);
        CouchDbSettings.unheeded()
                .forEach((keys, why) -> page.append("| `")
                        .append(keys)
                        .append("` | ")
                        .append(why)
                        .append(" |\n"));
        return page.toString();
    }

    /** A TOML file with every setting at its default, commented out. */
    public static String sampleToml() {
        StringBuilder file = new StringBuilder("# Settings of an Archipel node, at their defaults.\n");
        for (Setting<?> setting : Declared.all()) {
            if (setting.places().contains(Place.FILE)) {
                file.append("\n# ")
                        .append(setting.doc())
                        .append("\n# It must be ")
                        .append(setting.type().describe());
                file.append(".\n#")
                        .append(setting.name())
                        .append(" = \"")
                        .append(setting.defaultText())
                        .append("\"\n");
            }
        }
        return file.toString();
    }

    private static String places(Setting<?> setting) {
        if (setting.isSecret()) {
            return " (only as `" + setting.environmentVariable() + "`)";
        }
        return setting.places().contains(Place.FILE) ? "" : " (not in the file)";
    }

    private static String couch(Setting<?> setting) {
        List<String> keys = setting.couch().stream()
                .map(key -> code(key.section() + "/" + key.key()))
                .toList();
        return keys.isEmpty() ? "" : keys.getFirst();
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : "`" + text + "`";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
