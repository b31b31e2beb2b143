package archipel.settings;

import archipel.settings.Setting.CouchKey;
import archipel.settings.Setting.Place;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The value of every setting, and where it came from. A flag outranks a change made at run time, that the environment,
 * that the file, that the default.
 *
 * <p>It also holds CouchDB's configuration as {@code _config} shows it: the settings that CouchDB has too, and whatever
 * else was put there, kept and given back though nothing heeds it. Safe for use by many threads; reading costs one
 * look-up.
 */
public final class Settings {
    /** What stands in for a secret wherever it would be shown. */
    public static final String HIDDEN = "******";

    private static final String KEY_PREFIX = "config/";

    private final SettingCatalog catalog;
    private final IdentityHashMap<Setting<?>, Resolved<?>> atStart;
    private final SortedMap<CouchKey, String> runtime =
            new TreeMap<>(Comparator.comparing(CouchKey::section).thenComparing(CouchKey::key));
    private final List<Consumer<CouchKey>> listeners = new CopyOnWriteArrayList<>();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private volatile IdentityHashMap<Setting<?>, Resolved<?>> resolved;
    private RuntimeStore store = RuntimeStore.none();
    // What the store was last seen to keep: another value there is a change that somebody else has made.
    private final Map<CouchKey, String> kept = new HashMap<>();

    private Settings(SettingCatalog catalog, IdentityHashMap<Setting<?>, Resolved<?>> atStart) {
        this.catalog = catalog;
        this.atStart = atStart;
        this.resolved = atStart;
    }

    /** Everything at its default. */
    public static Settings defaults(SettingCatalog catalog) {
        return of(catalog, Map.of(), Map.of());
    }

    /**
     * Reads what was given at the start: the file too, where {@link SettingCatalog#CONFIG} names one.
     *
     * @param catalog the settings there are
     * @param flags texts by setting name, of the flags that were given
     * @param environment the process's
     * @throws SettingException for a file that cannot be read, an unknown key in it, a bad value anywhere, or
     *     values that must not meet
     */
    public static Settings of(SettingCatalog catalog, Map<String, String> flags, Map<String, String> environment) {
        Path file = resolve(SettingCatalog.CONFIG, flags, environment, Map.of(), null)
                .value();
        Map<String, String> lines = file.toString().isEmpty() ? Map.of() : SettingsFile.read(catalog, file);
        IdentityHashMap<Setting<?>, Resolved<?>> atStart = new IdentityHashMap<>();
        for (Setting<?> setting : catalog.all()) {
            atStart.put(setting, resolve(setting, flags, environment, lines, file));
        }
        Settings settings = new Settings(catalog, atStart);
        settings.warnOfTypingErrors(environment);
        for (SettingRule rule : catalog.rules()) {
            String refusal = rule.refusal();
            if (refusal != null && rule.broken().test(settings)) {
                throw new SettingException(refusal);
            }
        }
        return settings;
    }

    /** The settings there are. */
    public SettingCatalog catalog() {
        return catalog;
    }

    private static <T> Resolved<T> resolve(
            Setting<T> setting,
            Map<String, String> flags,
            Map<String, String> environment,
            Map<String, String> lines,
            @Nullable Path file) {
        String flag = flags.get(setting.name());
        if (flag != null && setting.places().contains(Place.FLAG)) {
            return parse(setting, flag, Source.FLAG, setting.flag() + " " + flag, "Give the flag such a value.");
        }
        String variable = environment.get(setting.environmentVariable());
        if (variable != null && setting.places().contains(Place.ENVIRONMENT)) {
            String shown = setting.isSecret() ? HIDDEN : variable;
            String where = "The environment variable " + setting.environmentVariable() + "=" + shown;
            return parse(setting, variable, Source.ENVIRONMENT, where, "Correct the variable or unset it.");
        }
        String line = lines.get(setting.name());
        if (line != null) {
            String where = setting.name() + " = " + line + " in " + file;
            return parse(setting, line, Source.FILE, where, "Correct or remove the line.");
        }
        return new Resolved<>(setting, setting.defaultValue(), Source.DEFAULT);
    }

