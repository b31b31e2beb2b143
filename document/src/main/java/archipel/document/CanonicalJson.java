package archipel.document;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Canonical JSON: one byte sequence for all ways of writing the same value.
 *
 * <p>It is RFC 8785 (members by UTF-16 code units, the shortest escapes, no whitespace), but for numbers, which keep
 * their exact decimal value instead of the nearest double's: {@code 1}, {@code 1.0} and {@code 10e-1} are alike, 0.1
 * and 0.1000000000000000055 are not. A number is laid out as RFC 8785 does it, so nothing differs for numbers that are
 * the shortest text of a double. Of equal keys the last one counts.
 */
public final class CanonicalJson {
    private static final int ARRAY = -1;

    private final byte[] in;
    private final int end;
    private final JsonStructure structure;
    private final JsonBuffer out;

    /** For each open container: its number and the place of the member at hand, or {@link #ARRAY} and nothing. */
    private int[] open = new int[32];

    private int depth;

    private CanonicalJson(byte[] json, int offset, int length) {
        in = json;
        end = offset + length;
        structure = new JsonStructure(json, end, JsonLimits.STORED.depth());
        out = new JsonBuffer(length + 16);
    }

    /**
     * SHA-256 of the canonical form of a valid JSON value.
     *
     * @throws RequestException 400 {@code invalid UTF-8 JSON} if it is none
     */
    public static byte[] digest(byte[] json, int offset, int length) {
        JsonBuffer canonical = buffer(json, offset, length);
        MessageDigest digest = Sha256.begin();
        digest.update(canonical.array(), 0, canonical.size());
        return digest.digest();
    }

    /**
     * The canonical form itself.
     *
     * @throws RequestException 400 {@code invalid UTF-8 JSON} if it is none
     */
    public static byte[] canonicalize(byte[] json, int offset, int length) {
        return buffer(json, offset, length).toByteArray();
    }

    private static JsonBuffer buffer(byte[] json, int offset, int length) {
        CanonicalJson canonical = new CanonicalJson(json, offset, length);
        int start = JsonSyntax.space(json, offset, canonical.end);
        int after = canonical.structure.read(start);
        if (JsonSyntax.space(json, after, canonical.end) != canonical.end) {
            throw JsonSyntax.invalid();
        }
        canonical.write(start);
        return canonical.out;
    }

    /** Walks the text, but for objects, whose members it visits in the order of their keys. */
    private void write(int start) {
        int at = start;
        int object = 0;
        while (true) {
            if (in[at] == '{' && structure.count(object) > 0) {
                out.ascii('{');
                push(object, 0);
                at = key(object, 0);
                object = structure.firstObject(structure.member(object, 0));
                continue;
            } else if (in[at] == '[') {
                at = JsonSyntax.space(in, at + 1, end);
                out.ascii('[');
                push(ARRAY, 0);
                if (in[at] != ']') {
                    continue;
                }
            } else if (in[at] == '{') {
                out.ascii("{}");
                at = structure.objectEnd(object);
                object = structure.nextObject(object);
            } else {
                at = scalar(at);
            }
            // A value has ended; see what that ends.
            boolean next = false;
            while (depth > 0 && !next) {
                int container = open[2 * depth - 2];
                if (container == ARRAY) {
                    at = JsonSyntax.space(in, at, end);
                    next = in[at] == ',';
                    out.ascii((char) in[at]);
                    at = next ? JsonSyntax.space(in, at + 1, end) : at + 1;
                } else {
                    int place = ++open[2 * depth - 1];
                    next = place < structure.count(container);
                    if (next) {
                        out.ascii(',');
                        at = key(container, place);
                        object = structure.firstObject(structure.member(container, place));
                    } else {
                        out.ascii('}');
                        at = structure.objectEnd(container);
                        object = structure.nextObject(container);
                    }
                }
                depth -= next ? 0 : 1;
            }
            if (!next) {
                return;
            }
        }
    }

    private void push(int container, int place) {
        if (2 * depth == open.length) {
            open = Arrays.copyOf(open, 4 * depth);
        }
        open[2 * depth] = container;
        open[2 * depth + 1] = place;
        depth++;
    }

    private int key(int object, int place) {
        int member = structure.member(object, place);
        structure.appendKey(member, out);
        out.ascii(':');
        return structure.valueStart(member);
    }

    private int scalar(int at) {
        if (in[at] != '"') {
            int after = JsonSyntax.scalar(in, at, end);
            if (in[at] == '-' || in[at] <= '9') {
                CanonicalNumber.append(in, at, after, out);
            } else {
                out.raw(in, at, after - at);
            }
            return after;
        }
        int close = JsonSyntax.string(in, at + 1, end);
        if (close >= 0) {
            out.raw(in, at, close + 1 - at);
            return close + 1;
        }
        byte[] plain = new byte[~close - at];
        appendString(plain, 0, JsonSyntax.unescape(in, at + 1, ~close, plain, 0), out);
        return ~close + 1;
    }

    /** A string as RFC 8785 writes it, which has lowercase hex digits. */
    static void appendString(byte[] utf8, int offset, int length, JsonBuffer out) {
        out.ascii('"');
        int start = offset;
        for (int i = offset; i < offset + length; i++) {
            byte c = utf8[i];
            if (c >= 0 && c < ' ' || c == '"' || c == '\\') {
                out.raw(utf8, start, i - start).ascii('\\');
                start = i + 1;
                switch (c) {
                    case '\b' -> out.ascii('b');
                    case '\t' -> out.ascii('t');
                    case '\n' -> out.ascii('n');
                    case '\f' -> out.ascii('f');
                    case '\r' -> out.ascii('r');
                    case '"', '\\' -> out.ascii((char) c);
                    default -> out.ascii("u00").ascii((char) ('0' + (c >> 4))).ascii(Character.forDigit(c & 0xF, 16));
                }
            }
        }
        out.raw(utf8, start, offset + length - start).ascii('"');
    }
}
