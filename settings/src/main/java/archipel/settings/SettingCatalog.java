package archipel.settings;

import archipel.settings.Setting.Change;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Setting.Place;
import archipel.settings.Setting.Scope;
import archipel.settings.SettingType.FilePath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All settings there are: the groups that the parts of a node declare, in the order in which they are shown. */
public final class SettingCatalog {
    /** The group of what is needed to read the others. */
    private static final SettingGroup FILE = new SettingGroup("Settings file");

    public static final Setting<Path> CONFIG = FILE.add(new Setting<>(
            "config",
            new FilePath(),
            "",
            Scope.NODE,
            Change.AT_START,
            List.of(),
            Collections.unmodifiableSet(EnumSet.of(Place.FLAG, Place.ENVIRONMENT)),
            "The TOML file to read settings from; none if empty."));

    /** A name that differs in more letters is not meant. */
    private static final int TYPING_ERRORS = 2;
    /** Sections' names before CouchDB 3.2, which it still heeds. */
    private static final Map<String, String> RENAMED = Map.of("couch_httpd_auth", "chttpd_auth");

    private final List<SettingGroup> groups;
    private final List<Setting<?>> settings = new ArrayList<>();
    private final Map<String, Setting<?>> byName = new LinkedHashMap<>();
    private final Map<CouchKey, Setting<?>> byCouchKey = new LinkedHashMap<>();
    private final List<SettingRule> rules = new ArrayList<>();
    private final Map<String, Predicate<String>> sections = new LinkedHashMap<>();
    private final Map<String, String> unheeded;

    private SettingCatalog(List<SettingGroup> groups, Map<String, String> unheeded) {
        this.groups = groups;
        this.unheeded = unheeded;
        for (SettingGroup group : groups) {
            group.settings().forEach(this::enter);
            rules.addAll(group.rules());
            sections.putAll(group.sections());
        }
    }

    private void enter(Setting<?> setting) {
        settings.add(setting);
        if (byName.put(setting.name(), setting) != null) {
            throw new IllegalArgumentException(setting.name() + " is declared twice");
        }
        for (CouchKey key : setting.couch()) {
            if (byCouchKey.put(key, setting) != null) {
                throw new IllegalArgumentException(key + " belongs to two settings");
            }
        }
    }

    /** {@link #CONFIG} and the settings of these groups. */
    public static SettingCatalog of(SettingGroup... groups) {
        return of(List.of(groups), Map.of());
    }

    /**
     * {@link #CONFIG} and the settings of these groups.
     *
     * @param unheeded places in CouchDB's configuration that nothing reads, each with the reason: section and key with
     *     a slash between them, or {@code *} for all keys of a section
     * @throws IllegalArgumentException where two settings have the same name or the same place
     */
    public static SettingCatalog of(List<SettingGroup> groups, Map<String, String> unheeded) {
        List<SettingGroup> all = new ArrayList<>(groups);
        all.addFirst(FILE);
        return new SettingCatalog(List.copyOf(all), Collections.unmodifiableMap(new LinkedHashMap<>(unheeded)));
    }

    /** In the order in which they are shown. */
    public List<Setting<?>> all() {
        return Collections.unmodifiableList(settings);
    }

    List<SettingGroup> groups() {
        return groups;
    }

    List<SettingRule> rules() {
        return Collections.unmodifiableList(rules);
    }

    Map<String, String> unheeded() {
        return unheeded;
    }

    /** Null where there is none of that name. */
    public @Nullable Setting<?> named(String name) {
        return byName.get(name);
    }

    /** The setting with that place in CouchDB's configuration; null where there is none. */
    public @Nullable Setting<?> at(CouchKey key) {
        return byCouchKey.get(key);
    }

    /** The setting that was probably meant by a misspelt name or flag; null when none is near. */
    public @Nullable Setting<?> nearest(String misspelt) {
        String name = misspelt.startsWith("--") ? misspelt.substring(2).replace('-', '_') : misspelt;
        Setting<?> nearest = null;
        int least = TYPING_ERRORS + 1;
        for (Setting<?> setting : settings) {
            int distance = distance(name, setting.name());
            if (distance < least) {
                least = distance;
                nearest = setting;
            }
        }
        return nearest;
    }

    /** Levenshtein's: letters to add, remove or replace. */
    private static int distance(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int column = 0; column <= right.length(); column++) {
            row[column] = column;
        }
        for (int line = 1; line <= left.length(); line++) {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column <= right.length(); column++) {
                int replaced = diagonal + (left.charAt(line - 1) == right.charAt(column - 1) ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.min(replaced, Math.min(row[column], row[column - 1]) + 1);
            }
        }
        return row[right.length()];
    }

    /**
     * Whether the value at this place is shown as {@link Settings#HIDDEN} and kept apart from the data: secret
     * settings, what a declared section says is secret, and what CouchDB keeps a password in, though nothing here heeds
     * it.
     */
    public boolean isSecret(CouchKey key) {
        Setting<?> setting = byCouchKey.get(key);
        if (setting != null) {
            return setting.isSecret();
        }
        Predicate<String> declared = sections.get(key.section());
        return declared != null
                ? declared.test(key.key())
                : key.key().equals("password") || key.key().equals("secret");
    }

    /** Why a value at this place has no effect; null where it has one. */
    public @Nullable String whyUnheeded(CouchKey key) {
        if (byCouchKey.containsKey(key) || sections.containsKey(key.section())) {
            return null;
        }
        String section = RENAMED.getOrDefault(key.section(), key.section());
        String why = unheeded.get(section + "/" + key.key());
        if (why == null) {
            why = unheeded.get(section + "/*");
        }
        return why == null ? "Archipel has no such setting." : why;
    }
}
