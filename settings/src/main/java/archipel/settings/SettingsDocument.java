package archipel.settings;

import archipel.settings.Setting.Change;
import archipel.settings.Setting.Place;
import java.util.List;
import java.util.Locale;

/** The documentation of the settings, made from their declarations. */
public final class SettingsDocument {
    private static final String INTRODUCTION = """
            # Settings
            Made from the declarations in the code, each beside what reads it; a test compares. To write it anew:
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

            `node` is a setting that each node has a value of its own for: where it listens, what it may use of its
            machine. `cluster` is one that all nodes of a cluster have to agree on, since clients must see the same
            whichever node answers them; where it has no place in `_config`, each node has to be started with the same.
            A single node makes no difference between them.
            """;

    private static final String COLUMNS = """
            | setting | default | what it does | value | scope | takes effect | `_config` |
            | --- | --- | --- | --- | --- | --- | --- |
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
