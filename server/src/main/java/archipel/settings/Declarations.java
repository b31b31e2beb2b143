package archipel.settings;

import archipel.settings.Setting.Change;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Setting.Place;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.Text;
import archipel.settings.SettingType.Truth;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What {@link Declared} and its parts declare settings with. */
final class Declarations {
    static final SettingType<Boolean> TRUTH = new Truth();
    private static final Set<Place> ANYWHERE = Collections.unmodifiableSet(EnumSet.allOf(Place.class));

    /** The section of {@code _config} with what CouchDB has no name for. */
    static final String OWN_SECTION = "archipel";

    private Declarations() {}

    static <T> Setting<T> anywhere(
            String name, SettingType<T> type, String defaultText, Change change, String doc, CouchKey... couch) {
        // What can be changed at run time has a place in _config to do it, whether CouchDB knows such a thing or not.
        List<CouchKey> keys = couch.length == 0 && change == Change.AT_ONCE
                ? List.of(new CouchKey(OWN_SECTION, name))
                : List.of(couch);
        return new Setting<>(name, type, defaultText, change, keys, ANYWHERE, doc);
    }

    static CouchKey couch(String section, String key) {
        return new CouchKey(section, key);
    }

    /** @param wanted what the form means, to follow "must be" */
    static SettingType<String> text(String form, String wanted) {
        return new Text(Pattern.compile(form), wanted);
    }

    static <E> SettingType<E> words(E[] values, Function<E, String> word) {
        return new Choice<>(byWord(values, word), Map.of());
    }

    static <E> Map<String, E> byWord(E[] values, Function<E, String> word) {
        Map<String, E> words = new LinkedHashMap<>();
        Arrays.stream(values).forEach(value -> words.put(word.apply(value), value));
        return Collections.unmodifiableMap(words);
    }

    /** A value that is written as its name in lower case. */
    interface Word {
        String name();

        default String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
