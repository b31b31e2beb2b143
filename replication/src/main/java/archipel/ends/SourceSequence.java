package archipel.ends;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/**
 * A position in a source's feed as the source writes it: JSON that nobody else has to understand. CouchDB's are
 * strings of a number and something opaque, or before 2.0 numbers; this node's are {@code "seq-hash8"}.
 *
 * @param json compact JSON text
 */
public record SourceSequence(String json) {
    public static final SourceSequence ZERO = new SourceSequence("0");

    private static final int NUMBER_DIGITS = 18;

    /** One that is kept as a JSON value. */
    public static SourceSequence of(JsonNode value) {
        return value.isMissingNode() || value.isNull()
                ? ZERO
                : new SourceSequence(new String(JsonTree.bytes(value), UTF_8));
    }

    /** One that is text, such as {@code 4-4438eaac}. */
    public static SourceSequence ofText(String text) {
        JsonBuffer json = new JsonBuffer(text.length() + 2).string(text);
        return new SourceSequence(new String(json.array(), 0, json.size(), UTF_8));
    }

    /** As a JSON value. */
    public JsonNode node() {
        return JsonTree.parse(json, JsonLimits.DEFAULT);
    }

    /** As it stands in a query: a string without its quotes, anything else as JSON. */
    public String parameter() {
        JsonNode node = node();
        return node.isString() ? node.stringValue() : json;
    }

    /** Whether it is the beginning of any feed. */
    public boolean isZero() {
        String text = parameter();
        return text.equals("0") || text.isEmpty();
    }

    /** How far it is, where it says so: the number that it is or begins with. */
    public OptionalLong number() {
        JsonNode node = node();
        String text = node.isArray() && !node.isEmpty() ? node.get(0).toString() : parameter();
        int digits = 0;
        while (digits < text.length() && Character.isDigit(text.charAt(digits)) && digits < NUMBER_DIGITS) {
            digits++;
        }
        boolean whole = digits > 0 && (digits == text.length() || text.charAt(digits) == '-');
        return whole ? OptionalLong.of(Long.parseLong(text, 0, digits, 10)) : OptionalLong.empty();
    }

    /** Whether it is written as this software writes its own: a number and eight hex digits. */
    public boolean isOurs() {
        return parameter().matches("[0-9]{1,18}-[0-9a-f]{8}");
    }

    /**
     * The one of two positions of the same source that is less far; the beginning where that cannot be told. To begin
     * too early costs questions, to begin too late loses documents.
     */
    public static SourceSequence earlier(SourceSequence one, SourceSequence other) {
        if (one.equals(other)) {
            return one;
        }
        OptionalLong first = one.number();
        OptionalLong second = other.number();
        if (first.isEmpty() || second.isEmpty() || first.getAsLong() == second.getAsLong()) {
            return ZERO;
        }
        return first.getAsLong() < second.getAsLong() ? one : other;
    }

    @Override
    public String toString() {
        return parameter();
    }
}
