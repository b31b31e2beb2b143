package archipel.settings;

import archipel.settings.Setting.Change;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Setting.Place;
import archipel.settings.Setting.Scope;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.Text;
import archipel.settings.SettingType.Truth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The settings that one class declares, next to the code that reads them. A class fills its group while it is
 * initialised; the first look at the group closes it, and a node's {@link SettingCatalog} is made of all of them.
 */
public final class SettingGroup {
    /** Yes or no. */
    public static final SettingType<Boolean> TRUTH = new Truth();

    private static final Set<Place> ANYWHERE = Collections.unmodifiableSet(EnumSet.allOf(Place.class));
    /** The section of {@code _config} with what CouchDB has no name for. */
    private static final String OWN_SECTION = "archipel";

    private final String title;
    private final List<Setting<?>> settings = new ArrayList<>();
    private final List<SettingRule> rules = new ArrayList<>();
    private final Map<String, Predicate<String>> sections = new LinkedHashMap<>();
    private boolean closed;

    /** @param title what the settings are about, as a heading */
    public SettingGroup(String title) {
        this.title = title;
    }

    /** Declares a setting that each node has a value of its own for, which can be given anywhere. */
    public <T> Setting<T> node(
            String name, SettingType<T> type, String defaultText, Change change, String doc, CouchKey... couch) {
        return add(anywhere(name, type, defaultText, Scope.NODE, change, doc, couch));
    }

    /** Declares a setting that all nodes of a cluster share one value of, which can be given anywhere. */
    public <T> Setting<T> cluster(
            String name, SettingType<T> type, String defaultText, Change change, String doc, CouchKey... couch) {
        return add(anywhere(name, type, defaultText, Scope.CLUSTER, change, doc, couch));
    }

    private static <T> Setting<T> anywhere(
            String name,
            SettingType<T> type,
            String defaultText,
            Scope scope,
            Change change,
            String doc,
            CouchKey... couch) {
        // What can be changed at run time has a place in _config to do it, whether CouchDB knows such a thing or not.
        List<CouchKey> keys = couch.length == 0 && change == Change.AT_ONCE
                ? List.of(new CouchKey(OWN_SECTION, name))
                : List.of(couch);
        return new Setting<>(name, type, defaultText, scope, change, keys, ANYWHERE, doc);
    }

    /** Declares a setting as it is: one that cannot be given everywhere. */
    public <T> Setting<T> add(Setting<T> setting) {
        requireOpen();
        settings.add(setting);
        return setting;
    }

    /** Declares what has to hold between settings. */
    public void rule(SettingRule rule) {
        requireOpen();
        rules.add(rule);
    }

    /**
     * Declares a section of {@code _config} whose keys are names that somebody gives, such as {@code [admins]}.
     *
     * @param secret whether the value of a key must never be shown
     */
    public void section(String name, Predicate<String> secret) {
        requireOpen();
        sections.put(name, secret);
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the group \"" + title + "\" is in use");
        }
    }

    private synchronized void close() {
        closed = true;
    }

    String title() {
        return title;
    }

    List<Setting<?>> settings() {
        close();
        return Collections.unmodifiableList(settings);
    }

    List<SettingRule> rules() {
        close();
        return Collections.unmodifiableList(rules);
    }

    Map<String, Predicate<String>> sections() {
        close();
        return Collections.unmodifiableMap(sections);
    }

    /** Where CouchDB has a setting. */
    public static CouchKey couch(String section, String key) {
        return new CouchKey(section, key);
    }

    /** @param wanted what the form means, to follow "must be" */
    public static SettingType<String> text(String form, String wanted) {
        return new Text(Pattern.compile(form), wanted);
    }

    /** One of these, in their order. */
    public static <E> SettingType<E> words(E[] values, Function<E, String> word) {
        return new Choice<>(byWord(values, word), Map.of());
    }

    /** The values by how they are written, in their order. */
    public static <E> Map<String, E> byWord(E[] values, Function<E, String> word) {
        Map<String, E> words = new LinkedHashMap<>();
        Arrays.stream(values).forEach(value -> words.put(word.apply(value), value));
        return Collections.unmodifiableMap(words);
    }
}