    private static <T> Resolved<T> parse(Setting<T> setting, String text, Source source, String where, String remedy) {
        try {
            return new Resolved<>(setting, setting.type().parse(setting.isSecret() ? text : text.strip()), source);
        } catch (IllegalArgumentException unusable) {
            throw new SettingException(
                    where + ": " + setting.name() + " must be " + unusable.getMessage() + ". " + remedy);
        }
    }

    private void warnOfTypingErrors(Map<String, String> environment) {
        for (String variable : environment.keySet()) {
            if (variable.startsWith("ARCHIPEL_")) {
                String name = variable.substring("ARCHIPEL_".length()).toLowerCase(Locale.ROOT);
                Setting<?> similar = catalog.named(name) == null ? catalog.nearest(name) : null;
                if (similar != null) {
                    warnings.add("The environment variable " + variable + " is no setting; perhaps "
                            + similar.environmentVariable() + " is meant.");
                }
            }
        }
    }

    /**
     * What somebody who puts a value there has to know: that it has no effect, or not yet, or not alone.
     *
     * @return null where there is nothing to say
     */
    public @Nullable String warning(CouchKey key) {
        Setting<?> setting = catalog.at(key);
        if (setting == null) {
            String why = catalog.whyUnheeded(key);
            return why == null ? null : key + " is stored and has no effect. " + why;
        }
        if (setting.change() == Setting.Change.AT_START) {
            return key + " takes effect at the next start of the node.";
        }
        for (SettingRule rule : catalog.rules()) {
            if (rule.onChange() != null
                    && rule.settings().contains(setting)
                    && rule.broken().test(this)) {
                return rule.onChange();
            }
        }
        return null;
    }

    /** What was found odd but is no reason not to start, for the log. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    public <T> T get(Setting<T> setting) {
        return resolved(setting).value();
    }

    /** Whether a setting that may be empty names a file. */
    public boolean isSet(Setting<Path> setting) {
        return !get(setting).toString().isEmpty();
    }

    /** The value together with its source. */
    @SuppressWarnings("unchecked") // the map's values have their keys' type
    public <T> Resolved<T> resolved(Setting<T> setting) {
        Resolved<?> found = resolved.get(setting);
        if (found == null) {
            throw new IllegalArgumentException(setting.name() + " is not declared");
        }
        return (Resolved<T>) found;
    }

    /** All of them, in the order in which they are declared. */
    public List<Resolved<?>> all() {
        List<Resolved<?>> list = new ArrayList<>();
        catalog.all().forEach(setting -> list.add(resolved(setting)));
        return list;
    }

    /**
     * Brings back the changes that were made at run time, keeps further ones there, and follows those that others make
     * there. A kept value that is not understood (any more) is passed over with a warning.
     */
    public void attach(RuntimeStore changes) {
        synchronized (this) {
            store = changes;
            load();
        }
        changes.onChange(this::follow);
    }

    private void load() {
        runtime.clear();
        kept.clear();
        for (Map.Entry<String, String> fact : store.load().entrySet()) {
            CouchKey key = place(fact.getKey());
            if (key != null) {
                kept.put(key, fact.getValue());
                Setting<?> setting = catalog.at(key);
                try {
                    if (setting != null) {
                        setting.type().parse(fact.getValue());
                    }
                    runtime.put(key, fact.getValue());
                } catch (IllegalArgumentException unusable) {
                    warnings.add(key + " has a stored value that this version does not accept: it must be "
                            + unusable.getMessage() + ".");
                }
            }
        }
        resolved = withRuntime();
        List<String> unheeded = new ArrayList<>();
        for (CouchKey key : runtime.keySet()) {
            if (catalog.whyUnheeded(key) != null) {
                unheeded.add(key.toString());
            }
        }
        if (!unheeded.isEmpty()) {
            warnings.add("Stored in _config without effect: " + String.join(", ", unheeded) + ".");
        }
        for (SettingRule rule : catalog.rules()) {
            String stored = rule.stored();
            if (stored != null && rule.broken().test(this)) {
                warnings.add(stored);
            }
        }
    }

