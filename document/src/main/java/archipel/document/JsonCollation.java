package archipel.document;

import com.ibm.icu.text.Collator;
import com.ibm.icu.text.RuleBasedCollator;
import com.ibm.icu.util.ULocale;
import com.ibm.icu.util.VersionInfo;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * CouchDB's order of JSON values: null, false, true, numbers, strings, arrays, objects. Numbers by their exact value;
 * strings by the Unicode Collation Algorithm's root order; arrays element by element, and objects member by member as
 * they come, key before value, the shorter first where one begins the other.
 *
 * <p>Strings that collate alike are equal here, though they may differ: {@code "a"} and {@code "a\u200b"}.
 */
public final class JsonCollation {
    /** The order as a comparator. */
    public static final Comparator<JsonNode> ORDER = JsonCollation::compare;

    private JsonCollation() {}

    /** Compares as {@link Comparator#compare} does; an absent (missing) value is before all others. */
    public static int compare(JsonNode left, JsonNode right) {
        int order = Integer.compare(rank(left), rank(right));
        if (order != 0) {
            return order;
        }
        return switch (left.getNodeType()) {
            case NUMBER -> compareNumbers(left, right);
            case STRING -> compareStrings(left.stringValue(), right.stringValue());
            case ARRAY -> compareArrays(left, right);
            case OBJECT -> compareObjects(left, right);
            default -> 0;
        };
    }

    /** By the root collation; not by code units. */
    public static int compareStrings(String left, String right) {
        return left.equals(right) ? 0 : Root.COLLATOR.compare(left, right);
    }

    /**
     * Of the data and the code that make sort keys of strings: keys of two versions cannot be compared, so what keeps
     * them keeps this beside them.
     */
    public static String version() {
        return Root.COLLATOR.getVersion() + "/" + VersionInfo.ICU_VERSION;
    }

    /** The collator of {@link #compareStrings}, for one thread. */
    static RuleBasedCollator collator() {
        return (RuleBasedCollator) Root.COLLATOR.cloneAsThawed();
    }

    /** By UTF-8 bytes, as ids are ordered. */
    public static int compareBytes(String left, String right) {
        return Revision.compareUtf8(left, right);
    }

    /**
     * Whether two values are the same: strings to the letter, numbers by value, objects in whatever order of members.
     */
    public static boolean same(JsonNode left, JsonNode right) {
        if (rank(left) != rank(right)) {
            return false;
        }
        return switch (left.getNodeType()) {
            case NUMBER -> compareNumbers(left, right) == 0;
            case STRING -> left.stringValue().equals(right.stringValue());
            case ARRAY -> {
                boolean same = left.size() == right.size();
                for (int i = 0; same && i < left.size(); i++) {
                    same = same(left.get(i), right.get(i));
                }
                yield same;
            }
            case OBJECT -> {
                boolean same = left.size() == right.size();
                for (Map.Entry<String, JsonNode> member : left.properties()) {
                    JsonNode other = right.get(member.getKey());
                    same = same && other != null && same(member.getValue(), other);
                }
                yield same;
            }
            default -> true;
        };
    }

    /** By exact value, whatever the two are kept as. */
    public static int compareNumbers(JsonNode left, JsonNode right) {
        if (left.isIntegralNumber()
                && left.canConvertToLong()
                && right.isIntegralNumber()
                && right.canConvertToLong()) {
            return Long.compare(left.longValue(), right.longValue());
        }
        return left.decimalValue().compareTo(right.decimalValue());
    }

    private static int rank(JsonNode node) {
        return switch (node.getNodeType()) {
            case NULL -> 1;
            case BOOLEAN -> node.booleanValue() ? 3 : 2;
            case NUMBER -> 4;
            case STRING -> 5;
            case ARRAY -> 6;
            case OBJECT -> 7;
            case MISSING -> 0;
            default -> throw new IllegalArgumentException("no JSON value: " + node.getNodeType());
        };
    }

    private static int compareArrays(JsonNode left, JsonNode right) {
        int both = Math.min(left.size(), right.size());
        for (int i = 0; i < both; i++) {
            int order = compare(left.get(i), right.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    private static int compareObjects(JsonNode left, JsonNode right) {
        Iterator<Map.Entry<String, JsonNode>> others = right.properties().iterator();
        for (Map.Entry<String, JsonNode> entry : left.properties()) {
            if (!others.hasNext()) {
                return 1;
            }
            Map.Entry<String, JsonNode> other = others.next();
            int order = compareStrings(entry.getKey(), other.getKey());
            if (order == 0) {
                order = compare(entry.getValue(), other.getValue());
            }
            if (order != 0) {
                return order;
            }
        }
        return others.hasNext() ? -1 : 0;
    }

    /** Loaded when strings are compared for the first time: ICU reads its data then, which takes a while. */
    private static final class Root {
        // Frozen, so it can be shared; it locks only for text beyond Latin letters.
        static final Collator COLLATOR = Collator.getInstance(ULocale.ROOT).freeze();
    }
}
