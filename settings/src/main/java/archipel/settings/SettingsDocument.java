package archipel.settings;

import archipel.settings.Setting.Change;
import archipel.settings.Setting.Place;
import java.util.List;
import java.util.Locale;

/** The documentation of the settings, made from their declarations. */
public final class SettingsDocument {
    private static final String INTRODUCTION = """
            # Settings
            Generated from the declarations in the code; a test fails when this page is out of date. To generate it:
            `./archipel settings --markdown > docs/SETTINGS.md`

            Each setting can be given as a flag, an environment variable or a line of a TOML file (`--config FILE`):

            ```
            archipel serve --port 5985
            ARCHIPEL_PORT=5985 archipel serve
            echo 'port = 5985' >> archipel.toml; archipel serve --config archipel.toml
            ```

            A flag takes precedence over a change at run time (`PUT /_node/_local/_config/{section}/{key}`), then come
            the environment, the file and the default. `archipel settings` prints each value and where it came from.
            It does not know values that were changed at run time, which are in the data: `GET /_node/_local/_config`
            shows those. The last column is the setting's section and key in `_config`; settings that CouchDB does not
            have are in the section `archipel`. A setting without an entry there cannot be changed at run time.

            The scope `node` means that each node has its own value, such as the port or the memory it may use. The
            scope `cluster` means that all nodes of a cluster must agree, since clients must see the same whichever
            node answers; a setting without an entry in `_config` must be given to each of them alike. On a single node
            the scope makes no difference.
            """;

    private static final String COLUMNS = """
            | setting | default | what it does | value | scope | takes effect | `_config` |
            | --- | --- | --- | --- | --- | --- | --- |
            """;

    private static final String UNHEEDED = """

            ## CouchDB's settings that have no effect
            `_config` stores any section and key, since tools write settings and read them back. A setting that has no
            effect is answered with a `Warning` header, and logged then and at each start. `*` stands for all keys of a
            section.

            | CouchDB | why |
            | --- | --- |
            """;

    private SettingsDocument() {}

    /** A page with a row for every setting. */
    public static String markdown(SettingCatalog catalog) {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        for (SettingGroup group : catalog.groups()) {
            page.append("\n## ").append(group.title()).append('\n').append(COLUMNS);
            group.settings().forEach(setting -> appendRow(page, setting));
        }
        page.append(UNHEEDED);
        catalog.unheeded()
                .forEach((keys, why) -> page.append("| `")
                        .append(keys)
                        .append("` | ")
                        .append(why)
                        .append(" |\n"));
        return page.toString();
    }

    private static void appendRow(StringBuilder page, Setting<?> setting) {
        page.append("| `").append(setting.name()).append('`').append(places(setting));
        page.append(" | ").append(code(setting.defaultText()));
        page.append(" | ").append(cell(setting.doc()));
        page.append(" | ").append(cell(setting.type().describe()));
        page.append(" | ").append(setting.scope().name().toLowerCase(Locale.ROOT));
        page.append(" | ").append(setting.change() == Change.AT_ONCE ? "at once" : "at the next start");
        page.append(" | ").append(couch(setting)).append(" |\n");
    }

    /** A TOML file with every setting at its default, commented out. */
    public static String sampleToml(SettingCatalog catalog) {
        StringBuilder file = new StringBuilder("# Settings of an Archipel node, at their defaults.\n");
        for (Setting<?> setting : catalog.all()) {
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
