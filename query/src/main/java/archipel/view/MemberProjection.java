package archipel.view;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Makes one JSON array of JSON objects, with only some of their top-level members, without parsing what goes along. */
final class MemberProjection {
    private static final int KEPT_BYTES = 1 << 20;

    private final byte @Nullable [][] wanted;
    private byte[] out = new byte[1 << 14];
    private int size;

    /** @param names null for all */
    MemberProjection(@Nullable Collection<String> names) {
        this.wanted = names == null
                ? null
                : names.stream()
                        .map(name -> name.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new);
    }

    /** @param documents valid JSON objects without white space before them */
    String array(Iterable<byte[]> documents) {
        size = 0;
        out[size++] = '[';
        for (byte[] document : documents) {
            ensure(document.length + 4);
            if (size > 1) {
                out[size++] = ',';
            }
            if (wanted == null) {
                System.arraycopy(document, 0, out, size, document.length);
                size += document.length;
            } else {
                project(document, wanted);
            }
        }
        ensure(1);
        out[size++] = ']';
        String text = new String(out, 0, size, StandardCharsets.UTF_8);
        if (out.length > KEPT_BYTES) {
            out = new byte[1 << 14];
        }
        return text;
    }

    private void ensure(int more) {
        if (out.length - size < more) {
            out = Arrays.copyOf(out, Math.max(out.length * 2, size + more));
        }
    }

    private void project(byte[] json, byte[][] names) {
        int p = 0;
        while (json[p] != '{') {
            p++;
        }
        p++;
        out[size++] = '{';
        boolean first = true;
        while (true) {
            byte c = json[p];
            if (isSpace(c) || c == ',') {
                p++;
                continue;
            }
            if (c == '}') {
                break;
            }
            int name = p;
            p = skipString(json, p);
            int nameEnd = p;
            while (json[p] != ':') {
                p++;
            }
            p++;
            while (isSpace(json[p])) {
                p++;
            }
            p = skipValue(json, p);
            if (isWanted(names, json, name + 1, nameEnd - 1)) {
                if (!first) {
                    out[size++] = ',';
                }
                first = false;
                System.arraycopy(json, name, out, size, p - name);
                size += p - name;
            }
        }
        out[size++] = '}';
    }

    private static boolean isWanted(byte[][] names, byte[] json, int from, int to) {
        for (byte[] name : names) {
            if (name.length == to - from && Arrays.equals(name, 0, name.length, json, from, to)) {
                return true;
            }
        }
        for (int i = from; i < to; i++) {
            if (json[i] == '\\') {
                // It may be one of them, written in another way.
                return true;
            }
        }
        return false;
    }

    private static int skipString(byte[] json, int from) {
        int p = from + 1;
        while (true) {
            byte c = json[p++];
            if (c == '"') {
                return p;
            }
            if (c == '\\') {
                p++;
            }
        }
    }

    private static int skipValue(byte[] json, int from) {
        int p = from;
        byte c = json[p];
        if (c == '"') {
            return skipString(json, p);
        }
        if (c != '{' && c != '[') {
            while (c != ',' && c != '}' && c != ']' && !isSpace(c)) {
                c = json[++p];
            }
            return p;
        }
        int depth = 0;
        while (true) {
            c = json[p];
            if (c == '"') {
                p = skipString(json, p);
                continue;
            }
            p++;
            if (c == '{' || c == '[') {
                depth++;
            } else if ((c == '}' || c == ']') && --depth == 0) {
                return p;
            }
        }
    }

    private static boolean isSpace(byte c) {
        return c >= 0 && c <= ' ';
    }
}
