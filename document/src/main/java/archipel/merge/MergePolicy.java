package archipel.merge;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a database does by itself with documents that are in conflict. */
public sealed interface MergePolicy {
    /** Conflicts stay until somebody resolves them, as in CouchDB. */
    MergePolicy KEEP = new Keep();

    MergePolicy NEWEST = new Newest();
    MergePolicy FIELDS = new Fields();

    /** As clients name it. */
    String name();

    record Keep() implements MergePolicy {
        @Override
        public String name() {
            return "keep";
        }
    }

    /** The leaf with the newest stamp gives the content ({@link Stamp}). */
    record Newest() implements MergePolicy {
        @Override
        public String name() {
            return "newest";
        }
    }

    /** Three-way from the common ancestor, member by member through objects; everything else is a value. */
    record Fields() implements MergePolicy {
        @Override
        public String name() {
            return "fields";
        }
    }

    /**
     * As {@link Fields}; strings in the named members that both changed are merged by paragraph, line and word.
     *
     * @param fields in ascending order, each once: names of members from the top down, joined by dots; a dot or
     *     backslash of a name has a backslash before it
     */
    record Text(List<String> fields) implements MergePolicy {
        public static final int MOST_FIELDS = 100;
        public static final int LONGEST_FIELD = 1_000;

        public Text {
            fields = fields.stream().distinct().sorted(Revision::compareUtf8).toList();
        }

        @Override
        public String name() {
            return "text";
        }
    }

    /**
     * Reads what a client gives: {@code "fields"}, or {@code {"policy": "text", "fields": ["body", "meta.title"]}}.
     *
     * @throws RequestException 400 for anything else
     */
    static MergePolicy of(@Nullable JsonNode json) {
        JsonNode name = json instanceof ObjectNode object ? object.get("policy") : json;
        JsonNode fields = json instanceof ObjectNode object ? object.get("fields") : null;
        String policy = name != null && name.isString() ? name.stringValue() : "";
        if (policy.equals("text") ? !(fields != null && fields.isArray()) : fields != null) {
            throw new RequestException(ErrorCode.MERGE_POLICY);
        }
        return switch (policy) {
            case "keep" -> KEEP;
            case "newest" -> NEWEST;
            case "fields" -> FIELDS;
            case "text" -> new Text(fields(fields));
            default -> throw new RequestException(ErrorCode.MERGE_POLICY);
        };
    }

    private static List<String> fields(@Nullable JsonNode array) {
        List<String> fields = new ArrayList<>();
        if (array != null) {
            for (JsonNode field : array) {
                String text = field.isString() ? field.stringValue() : "";
                if (text.isEmpty() || text.length() > Text.LONGEST_FIELD || fields.size() == Text.MOST_FIELDS) {
                    throw new RequestException(ErrorCode.MERGE_POLICY);
                }
                fields.add(text);
            }
        }
        if (fields.isEmpty()) {
            throw new RequestException(ErrorCode.MERGE_POLICY);
        }
        return fields;
    }

    /** Reads what {@link #json} wrote. */
    static MergePolicy ofStored(String json) {
        return of(JsonTree.parse(json.getBytes(UTF_8), JsonLimits.STORED));
    }

    /** As {@link #of} reads it: {@code {"policy":"keep"}}. */
    default byte[] json() {
        JsonBuffer json = new JsonBuffer(64).ascii("{\"policy\":").string(name());
        if (this instanceof Text text) {
            json.ascii(",\"fields\":[");
            for (int i = 0; i < text.fields().size(); i++) {
                json.ascii(i == 0 ? "" : ",").string(text.fields().get(i));
            }
            json.ascii(']');
        }
        return json.ascii('}').toByteArray();
    }
}
