package archipel.direct;

import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A map function that needs no engine. Safe for use by many threads. */
public final class DirectMap {
    private static final Set<String> ERROR = Set.of("name", "message", "stack");

    private final Parser.Parsed function;

    private DirectMap(Parser.Parsed function) {
        this.function = function;
    }

    /**
     * @param key JSON
     * @param value JSON
     */
    public record Row(byte[] key, byte[] value) {}

    /** Null for what is written in more of the language than is known here, or is no function. */
    public static @Nullable DirectMap of(String source) {
        try {
            return new DirectMap(Parser.parse(source));
        } catch (NotDirectException beyond) {
            return null;
        }
    }

    /** The members of its document that it can see; null where that may be all. */
    public @Nullable Set<String> members() {
        return function.members();
    }

    /**
     * A document as functions get it.
     *
     * @param json an object, checked before
     * @param members the only ones that they look for; null for all
     */
    public static JsonNode document(byte[] json, @Nullable Set<String> members) {
        return JsonTree.inScriptOrder(json, members);
    }

    /**
     * What the function emits for a document, in its order.
     *
     * @param document from {@link #document}, with the members that it can see
     * @throws ScriptErrorException where the function throws
     * @throws NotDirectException where only an engine can tell
     */
    public List<Row> rows(JsonNode document) {
        Frame frame = new Frame(function.variables());
        if (function.document() >= 0) {
            frame.set(function.document(), document);
        }
        Statement.run(function.body(), frame);
        List<Object> emitted = frame.emitted();
        if (emitted.isEmpty()) {
            return List.of();
        }
        List<Row> rows = new ArrayList<>(emitted.size() / 2);
        JsonBuffer json = new JsonBuffer();
        for (int i = 0; i < emitted.size(); i += 2) {
            rows.add(new Row(json(emitted.get(i), json, frame), json(asData(emitted.get(i + 1)), json, frame)));
        }
        return rows;
    }

    private static byte[] json(Object value, JsonBuffer json, Frame frame) {
        ValueJson.write(value, json.reset());
        frame.text(json.size());
        return json.toByteArray();
    }

    // What looks like an error becomes one as it is shown to clients.
    private static Object asData(Object value) {
        if (value instanceof ObjectNode node && ERROR.stream().allMatch(node::has)
                || value instanceof ObjectLiteral literal
                        && literal.members().keySet().containsAll(ERROR)) {
            throw new NotDirectException("an error as a value");
        }
        return value;
    }
}
