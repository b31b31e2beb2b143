package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.memory.Allowance;
import archipel.memory.JsonWeight;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON bytes as Jackson's tree, for those who look into values: the one way in for all JSON from outside that is no
 * document, such as parameters, tokens and settings of databases. As strict as {@link DocumentParser}, of equal keys
 * the last one counts, and numbers are exact: 0.1 is a decimal and not a double.
 *
 * <p>What a number can cost is bounded: digits past the first {@value #DIGITS} count as zeros, and exponents end at
 * {@value #EXPONENT}.
 */
public final class JsonTree {
    private static final int DIGITS = 1000;
    private static final int EXPONENT = 10_000;
    private static final int UNCOUNTED_BYTES = 4 << 10;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final byte[] in;
    private final int end;
    private final List<JsonNode> open = new ArrayList<>();
    private final List<@Nullable String> keys = new ArrayList<>();

    /** Whether the first of equal keys says where the member stands. */
    private final boolean firstPlace;

    private JsonTree(byte[] in, int end, boolean firstPlace) {
        this.in = in;
        this.end = end;
        this.firstPlace = firstPlace;
    }

    /**
     * A text that is looked at and dropped.
     *
     * @throws RequestException 400 {@code invalid UTF-8 JSON}; also for nesting deeper than {@code limits} allow
     * @throws archipel.memory.MemoryLimitException where there is no memory for the tree
     */
    public static JsonNode parse(byte[] json, int offset, int length, JsonLimits limits) {
        int end = offset + length;
        return counted(json, checked(json, offset, end, limits), end, false);
    }

    /** As {@link #parse}, for a tree that stays as long as the request it belongs to. */
    public static JsonNode parseKept(byte[] json, JsonLimits limits) {
        int start = checked(json, 0, json.length, limits);
        Allowance.current().hold(JsonWeight.of(json));
        return new JsonTree(json, json.length, false).read(start);
    }

    /** As {@link #parse(byte[], int, int, JsonLimits)}, of a whole text. */
    public static JsonNode parse(byte[] json, JsonLimits limits) {
        return parse(json, 0, json.length, limits);
    }

    /** As {@link #parse(byte[], int, int, JsonLimits)}; a lone surrogate is refused as an escaped one is. */
    public static JsonNode parse(String json, JsonLimits limits) {
        if (Names.hasLoneSurrogate(json)) {
            throw JsonSyntax.invalid();
        }
        return parse(json.getBytes(UTF_8), limits);
    }

    /** @throws RequestException 400 {@code Request body must be a JSON object} */
    public static ObjectNode object(JsonNode node) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new RequestException(ErrorCode.BODY_NOT_OBJECT);
    }

    /** A tree as JSON text. */
    public static byte[] bytes(JsonNode node) {
        return JsonMapper.shared().writeValueAsBytes(node);
    }

    private static int checked(byte[] json, int offset, int end, JsonLimits limits) {
        int start = JsonSyntax.space(json, offset, end);
        int after = new JsonStructure(json, end, limits.depth()).read(start);
        if (JsonSyntax.space(json, after, end) != end) {
            throw JsonSyntax.invalid();
        }
        return start;
    }

    /** Reads what was checked before, as a stored body was. */
    public static JsonNode ofValid(byte[] json) {
        return counted(json, JsonSyntax.space(json, 0, json.length), json.length, false);
    }

    // Some bytes make fifty times as many of a tree.
    private static JsonNode counted(byte[] json, int start, int end, boolean firstPlace) {
        if (end - start > UNCOUNTED_BYTES) {
            Allowance.current().pass(JsonWeight.of(json, start, end));
        }
        return new JsonTree(json, end, firstPlace).read(start);
    }

    /**
     * As {@link #ofValid}, with members in ECMAScript's order: of equal keys the last one counts, and the first one
     * says where it stands.
     *
     * @param wanted as that of {@link #membersOfValid}; null for a whole value
     */
    public static JsonNode inScriptOrder(byte[] json, @Nullable Set<String> wanted) {
        return wanted == null
                ? counted(json, JsonSyntax.space(json, 0, json.length), json.length, true)
                : new JsonTree(json, json.length, true).members(wanted);
    }

    /**
     * Of an object that was checked before, the members at its top that are wanted; the others are passed over, at a
     * fraction of the cost of reading them.
     */
    public static ObjectNode membersOfValid(byte[] json, Set<String> wanted) {
        return new JsonTree(json, json.length, false).members(wanted);
    }

    /**
     * The members of an object that was checked before, each as the text that it has, in the order of their first
     * mention; of equal names the last one counts. Empty for what is no object.
     */
    public static Map<String, byte[]> textsOfValid(byte[] json) {
        Map<String, byte[]> texts = new LinkedHashMap<>();
        new JsonTree(json, json.length, false).texts('{', '}', texts::put);
        return texts;
    }

    /** The elements of an array that was checked before, each as the text that it has. Empty for what is no array. */
    public static List<byte[]> elementTextsOfValid(byte[] json) {
        List<byte[]> texts = new ArrayList<>();
        new JsonTree(json, json.length, false).texts('[', ']', (_, text) -> texts.add(text));
        return texts;
    }

    private void texts(char opening, char closing, BiConsumer<String, byte[]> sink) {
        int at = JsonSyntax.space(in, 0, end);
        if (in[at] != opening) {
            return;
        }
        at = JsonSyntax.space(in, at + 1, end);
        keys.add("");
        while (in[at] != closing) {
            at = opening == '{' ? key(at) : at;
            int after = passed(at);
            sink.accept(Objects.requireNonNull(keys.getLast()), Arrays.copyOfRange(in, at, after));
            at = JsonSyntax.space(in, after, end);
            at = in[at] == ',' ? JsonSyntax.space(in, at + 1, end) : at;
        }
    }

    private ObjectNode members(Set<String> wanted) {
        ObjectNode members = NODES.objectNode();
        int at = JsonSyntax.space(in, JsonSyntax.space(in, 0, end) + 1, end);
        keys.add(null);
        while (in[at] != '}') {
            at = key(at);
            String key = Objects.requireNonNull(keys.getLast());
            int after = passed(at);
            if (wanted.contains(key)) {
                members.remove(key);
                members.set(key, counted(in, at, after, firstPlace));
            }
            at = JsonSyntax.space(in, after, end);
            at = in[at] == ',' ? JsonSyntax.space(in, at + 1, end) : at;
        }
        return members;
    }

    /** Where a value ends. */
    private int passed(int start) {
        if (in[start] != '{' && in[start] != '[') {
            return JsonSyntax.scalar(in, start, end);
        }
        int depth = 0;
        int at = start;
        do {
            switch (in[at]) {
                case '{', '[' -> depth++;
                case '}', ']' -> depth--;
                case '"' -> {
                    int close = JsonSyntax.string(in, at + 1, end);
                    at = close < 0 ? ~close : close;
                }
                default -> {
                    // Between the structure's signs nothing counts.
                }
            }
            at++;
        } while (depth > 0);
        return at;
    }

    private JsonNode read(int start) {
        int at = start;
        while (true) {
            JsonNode value;
            if (in[at] == '{' || in[at] == '[') {
                char close = in[at] == '{' ? '}' : ']';
                value = in[at] == '{' ? NODES.objectNode() : NODES.arrayNode();
                at = JsonSyntax.space(in, at + 1, end);
                if (in[at] != close) {
                    open.add(value);
                    keys.add(null);
                    at = value.isObject() ? key(at) : at;
                    continue;
                }
                at++;
            } else {
                int after = JsonSyntax.scalar(in, at, end);
                value = scalar(at, after);
                at = after;
            }
            while (true) {
                if (open.isEmpty()) {
                    return value;
                }
                JsonNode container = open.getLast();
                put(container, value);
                at = JsonSyntax.space(in, at, end);
                if (in[at++] == ',') {
                    at = JsonSyntax.space(in, at, end);
                    at = container.isObject() ? key(at) : at;
                    break;
                }
                value = container;
                open.removeLast();
                keys.removeLast();
            }
        }
    }

    private void put(JsonNode container, JsonNode value) {
        if (container instanceof ObjectNode object) {
            String key = keys.getLast();
            if (!firstPlace) {
                object.remove(key);
            }
            object.set(key, value);
        } else {
            ((ArrayNode) container).add(value);
        }
    }

    private int key(int at) {
        int close = JsonSyntax.string(in, at + 1, end);
        boolean escaped = close < 0;
        close = escaped ? ~close : close;
        keys.set(keys.size() - 1, JsonSyntax.text(in, at + 1, close, escaped));
        return JsonSyntax.space(in, JsonSyntax.space(in, close + 1, end) + 1, end);
    }

    private JsonNode scalar(int from, int to) {
        return switch (in[from]) {
            case '"' -> NODES.stringNode(InlineData.text(in, from));
            case 't' -> NODES.booleanNode(true);
            case 'f' -> NODES.booleanNode(false);
            case 'n' -> NODES.nullNode();
            default -> number(from, to);
        };
    }

    private JsonNode number(int from, int to) {
        boolean integral = true;
        for (int i = from; i < to && integral; i++) {
            integral = in[i] == '-' || in[i] >= '0' && in[i] <= '9';
        }
        if (!integral || to - from > DIGITS) {
            return NODES.numberNode(decimal(from, to));
        }
        String text = JsonSyntax.text(in, from, to, false);
        return text.length() <= 18 ? NODES.numberNode(Long.parseLong(text)) : NODES.numberNode(new BigInteger(text));
    }

    private BigDecimal decimal(int from, int to) {
        int mantissaEnd = from;
        while (mantissaEnd < to && (in[mantissaEnd] | 0x20) != 'e') {
            mantissaEnd++;
        }
        long exponent = mantissaEnd == to ? 0 : Long.parseLong(JsonSyntax.text(in, mantissaEnd + 1, to, false));
        StringBuilder digits = new StringBuilder();
        boolean fraction = false;
        for (int i = in[from] == '-' ? from + 1 : from; i < mantissaEnd; i++) {
            if (in[i] == '.') {
                fraction = true;
                continue;
            }
            boolean counts = digits.length() < DIGITS;
            if (counts && (digits.length() > 0 || in[i] != '0')) {
                digits.append((char) in[i]);
            }
            exponent += (counts ? 0 : 1) - (fraction ? 1 : 0);
        }
        if (digits.isEmpty()) {
            return BigDecimal.ZERO;
        }
        long clipped = Math.clamp(exponent, -EXPONENT, EXPONENT);
        BigDecimal value = new BigDecimal(new BigInteger(digits.toString()), (int) -clipped);
        return in[from] == '-' ? value.negate() : value;
    }
}
