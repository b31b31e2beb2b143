package archipel.settings;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be set. It is declared once, in a {@link SettingGroup}.
 *
 * @param name lowercase words with underscores, the units last: the key in the TOML file. The flag and the environment
 *     variable are made from it
 * @param type what a value looks like, and its bounds
 * @param defaultText the default, as text
 * @param scope whose value it is
 * @param change when a new value takes effect
 * @param couch where CouchDB has it in its configuration: first the place where it is shown, then older ones that are
 *     heeded too; empty where CouchDB has no such thing
 * @param places where it can be given
 * @param doc one sentence
 */
public record Setting<T>(
        String name,
        SettingType<T> type,
        String defaultText,
        Scope scope,
        Change change,
        List<CouchKey> couch,
        Set<Place> places,
        String doc) {

    /** Whose value a setting has. */
    public enum Scope {
        /** Each node's own: where it listens, what it may use of its machine. */
        NODE,
        /** The cluster's: what a client sees, and what is done to the data, is the same whichever node does it. */
        CLUSTER
    }

    /** When a new value takes effect. */
    public enum Change {
        /** With the next request or connection. */
        AT_ONCE,
        /** When the node is started the next time. */
        AT_START,
        /** The same, and {@code _config} only shows it: it is needed before what changes at run time can be read. */
        FIXED
    }

    /** Where a value can be given. */
    public enum Place {
        FLAG,
        ENVIRONMENT,
        FILE
    }

    /** A place in CouchDB's configuration. */
    public record CouchKey(String section, String key) {
        @Override
        public String toString() {
            return "[" + section + "] " + key;
        }
    }

    /** Such as {@code --max-document-size}; null where the command line must not have it. */
    public @Nullable String flag() {
        return places.contains(Place.FLAG) ? "--" + name.replace('_', '-') : null;
    }

    /** Such as {@code ARCHIPEL_MAX_DOCUMENT_SIZE}. */
    public String environmentVariable() {
        return "ARCHIPEL_" + name.toUpperCase(Locale.ROOT);
    }

    public T defaultValue() {
        return type.parse(defaultText);
    }

    /** Whether its value must never be shown: it can only be given by the environment. */
    public boolean isSecret() {
        return places.equals(Set.of(Place.ENVIRONMENT));
    }

    /** Where {@code _config} shows it; null where it does not. */
    public @Nullable CouchKey shownAs() {
        return couch.isEmpty() ? null : couch.getFirst();
    }
}
