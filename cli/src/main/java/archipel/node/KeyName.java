package archipel.node;

import org.jspecify.annotations.Nullable;

/**
 * Keys as ids of documents. An id is the key itself, but for keys that begin with {@code _}, which ids may not: they
 * get a {@code ~} before it. So that each id stands for one key, those that begin with tildes and {@code _} get one
 * more:
 * {@code _a} is {@code ~_a}, {@code ~_a} is {@code ~~_a}, and {@code ~a} stays {@code ~a}.
 */
final class KeyName {
    private static final char ESCAPE = '~';
    private static final String DESIGN = "_design/";

    private KeyName() {}

    static String id(String key) {
        return afterTildes(key) == '_' ? ESCAPE + key : key;
    }

    /** The key that an id stands for; null for a design document's. */
    static @Nullable String key(String id) {
        if (id.startsWith(DESIGN)) {
            return null;
        }
        return id.charAt(0) == ESCAPE && afterTildes(id) == '_' ? id.substring(1) : id;
    }

    /**
     * What the ids of all keys with this prefix begin with. Ids of other keys may begin with it too, where the prefix
     * is nothing but tildes.
     */
    static String idPrefix(String keyPrefix) {
        return id(keyPrefix);
    }

    /** The least text, by code points, that is greater than all that begin with this; empty where there is none. */
    static String afterAll(String prefix) {
        int end = prefix.length();
        while (end > 0) {
            int last = prefix.codePointBefore(end);
            end -= Character.charCount(last);
            if (last < Character.MAX_CODE_POINT) {
                // Surrogates are no characters.
                int next = last + 1 == Character.MIN_SURROGATE ? Character.MAX_SURROGATE + 1 : last + 1;
                return prefix.substring(0, end) + Character.toString(next);
            }
        }
        return "";
    }

    private static char afterTildes(String text) {
        int at = 0;
        while (at < text.length() && text.charAt(at) == ESCAPE) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }
}
