package archipel.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.CanonicalJson;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One value in a JSON text, as a range of its bytes: for those who want a few members and the text of what is in them,
 * numbers and order as they are written there. Looking for a member or an element scans the value, without a tree.
 */
public final class JsonSlice {
    private final byte[] in;
    private final int start;
    private final int end;

    private JsonSlice(byte[] in, int start, int end) {
        this.in = in;
        this.start = start;
        this.end = end;
    }

    /**
     * A whole text, which is checked here once.
     *
     * @throws RequestException 400 {@code invalid UTF-8 JSON} if it is none
     */
    public static JsonSlice of(byte[] json) {
        CanonicalJson.canonicalize(json, 0, json.length);
        JsonSlice whole = new JsonSlice(json, 0, json.length);
        int start = whole.space(0);
        return new JsonSlice(json, start, whole.valueEnd(start));
    }

    public boolean isObject() {
        return in[start] == '{';
    }

    public boolean isArray() {
        return in[start] == '[';
    }

    public boolean isString() {
        return in[start] == '"';
    }

    /** Whether it is {@code true}. */
    public boolean isTrue() {
        return in[start] == 't';
    }

    /** The member of that name; null where this is no object, or has none. */
    public @Nullable JsonSlice member(String name) {
        return members().get(name);
    }

    /** The text in the member of that name; empty where there is none. */
    public String text(String name) {
        JsonSlice member = member(name);
        return member != null && member.isString() ? member.string() : "";
    }

    /** By name, in the order of the text; of equal names the last one counts. Empty where this is no object. */
    public Map<String, JsonSlice> members() {
        Map<String, JsonSlice> members = new LinkedHashMap<>();
        if (isObject()) {
            int at = space(start + 1);
            while (in[at] != '}') {
                int afterName = valueEnd(at);
                String name = new JsonSlice(in, at, afterName).string();
                int value = space(space(afterName) + 1);
                int after = valueEnd(value);
                members.put(name, new JsonSlice(in, value, after));
                at = next(after);
            }
        }
        return members;
    }

    /** Empty where this is no array. */
    public List<JsonSlice> elements() {
        List<JsonSlice> elements = new ArrayList<>();
        if (isArray()) {
            int at = space(start + 1);
            while (in[at] != ']') {
                int after = valueEnd(at);
                elements.add(new JsonSlice(in, at, after));
                at = next(after);
            }
        }
        return elements;
    }

    /** The characters of a string. */
    public String string() {
        String written = new String(in, start + 1, end - start - 2, UTF_8);
        int escape = written.indexOf('\\');
        if (escape < 0) {
            return written;
        }
        StringBuilder text = new StringBuilder(written.length());
        int copied = 0;
        for (; escape >= 0; escape = written.indexOf('\\', copied)) {
            text.append(written, copied, escape);
            char kind = written.charAt(escape + 1);
            copied = escape + 2;
            switch (kind) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'u' -> {
                    text.append((char) Integer.parseInt(written, copied, copied + 4, 16));
                    copied += 4;
                }
                default -> text.append(kind);
            }
        }
        return text.append(written, copied, written.length()).toString();
    }

    /** The value's text without whitespace between its tokens: one line. */
    public byte[] compact() {
        JsonBuffer out = new JsonBuffer(end - start);
        for (int at = start; at < end; ) {
            int from = at;
            at = in[at] == '"' ? stringEnd(at) : at + 1;
            if (in[from] > ' ') {
                out.raw(in, from, at - from);
            }
        }
        return out.toByteArray();
    }

    /** {@link #compact} as characters. */
    @Override
    public String toString() {
        return new String(compact(), UTF_8);
    }

    /** After a value: at the next one's beginning, or at the bracket. */
    private int next(int after) {
        int at = space(after);
        return in[at] == ',' ? space(at + 1) : at;
    }

    private int space(int from) {
        int at = from;
        while (at < end && (in[at] == ' ' || in[at] == '\n' || in[at] == '\r' || in[at] == '\t')) {
            at++;
        }
        return at;
    }

    private int valueEnd(int from) {
        byte first = in[from];
        if (first == '"') {
            return stringEnd(from);
        }
        int at = from;
        if (first != '{' && first != '[') {
            while (at < end && in[at] > ' ' && in[at] != ',' && in[at] != '}' && in[at] != ']') {
                at++;
            }
            return at;
        }
        int depth = 0;
        do {
            switch (in[at]) {
                case '"' -> at = stringEnd(at) - 1;
                case '{', '[' -> depth++;
                case '}', ']' -> depth--;
                default -> {
                    // Between brackets nothing else matters here.
                }
            }
            at++;
        } while (depth > 0);
        return at;
    }

    private int stringEnd(int from) {
        int at = from + 1;
        while (in[at] != '"') {
            at += in[at] == '\\' ? 2 : 1;
        }
        return at + 1;
    }
}