    /** Forgets the changes that were not to survive a restart. */
    public void reload() {
        List<CouchKey> before;
        synchronized (this) {
            before = List.copyOf(runtime.keySet());
            load();
        }
        before.forEach(key -> listeners.forEach(listener -> listener.accept(key)));
    }

    /** Called, with the place, after each change made at run time. */
    public void onChange(Consumer<CouchKey> listener) {
        listeners.add(listener);
    }

    /** Everything {@code _config} shows, by section and key; secrets hidden. */
    public synchronized SortedMap<String, SortedMap<String, String>> sections() {
        SortedMap<String, SortedMap<String, String>> sections = new TreeMap<>();
        for (Setting<?> setting : catalog.all()) {
            CouchKey key = setting.shownAs();
            if (key != null) {
                sections.computeIfAbsent(key.section(), _ -> new TreeMap<>()).put(key.key(), shown(setting));
            }
        }
        runtime.forEach((key, value) -> {
            Setting<?> setting = catalog.at(key);
            sections.computeIfAbsent(key.section(), _ -> new TreeMap<>())
                    .put(key.key(), setting == null ? shown(key, value) : shown(setting));
        });
        return sections;
    }

    /** One value as {@code _config} shows it; null when there is none. */
    public synchronized @Nullable String shown(CouchKey key) {
        Setting<?> setting = catalog.at(key);
        if (setting != null && (key.equals(setting.shownAs()) || runtime.containsKey(key))) {
            return shown(setting);
        }
        String value = runtime.get(key);
        return value == null ? null : shown(key, value);
    }

    private String shown(CouchKey key, String value) {
        return catalog.isSecret(key) && !value.isEmpty() ? HIDDEN : value;
    }

    /** A value put at run time at a place that no setting has, such as {@code [admins]}; null when there is none. */
    public synchronized @Nullable String stored(CouchKey key) {
        return runtime.get(key);
    }

    /** The keys and values put at run time into a section. */
    public synchronized SortedMap<String, String> stored(String section) {
        SortedMap<String, String> values = new TreeMap<>();
        runtime.forEach((key, value) -> {
            if (key.section().equals(section)) {
                values.put(key.key(), value);
            }
        });
        return values;
    }

    /**
     * Changes a value at run time; null takes a change back, which can always be done.
     *
     * @param persist whether the change survives a restart
     * @throws SettingException when the value is not what the setting takes, or a flag fixes it
     */
    public void change(CouchKey key, @Nullable String value, boolean persist) {
        Setting<?> setting = catalog.at(key);
        if (setting != null) {
            synchronized (this) {
                check(setting, key, value);
            }
        }
        String fact = KEY_PREFIX + encoded(key.section()) + "/" + encoded(key.key());
        if (persist) {
            // Takes as long as the disk does: nobody who reads settings is to wait for it.
            store.put(fact, value);
        }
        synchronized (this) {
            String inForce = value;
            if (persist) {
                // What all nodes have, which is another one where somebody else has put it meanwhile.
                inForce = store.get(fact);
                keep(key, inForce);
            }
            use(key, inForce);
        }
        listeners.forEach(listener -> listener.accept(key));
    }

    /** Whether the value that was changed at run time survives a restart. */
    public synchronized boolean isKept(CouchKey key) {
        return Objects.equals(kept.get(key), runtime.get(key));
    }

    private void keep(CouchKey key, @Nullable String value) {
        if (value == null) {
            kept.remove(key);
        } else {
            kept.put(key, value);
        }
    }

    private void use(CouchKey key, @Nullable String value) {
        if (value == null) {
            runtime.remove(key);
        } else {
            runtime.put(key, value);
        }
        resolved = withRuntime();
    }

