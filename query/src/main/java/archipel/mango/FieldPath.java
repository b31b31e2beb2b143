package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The way to a nested value: names with dots between them. A dot after a backslash belongs to the name; backslashes
 * themselves never do. In an array a name is an index, from 0.
 */
final class FieldPath {
    /** Where a path leads. */
    sealed interface Target {}

    record Present(JsonNode value) implements Target {}

    /** An object on the way does not have the next name. */
    record Absent() implements Target {}

    /** The way leads through something that is neither object nor array, or out of an array. */
    record NoWay() implements Target {}

    private static final Target ABSENT = new Absent();
    private static final Target NO_WAY = new NoWay();

    /** Leads nowhere but to the value itself. */
    static final FieldPath WHOLE = new FieldPath("");

    private final String text;
    private final List<String> names;

    /** @throws RequestException 400 {@code invalid_field_name} */
    FieldPath(String text) {
        this.text = text;
        this.names = text.isEmpty() ? List.of() : split(text);
    }

    private static List<String> split(String text) {
        List<String> names = new ArrayList<>();
        StringBuilder name = new StringBuilder();
        boolean nothing = true;
        for (int i = 0; i <= text.length(); i++) {
            boolean end = i == text.length();
            if (end || text.charAt(i) == '.' && (i == 0 || text.charAt(i - 1) != '\\')) {
                if (nothing) {
                    throw new RequestException(ErrorCode.INVALID_FIELD_NAME, text);
                }
                names.add(name.toString());
                name.setLength(0);
                nothing = true;
            } else {
                nothing = false;
                if (text.charAt(i) != '\\') {
                    name.append(text.charAt(i));
                }
            }
        }
        return names;
    }

    List<String> names() {
        return names;
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    boolean isId() {
        return text.equals("_id");
    }

    Target find(JsonNode from) {
        JsonNode at = from;
        for (String name : names) {
            if (at.isObject()) {
                @Nullable JsonNode next = at.get(name);
                if (next == null) {
                    return ABSENT;
                }
                at = next;
            } else {
                int index = at.isArray() ? index(name) : -1;
                if (index < 0 || index >= at.size()) {
                    return NO_WAY;
                }
                at = at.get(index);
            }
        }
        return new Present(at);
    }

    /** -1 for what is no index. */
    private static int index(String name) {
        if (name.isEmpty() || name.length() > 9) {
            return -1;
        }
        int index = 0;
        for (int i = 0; i < name.length(); i++) {
            int digit = name.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            index = index * 10 + digit;
        }
        return index;
    }

    @Override
    public String toString() {
        return text;
    }
}
