package archipel.merge;

import archipel.document.CanonicalJson;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Three-way merge of JSON objects, member by member. A member that one side alone changed is taken from that side; one
 * that both made the same is taken once; where both changed it and both have objects, their members are merged in turn.
 * Arrays are values: without ids, nothing says which element of one is which element of another, and a guess would mix
 * two elements into one that nobody wrote.
 *
 * <p>Works on canonical JSON, in which equal values are equal bytes and numbers keep all their digits.
 */
final class FieldMerge {
    /** Objects nested deeper are values: each level is read once more. */
    private static final int DEPTH = 50;

    private final Set<String> texts;

    /** @param texts members whose strings are merged as texts, as {@link MergePolicy.Text} names them */
    FieldMerge(Set<String> texts) {
        this.texts = texts;
    }

    /**
     * Merges canonical objects.
     *
     * @return canonical; null where both sides changed something differently
     */
    byte @Nullable [] merge(byte[] base, byte[] left, byte[] right) {
        byte[] merged = objects(base, left, right, "", 0);
        return merged == null ? null : CanonicalJson.canonicalize(merged, 0, merged.length);
    }

    private byte @Nullable [] objects(byte[] base, byte[] left, byte[] right, String path, int depth) {
        Map<String, byte[]> before = JsonTree.textsOfValid(base);
        Map<String, byte[]> ours = JsonTree.textsOfValid(left);
        Map<String, byte[]> theirs = JsonTree.textsOfValid(right);
        SortedSet<String> names = new TreeSet<>(ours.keySet());
        names.addAll(theirs.keySet());
        JsonBuffer merged = new JsonBuffer(Math.max(left.length, right.length) + 16).ascii('{');
        String separator = "";
        for (String name : names) {
            Value value = value(before.get(name), ours.get(name), theirs.get(name), depth, () -> path + escaped(name));
            if (value == null) {
                return null;
            }
            if (value.json != null) {
                merged.ascii(separator).string(name).ascii(':').raw(value.json);
                separator = ",";
            }
        }
        return merged.ascii('}').toByteArray();
    }

    private @Nullable Value value(
            byte @Nullable [] base, byte @Nullable [] left, byte @Nullable [] right, int depth, Supplier<String> path) {
        if (Arrays.equals(left, right) || Arrays.equals(right, base)) {
            return new Value(left);
        }
        if (Arrays.equals(left, base)) {
            return new Value(right);
        }
        if (left == null || right == null) {
            return null;
        }
        byte[] merged = null;
        if (left[0] == '{' && right[0] == '{' && depth < DEPTH) {
            byte[] objects = base != null && base[0] == '{' ? base : new byte[] {'{', '}'};
            merged = objects(objects, left, right, path.get() + ".", depth + 1);
        } else if (left[0] == '"' && right[0] == '"' && texts.contains(path.get())) {
            String text = base != null && base[0] == '"' ? text(base) : "";
            String both = TextMerge.merge(text, text(left), text(right));
            merged = both == null
                    ? null
                    : new JsonBuffer(both.length() + 2).string(both).toByteArray();
        }
        return merged == null ? null : new Value(merged);
    }

    private static String text(byte[] json) {
        return JsonTree.ofValid(json).stringValue();
    }

    private static String escaped(String name) {
        return name.replace("\\", "\\\\").replace(".", "\\.");
    }

    /** @param json null where the member is not there */
    private record Value(byte @Nullable [] json) {}
}