    // A value in the store has changed; mostly by this node, which has seen to it already.
    private void follow(String fact) {
        CouchKey key = place(fact);
        if (key == null) {
            return;
        }
        synchronized (this) {
            String value = store.get(fact);
            if (Objects.equals(value, kept.get(key))) {
                return;
            }
            keep(key, value);
            Setting<?> setting = catalog.at(key);
            try {
                if (setting != null && value != null) {
                    setting.type().parse(value);
                }
                use(key, value);
            } catch (IllegalArgumentException unusable) {
                LoggerFactory.getLogger(Settings.class)
                        .warn(
                                "{} was changed to a value that this version does not take: it must be {}.",
                                key,
                                unusable.getMessage());
            }
        }
        listeners.forEach(listener -> listener.accept(key));
    }

    /**
     * As {@link #change}, for the node's own changes, which must not fail for lack of space: a value that cannot be
     * stored is in force until the node stops, with a warning.
     */
    public void changeDespiteFullDisk(CouchKey key, String value) {
        try {
            change(key, value, true);
        } catch (SettingException e) {
            throw e;
        } catch (RuntimeException e) {
            // Asked for here, since a command that only shows settings would load all of the log's library with a
            // field.
            LoggerFactory.getLogger(Settings.class)
                    .warn("{} could not be stored; it is in effect until the node stops.", key, e);
            change(key, value, false);
        }
    }

    private void check(Setting<?> setting, CouchKey key, @Nullable String value) {
        if (value == null) {
            // Also where a flag outranks it: that is how a node starts that what was stored keeps from starting.
            return;
        }
        if (setting.change() == Setting.Change.FIXED) {
            throw new SettingException(key + " cannot be changed while the node runs; give it as " + setting.flag()
                    + " or in the environment or the settings file.");
        }
        if (resolved(setting).source() == Source.FLAG) {
            throw new SettingException(
                    key + " is set by the flag " + setting.flag() + " and cannot be changed while the node runs.");
        }
        try {
            setting.type().parse(value);
        } catch (IllegalArgumentException unusable) {
            throw new SettingException(key + " must be " + unusable.getMessage() + ".");
        }
    }

    private IdentityHashMap<Setting<?>, Resolved<?>> withRuntime() {
        IdentityHashMap<Setting<?>, Resolved<?>> values = new IdentityHashMap<>(atStart);
        for (Setting<?> setting : catalog.all()) {
            for (CouchKey key : setting.couch()) {
                String text = runtime.get(key);
                if (text != null && resolvedAtStart(setting).source() != Source.FLAG) {
                    values.put(setting, changed(setting, text));
                    break;
                }
            }
        }
        return values;
    }

    private static <T> Resolved<T> changed(Setting<T> setting, String text) {
        return new Resolved<>(setting, setting.type().parse(text), Source.RUNTIME);
    }

    private Resolved<?> resolvedAtStart(Setting<?> setting) {
        return Objects.requireNonNull(atStart.get(setting));
    }

    private <T> String shown(Setting<T> setting) {
        return resolved(setting).shown();
    }

    /** The place that the key of a stored change stands for; null for what is no such key. */
    static @Nullable CouchKey place(String key) {
        String[] parts = key.split("/", -1);
        return key.startsWith(KEY_PREFIX) && parts.length == 3
                ? new CouchKey(decoded(parts[1]), decoded(parts[2]))
                : null;
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8);
    }

    private static String decoded(String part) {
        return URLDecoder.decode(part, StandardCharsets.UTF_8);
    }

    /** Where a value came from, the strongest first. */
    public enum Source {
        FLAG,
        RUNTIME,
        ENVIRONMENT,
        FILE,
        DEFAULT;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A setting's value and where it came from. */
    public record Resolved<T>(Setting<T> setting, T value, Source source) {
        /** The value as text, or {@link #HIDDEN}: fit for a screen and a log. */
        public String shown() {
            String text = setting.type().format(value);
            return setting.isSecret() && !text.isEmpty() ? HIDDEN : text;
        }

        @Override
        public String toString() {
            return setting.name() + " = " + shown() + " (" + source.word() + ")";
        }
    }
}
